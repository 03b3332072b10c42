"""How good a model is on images that people have finished."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import QueryParams

from gui import image_params, view_models
from gui.routes.grid import params_of
from gui.routes.parse import Id, RowId, followed
from gui.services import Services
from gui.view_models import Json
from storage.image_filter import ImageFilter

Threshold = Annotated[float | None, Query(ge=0.0, le=1.0)]


def router(services: Services) -> APIRouter:
    """Both routes take the parameters of the grid's address to choose images; without any it is the validation split.

    `model` is the version that is evaluated, the active one without it.
    """
    routes = APIRouter(prefix="/api/projects/{project_id}", dependencies=[Depends(followed)])

    @routes.get("/evaluation")
    def evaluation(project_id: Id, request: Request, model: RowId | None = None, threshold: Threshold = None) -> Json:
        """All figures; those that depend on a threshold from `threshold` up, or from those kept with the model."""
        chosen = services.model(project_id, model)
        return view_models.evaluation(services.evaluating.of(chosen.id, wanted_of(request.query_params), threshold))

    @routes.get("/evaluation/intervals")
    def intervals(project_id: Id, request: Request, model: RowId | None = None) -> Json:
        """How far the figures may be off by chance; takes seconds where there are many boxes."""
        chosen = services.model(project_id, model)
        return view_models.intervals(*services.evaluating.intervals(chosen.id, wanted_of(request.query_params)))

    return routes


def wanted_of(query: QueryParams) -> ImageFilter:
    """Raises BadRequest for a value that means nothing."""
    return image_params.wanted_of(params_of(query))
