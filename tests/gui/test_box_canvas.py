"""The canvas without a browser: its modules hang together, fetch nothing foreign, set text as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gui import assets
from gui.components.box_canvas import BoxCanvas

FOLDER = Path(__file__).parents[2] / "gui" / "components" / "box_canvas"
MODULES = sorted(FOLDER.glob("*.js"))
IMPORT = re.compile(r"^import\s[^;]*?from\s+\"([^\"]+)\"", re.MULTILINE)
WORKER = re.compile(r"new Worker\(new URL\(\"([^\"]+)\", import\.meta\.url\)")
NAMED = re.compile(r"^import\s+\{([^}]*)\}\s+from\s+\"([^\"]+)\"", re.MULTILINE)


def each_module(test: Callable[[Path], None]) -> Callable[[Path], None]:
    return pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)(test)


def test_it_mounts_its_own_module_once_and_has_no_value_to_redraw() -> None:
    config = BoxCanvas().html.get_config()
    early = assets.library().url("shared/early.js")
    assert f"import(location.origin + '{early}')" in config["js_on_load"]
    assert "settle('box_canvas', element" in config["js_on_load"]
    assert config["value"] is None
    assert re.search(r"^export (async )?function mount\(", (FOLDER / "main.js").read_text("utf-8"), re.MULTILINE)


@each_module
def test_every_import_names_something_that_is_there(module: Path) -> None:
    text = module.read_text("utf-8")
    for target in IMPORT.findall(text):
        assert target.startswith("."), f"{target}: only our own files, by a relative path"
        assert (module.parent / target).resolve().is_file(), target
    for names, target in NAMED.findall(text):
        exported = (module.parent / target).resolve().read_text("utf-8")
        for name in filter(None, (part.split(" as ")[0].strip() for part in names.split(","))):
            assert re.search(rf"^export (async )?(function|class|const|let) {name}\b", exported, re.MULTILINE), name


@each_module
def test_nothing_comes_from_elsewhere_and_no_text_becomes_markup(module: Path) -> None:
    text = module.read_text("utf-8")
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text), "a foreign address"
    for door in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert door not in text


@each_module
def test_each_module_says_what_it_is_for_and_stays_small(module: Path) -> None:
    lines = module.read_text("utf-8").splitlines()
    assert lines[0].startswith("/**")
    assert len(lines) < 400


def test_every_module_is_used() -> None:
    reached: set[str] = set()
    waiting = ["main.js"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        text = (FOLDER / name).read_text("utf-8")
        targets = IMPORT.findall(text) + WORKER.findall(text)
        waiting += [target[2:] for target in targets if target.startswith("./")]
    types_only = {"types.js"}
    assert {module.name for module in MODULES} - reached == types_only


def test_the_style_sheets_name_only_classes_that_the_modules_make() -> None:
    style = "\n".join(sheet.read_text("utf-8") for sheet in FOLDER.glob("*.css"))
    assert ".bc-stage" in style
    source = "\n".join(module.read_text("utf-8") for module in MODULES)
    unknown = {name for name in re.findall(r"\.(bc-[a-z-]+)", style) if not re.search(rf"{name}\b", source)}
    assert unknown == set()
