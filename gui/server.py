"""The web server as an application: our routes first, then the pages, and the doors round everything.

Nothing here loads torch: training and predicting happen in worker processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from gui import assets, http_errors
from gui.body_limit import BodyLimit
from gui.doors import Doors
from gui.hosts import OwnHosts, own_names
from gui.login import Login
from gui.routes import (
    activity,
    checking,
    classes,
    comments,
    compare,
    evaluation,
    exports,
    figures,
    files,
    grid,
    history,
    images,
    jobs,
    mistakes,
    models,
    next_images,
    people,
    plotting,
    projects,
    results,
    session,
    tags,
    thresholds,
    trying,
    uploads,
)
from gui.routes import annotations as boxes
from gui.routes import tiles as picture_tiles
from gui.services import Services

log = logging.getLogger(__name__)

TEND_SECONDS = 2.0
LARGEST_MESSAGE = 16 * 2**20  # a save of ten thousand boxes is about 2 MB
ROOM_FOR_FORM = 2**16  # what multipart adds round a file
TAKES_FILES = re.compile(r"/api/projects/[0-9]+/(upload|try)|/gradio_api/upload")

Mount = Callable[[FastAPI, Services], FastAPI]


def create_app(services: Services, *, port: int, login: Login | None = None, mount: Mount | None = None) -> FastAPI:
    """Everything that answers requests, for the address in the services' settings.

    Args:
        services: the use cases; the caller closes their store.
        port: the one that the server really listens on.
        login: who may come in; None where only this machine can reach the server.
        mount: puts the pages at the root; `gui.app.mount` unless a test brings its own.
    """
    # FastAPI's own documentation pages would load scripts from another site.
    app = FastAPI(title="Boxloop", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_tending(services))
    http_errors.install(app)
    app.include_router(session.who(services))
    if login is not None:
        app.include_router(session.router(login))
    for room in (
        projects,
        people,
        activity,
        classes,
        images,
        boxes,
        history,
        comments,
        uploads,
        jobs,
        models,
        evaluation,
        compare,
        results,
        next_images,
        exports,
        files,
    ):
        app.include_router(room.router(services))
    for room in (checking, grid, tags, thresholds, trying):
        app.include_router(room.router(services))
    app.include_router(picture_tiles.router(services))
    app.include_router(mistakes.router(services))
    app.include_router(figures.router(services))
    app.include_router(plotting.router())
    app.mount(assets.URL, assets.Assets())

    @app.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    @app.api_route("/files/{rest:path}", methods=["GET"])
    def nothing_here(rest: str) -> None:
        """Answered here in our words, and not by the pages, which stand at the root and take what is left."""
        raise HTTPException(404)

    if mount is None:
        from gui.app import mount as mount_pages  # Gradio takes two seconds to load

        mount = mount_pages
    mount(app, services)
    # The last one added stands outermost: nothing is read of a request that may not come in.
    app.add_middleware(BodyLimit, limit_of=_limits(services.settings.max_upload_bytes))
    app.add_middleware(Doors, hosts=OwnHosts(own_names(services.settings.host), port), login=login)
    return app


def _limits(max_upload_bytes: int) -> Callable[[str], int]:
    def limit_of(path: str) -> int:
        return max_upload_bytes + ROOM_FOR_FORM if TAKES_FILES.fullmatch(path) else LARGEST_MESSAGE

    return limit_of


def _tending(services: Services) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        ticker = asyncio.create_task(_tend_for_ever(services))
        try:
            yield
        finally:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
            services.trying.close()

    return lifespan


async def _tend_for_ever(services: Services) -> None:
    """Look after the jobs now and then; a failure (a full disk, say) is logged, and the next round tries again."""
    while True:
        try:
            await run_in_threadpool(services.tend)
        except Exception:
            log.exception("looking after the jobs failed")
        await asyncio.sleep(TEND_SECONDS)
