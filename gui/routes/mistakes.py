"""The mistakes of a model on some images, in one answer."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gui import packed_columns
from gui.figures.examining import examine
from gui.figures.mistakes import mistakes
from gui.image_params import wanted_of
from gui.routes.grid import params_of
from gui.routes.parse import Id, RowId, followed
from gui.services import Services


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api", dependencies=[Depends(followed)])

    @routes.get("/projects/{project_id}/mistakes")
    def every(project_id: Id, request: Request, model: RowId | None = None) -> Response:
        """Of a model, the active one without `model`, on the images that the address asks for (`split=val`)."""
        wanted = wanted_of(params_of(request.query_params))
        chosen = services.model(project_id, model).id

        def found() -> bytes:
            return mistakes(examine(services.store, chosen, wanted))

        return packed_columns.answer(request, services.together.get(project_id, wanted, ("mistakes", chosen), found))

    return routes
