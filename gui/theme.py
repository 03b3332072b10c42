"""The look: a Gradio theme that only points at our own tokens, and what goes into the head of every page."""

from __future__ import annotations

import hashlib
from html import escape
from pathlib import Path

import gradio as gr
from gradio.themes.utils.colors import Color

from gui import assets

THEME_CSS = Path(__file__).with_name("theme.css")
THEME_URL = "/ui-theme.css"

ACCENT = Color(
    "#f2f6ff",
    "#e3eafb",
    "#c9d8f8",
    "#a3bdf3",
    "#85aaff",
    "#4a7bea",
    "#2f63d6",
    "#2657c2",
    "#20489f",
    "#1b3a7e",
    "#152c5e",
)
GREY = Color(
    "#fbfbfc",
    "#f4f4f5",
    "#dededf",
    "#c9c9cd",
    "#9b9ba4",
    "#77777f",
    "#64646c",
    "#3a3a40",
    "#232327",
    "#1a1a1d",
    "#141416",
)


def build_theme() -> gr.themes.Base:
    """Gradio's own widgets in our colours and sizes; fonts are the system's, so that nothing is fetched."""
    theme = gr.themes.Base(
        primary_hue=ACCENT,
        secondary_hue=ACCENT,
        neutral_hue=GREY,
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    theme.set(
        body_background_fill="var(--bl-bg)",
        body_background_fill_dark="var(--bl-bg)",
        body_text_color="var(--bl-text)",
        body_text_color_dark="var(--bl-text)",
        body_text_color_subdued="var(--bl-muted)",
        body_text_color_subdued_dark="var(--bl-muted)",
        background_fill_primary="var(--bl-panel)",
        background_fill_primary_dark="var(--bl-panel)",
        background_fill_secondary="var(--bl-bg)",
        background_fill_secondary_dark="var(--bl-bg)",
        border_color_primary="var(--bl-line)",
        border_color_primary_dark="var(--bl-line)",
        border_color_accent="var(--bl-accent)",
        border_color_accent_dark="var(--bl-accent)",
        color_accent="var(--bl-accent)",
        link_text_color="var(--bl-accent-ink)",
        link_text_color_dark="var(--bl-accent-ink)",
        loader_color="var(--bl-accent)",
        loader_color_dark="var(--bl-accent)",
    )
    return theme


def theme_version() -> str:
    """Short digest of theme.css, so that browsers keep it for ever and still see a new one at once."""
    return hashlib.sha256(THEME_CSS.read_bytes()).hexdigest()[:12]


def stylesheets() -> list[str]:
    """Addresses of all style sheets: the theme first, then those of all components as one."""
    return [f"{THEME_URL}?v={theme_version()}", assets.library().url(assets.SHEET)]


def page_head() -> str:
    """HTML for the head of every page. Everything in it comes from this server."""
    links = [f'<link rel="stylesheet" href="{escape(href)}">' for href in stylesheets()]
    ours = assets.library()
    icon = f'<link rel="icon" type="image/svg+xml" href="{ours.url("shared/mark.svg")}">'
    script = f'<script src="{ours.url("shared/boot.js")}"></script>'
    return "\n".join([script, icon, *links])
