"""What is served of the components: one digest for all of it, and what a script needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.assets import SHEET, library, read_library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "one/main.js": 'import { a } from "./a.js";\nimport {\n  b,\n} from "../shared/b.js";\n',
        "one/a.js": 'export { b } from "../shared/b.js"; // import("./lost.js")\n',
        "one/look.css": ".one {}",
        "shared/b.js": 'import "./c.js";\nexport const b = 1;\n',
        "shared/c.js": "",
        "shared/look.css": ".two {}",
        "shared/notes.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_the_digest_changes_with_any_file_and_with_nothing_else(folder: Path) -> None:
    before = read_library(folder).digest
    assert read_library(folder).digest == before
    (folder / "shared/c.js").write_text("// more", "utf-8")
    assert read_library(folder).digest != before


def test_only_scripts_styles_and_drawings_are_in_it_and_all_styles_as_one(folder: Path) -> None:
    found = read_library(folder).files
    assert "shared/notes.py" not in found
    assert found[SHEET] == b".one {}\n.two {}"


def test_what_a_script_needs_is_found_through_what_it_imports(folder: Path) -> None:
    assert read_library(folder).needed_by(["one/main.js"]) == ["one/main.js", "one/a.js", "shared/b.js", "shared/c.js"]


def test_every_script_of_ours_finds_what_it_imports() -> None:
    scripts = [name for name in library().files if name.endswith(".js")]
    assert set(library().needed_by(scripts)) == set(scripts)
