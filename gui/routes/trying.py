"""Pictures that somebody tries a model on: looked at and forgotten."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from gui import view_models
from gui.messages import BadRequest, ServiceError
from gui.routes.parse import Id, RowId
from gui.services import Services
from gui.trials.trying import Tried
from gui.view_models import Json

LARGEST_PICTURE = 128 * 2**20  # bytes; it lies in memory, and so may some others
STALLED_SECONDS = 30.0  # without a byte of a picture, after which its place goes to another one


class TooLarge(ServiceError):
    """More bytes than are taken to try."""

    status = 413


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.post("/projects/{project_id}/try")
    async def look(
        project_id: Id, request: Request, model: RowId, source: Annotated[str, Query(max_length=40)] = ""
    ) -> Json:
        """The body is a picture file. `source` names the camera or video that it is a frame of; see trials.trying."""
        with services.trying.place():
            chosen = await run_in_threadpool(services.trying.model, project_id, model)  # before a byte of it is read
            picture = await _received(request)
            return _shown(await run_in_threadpool(services.trying.look, chosen, picture, source))

    @routes.post("/projects/{project_id}/try/ready")
    async def ready(project_id: Id, model: RowId) -> Json:
        """Answers when the first picture need not wait any more."""
        with services.trying.place():
            chosen = await run_in_threadpool(services.trying.model, project_id, model)
            await run_in_threadpool(services.trying.get_ready, chosen)
        return {"model_version_id": chosen.id}

    return routes


async def _received(request: Request) -> bytes:
    """The body. Raises TooLarge as soon as that is known, BadRequest where there is none or no more of it comes."""
    received = bytearray()
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > LARGEST_PICTURE:
        raise _too_large()
    try:
        async with asyncio.timeout(STALLED_SECONDS) as patience:
            async for chunk in request.stream():
                patience.reschedule(asyncio.get_running_loop().time() + STALLED_SECONDS)
                received += chunk
                if len(received) > LARGEST_PICTURE:
                    raise _too_large()
    except TimeoutError as error:
        raise BadRequest("The picture did not come in whole. Check the network, then try again.") from error
    if not received:
        raise BadRequest("There is no picture in this request.")
    return bytes(received)


def _too_large() -> TooLarge:
    return TooLarge(
        f"This file is larger than the {LARGEST_PICTURE // 2**20} MB that can be tried. "
        "Make it smaller, or add it to the project: there it may be larger."
    )


def _shown(tried: Tried) -> Json:
    view = tried.view
    return {
        "model_version_id": tried.model.id,
        "width": tried.size.width,
        "height": tried.size.height,
        "predictions": [view_models.prediction(one) for one in tried.predictions],
        "limit_reached": tried.limit_reached,
        "view": None if view is None else f"data:image/jpeg;base64,{base64.b64encode(view).decode()}",
        "seconds": tried.seconds,
    }
