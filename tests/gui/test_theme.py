"""The look: tokens in two themes, every style sheet linked, colours that can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gui import assets, theme

CSS = theme.THEME_CSS.read_text("utf-8")
LIGHT = dict(re.findall(r"--(bl-[\w-]+):\s*(#[0-9a-f]{6});", CSS.partition(".dark {")[0]))
DARK = LIGHT | dict(re.findall(r"--(bl-[\w-]+):\s*(#[0-9a-f]{6});", CSS.partition(".dark {")[2].partition("}")[0]))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["bl-bg", "bl-panel", "bl-raised"])
@pytest.mark.parametrize("ink", ["bl-text", "bl-muted", "bl-accent-ink", "bl-danger", "bl-ok", "bl-warn"])
def test_text_has_the_contrast_that_small_print_needs(tokens: dict[str, str], ground: str, ink: str) -> None:
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_on_the_main_button_can_be_read(tokens: dict[str, str]) -> None:
    assert contrast(tokens["bl-accent-text"], tokens["bl-accent"]) >= 4.5


def test_every_colour_token_has_a_dark_twin() -> None:
    dark_block = CSS.partition(".dark {")[2].partition("}")[0]
    assert all(f"--{name}:" in dark_block for name in LIGHT)


def test_the_sheets_of_all_components_are_linked_as_one_after_the_theme() -> None:
    first, second = theme.stylesheets()
    assert first.startswith(f"{theme.THEME_URL}?v=")
    assert second == assets.library().url(assets.SHEET)
    whole = assets.library().files[assets.SHEET].decode("utf-8")
    assert all(path.read_text("utf-8") in whole for path in assets.FOLDER.rglob("*.css"))


@pytest.mark.parametrize("path", sorted(assets.FOLDER.rglob("*.css")), ids=lambda path: path.name)
def test_a_sheet_closes_what_it_opens_because_another_one_follows(path: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert rules.count("{") == rules.count("}")


def test_no_sheet_or_script_of_ours_names_another_site() -> None:
    names = "http://www.w3.org/"  # names of XML dialects, never fetched
    for path in [theme.THEME_CSS, *assets.FOLDER.rglob("*.css"), *assets.FOLDER.rglob("*.js")]:
        text = path.read_text("utf-8").replace(names, "")
        assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text), path


def test_the_main_colour_is_ours_not_the_framework_orange() -> None:
    built = theme.build_theme()
    assert built.primary_500 == "#4a7bea"
    assert not [
        value for value in vars(built).values() if isinstance(value, str) and value.lower() in ("#f97316", "#ea580c")
    ]
