"""The import rules of the house, executed (docs/adr/0001-layers.md)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("detector", "storage", "gui")
STORAGE_MAY_USE = {"detector.domain", "detector.runs", "detector.errors", "detector.pixels"}
LONGEST_FILE = 400
# Each of these may import from those before it, and from what stands in detector/ itself, which imports none of them.
ROOMS_OF_THE_DETECTOR = ("architectures", "pictures", "measuring", "features", "models", "learning", "advising")


def sources(*parts: str) -> list[Path]:
    return sorted(ROOT.joinpath(*parts).rglob("*.py"))


def imported_by(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_of(path: Path, package: str) -> set[str]:
    return {name for name in imported_by(path) if name == package or name.startswith(package + ".")}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_detector_knows_no_other_package_of_ours() -> None:
    for path in sources("detector"):
        for other in ("storage", "gui", "gradio", "sqlalchemy", "launch"):
            assert not imports_of(path, other), relative(path)


def test_rooms_of_the_detector_build_on_those_before_them() -> None:
    rooms = {path.name for path in (ROOT / "detector").iterdir() if (path / "__init__.py").exists()}
    assert rooms == set(ROOMS_OF_THE_DETECTOR)
    for path in sources("detector"):
        own = path.relative_to(ROOT / "detector").parts[0]
        later = () if own == "__init__.py" else ROOMS_OF_THE_DETECTOR
        if own in ROOMS_OF_THE_DETECTOR:
            later = ROOMS_OF_THE_DETECTOR[ROOMS_OF_THE_DETECTOR.index(own) + 1 :]
        for room in later:
            assert not imports_of(path, f"detector.{room}"), relative(path)


def test_storage_uses_of_the_detector_only_what_needs_no_torch() -> None:
    for path in sources("storage"):
        assert not imports_of(path, "gui") | imports_of(path, "gradio") | imports_of(path, "torch"), relative(path)
        modules = {name for name in imports_of(path, "detector") if (ROOT / (name.replace(".", "/") + ".py")).exists()}
        assert modules <= STORAGE_MAY_USE, relative(path)


def test_sqlalchemy_lives_in_storage_only() -> None:
    for path in [*sources("detector"), *sources("gui"), ROOT / "launch.py"]:
        assert not imports_of(path, "sqlalchemy") | imports_of(path, "alembic"), relative(path)


def test_gradio_lives_where_pages_are_built_only() -> None:
    allowed = {"gui/app.py", "gui/theme.py"}
    for path in [*sources("detector"), *sources("storage"), *sources("gui"), ROOT / "launch.py"]:
        place = relative(path)
        if place in allowed or place.startswith(("gui/pages/", "gui/components/")):
            continue
        if place == "gui/server.py":
            continue
        assert not imports_of(path, "gradio"), place


def test_no_file_holds_the_marks_of_a_merge() -> None:
    marks = ("<<<<<<< ", ">>>>>>> ")
    kinds = ("*.py", "*.js", "*.css", "*.md", "*.toml")
    folders = ("detector", "storage", "gui", "tests", "benchmarks", "docs")
    paths = [path for folder in folders for kind in kinds for path in (ROOT / folder).rglob(kind)]
    paths += [path for kind in kinds for path in ROOT.glob(kind)]
    found = [
        f"{path.relative_to(ROOT)}"
        for path in paths
        for line in path.read_text("utf-8").splitlines()
        if line.startswith(marks)
    ]
    assert found == []


def test_package_markers_are_empty() -> None:
    for package in PACKAGES:
        for path in ROOT.joinpath(package).rglob("__init__.py"):
            assert path.read_text("utf-8") == "", relative(path)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_is_a_room_of_bearable_size(package: str) -> None:
    for suffix in ("*.py", "*.js", "*.css"):
        for path in ROOT.joinpath(package).rglob(suffix):
            assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE, relative(path)


def loaded_after(code: str) -> set[str]:
    """Top-level modules in sys.modules after running `code` in a fresh interpreter."""
    script = f"{code}\nimport sys\nprint(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("detector.domain", {"torch", "PIL", "numpy", "sqlalchemy", "gradio"}),
        ("detector.runs", {"torch", "PIL", "numpy", "sqlalchemy", "gradio"}),
        ("detector.pixels", {"torch", "sqlalchemy", "gradio"}),
        ("detector.learning.planning", {"torch", "sqlalchemy", "gradio"}),
        ("detector.learning.training", {"sqlalchemy", "gradio", "storage", "gui"}),
        ("storage.store", {"torch", "gradio", "gui"}),
        ("gui.services", {"torch", "gradio"}),
        ("gui.worker", {"gradio"}),
        ("gui.server", {"torch"}),
        ("launch", {"torch", "gradio", "sqlalchemy"}),
    ],
)
def test_importing_loads_no_more_than_it_should(module: str, unwanted: set[str]) -> None:
    assert not loaded_after(f"import {module}") & unwanted
