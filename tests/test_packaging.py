"""An installed Boxloop has every file that the one in a checkout has."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
NEEDED_AT_RUN_TIME = {".css", ".js", ".html", ".svg"}


def test_every_style_script_and_page_is_named_as_package_data() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns: dict[str, list[str]] = settings["tool"]["setuptools"]["package-data"]
    named = {
        file
        for package, globs in patterns.items()
        for glob in globs
        for file in ROOT.joinpath(*package.split(".")).glob(glob)
    }
    needed = {
        file
        for package in ("detector", "storage", "gui")
        for file in (ROOT / package).rglob("*")
        if file.suffix in NEEDED_AT_RUN_TIME
    }
    assert needed
    assert needed <= named


def test_every_folder_with_sources_is_a_package() -> None:
    for package in ("detector", "storage", "gui"):
        for file in (ROOT / package).rglob("*.py"):
            assert (file.parent / "__init__.py").exists(), file
