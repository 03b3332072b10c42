"""How good a model is, as the Evaluate page shows it: figures with words and charts, without intervals."""

from __future__ import annotations

from fastapi import APIRouter, Request

from gui import figure_views
from gui.figuring import figured
from gui.routes.evaluation import wanted_of
from gui.routes.parse import Id, RowId
from gui.services import Services
from gui.view_models import Json


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/projects/{project_id}/figures")
    def figures(project_id: Id, request: Request, model: RowId | None = None) -> Json:
        """Of a model, the active one without `model`, on the images that the address asks for, as for /evaluation."""
        found = services.evaluating.of(services.model(project_id, model).id, wanted_of(request.query_params))
        return figure_views.figures(figured(services.store, found))

    return routes
