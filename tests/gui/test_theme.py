"""The look: tokens in two themes, every style sheet linked, colours that can be read."""

from __future__ import annotations

import re

import pytest

from gui import theme

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


def test_each_component_sheet_is_linked_once_after_the_theme() -> None:
    linked = theme.stylesheets()
    assert linked[0].startswith(f"{theme.THEME_URL}?v=")
    own = {
        f"{theme.ASSETS_URL}/{path.relative_to(theme.COMPONENTS).as_posix()}"
        for path in theme.COMPONENTS.rglob("*.css")
    }
    assert set(linked[1:]) == own
    assert len(linked) == len(set(linked))


def test_no_sheet_or_script_of_ours_names_another_site() -> None:
    names = "http://www.w3.org/"  # names of XML dialects, never fetched
    for path in [theme.THEME_CSS, *theme.COMPONENTS.rglob("*.css"), *theme.COMPONENTS.rglob("*.js")]:
        text = path.read_text("utf-8").replace(names, "")
        assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text), path


def test_the_main_colour_is_ours_not_the_framework_orange() -> None:
    built = theme.build_theme()
    assert built.primary_500 == "#4a7bea"
    assert not [
        value for value in vars(built).values() if isinstance(value, str) and value.lower() in ("#f97316", "#ea580c")
    ]
