"""The pages of Boxloop, as a table of contents, and how they are mounted on the server."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import gradio as gr
import gradio.events
from fastapi import FastAPI, Response

from gui import theme
from gui.page_ahead import AheadPage, Part, ahead_page
from gui.page_head import PageHead
from gui.pages import evaluate, images, label, models, predictions, projects, train
from gui.services import Services
from gui.status import status

TITLE = "Boxloop"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its name in the bar, its address ("" is the start page), and what builds it.

    `ahead`: its parts, where they are shown before the page framework has started (see gui/page_ahead.py).
    """

    name: str
    path: str
    build: Callable[[Services], None]
    ahead: tuple[Part, ...] = ()


PAGES = (
    Page("Projects", "", projects.build),
    Page("Images", "images", images.build, images.AHEAD),
    Page("Label", "label", label.build),
    Page("Train", "train", train.build),
    Page("Predictions", "predictions", predictions.build),
    Page("Evaluate", "evaluate", evaluate.build),
    Page("Models", "models", models.build),
)


def build_app(services: Services) -> gr.Blocks:
    """All pages in one Gradio app. Nothing is reported to anybody, and no network is used."""
    return _inside_a_loop(lambda: _build(services))


def mount(fastapi: FastAPI, services: Services) -> FastAPI:
    """Mount the pages at the root of the server. Call it after every other route: it answers all that is left."""
    style = theme.THEME_CSS.read_text("utf-8")

    @fastapi.get(theme.THEME_URL, include_in_schema=False)
    def theme_css() -> Response:
        return Response(style, media_type="text/css", headers={"Cache-Control": "private, max-age=31536000, immutable"})

    _inside_a_loop(lambda: _mount_gradio(fastapi, services))
    fastapi.add_middleware(PageHead, head=theme.page_head(), title=TITLE, ahead=_ahead_pages())
    return fastapi


def _ahead_pages() -> dict[str, AheadPage]:
    # The class that Gradio's own sheet is written for: what stands there before looks as it does inside.
    scope = f"gradio-container gradio-container-{gr.__version__.replace('.', '-')}"
    return {f"/{page.path}": ahead_page(page.ahead, scope) for page in PAGES if page.ahead}


def _build(services: Services) -> gr.Blocks:
    start, *others = PAGES
    app = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, fill_height=True)
    with app:
        start.build(services)
        _add_api(services)
    for page in others:
        with app.route(page.name, page.path, show_in_navbar=False):
            page.build(services)
    return app


def _add_api(services: Services) -> None:
    """What programs may ask through Gradio's client: `Client(address).predict(api_name="/status")`."""

    def workspace_status() -> dict[str, Any]:
        return status(services)

    gradio.events.api(workspace_status, api_name="status", queue=False)


def _mount_gradio(fastapi: FastAPI, services: Services) -> None:
    with warnings.catch_warnings():
        # Said of every app with more than one page, even where no server-side rendering is asked for.
        warnings.filterwarnings("ignore", message="SSR mode is not supported")
        gr.mount_gradio_app(
            fastapi,
            _build(services),
            path="/",
            theme=theme.build_theme(),
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            mcp_server=False,
            enable_monitoring=False,
            show_error=False,
        )


def _inside_a_loop(build: Callable[[], T]) -> T:
    """Build with an event loop at hand: without one Gradio opens one for each of its locks and closes none of them."""

    async def built() -> T:
        return build()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(built())
    return build()
