"""How good a model is, as the Evaluate page shows it, without intervals; and as a report to keep or send."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gui.figures import figure_views
from gui.figures.figuring import figured
from gui.report.making import make_report
from gui.routes.evaluation import wanted_of
from gui.routes.parse import Id, RowId, followed
from gui.services import Services
from gui.view_models import Json


def router(services: Services) -> APIRouter:
    """Both take the images that the address asks for, as /evaluation does, and the active model without `model`."""
    routes = APIRouter(prefix="/api/projects/{project_id}", dependencies=[Depends(followed)])

    @routes.get("/figures")
    def figures(project_id: Id, request: Request, model: RowId | None = None) -> Json:
        found = services.evaluating.of(services.model(project_id, model).id, wanted_of(request.query_params))
        return figure_views.figures(figured(services.store, found))

    @routes.get("/report")
    def report(project_id: Id, request: Request, model: RowId | None = None) -> Response:
        """One HTML file to keep or send; it is never opened here, as a page of ours. Takes some seconds."""
        chosen = services.model(project_id, model)
        made = make_report(services, chosen.id, wanted_of(request.query_params), datetime.now().astimezone())
        name = quote(f"{services.store.projects.get(project_id).name} v{chosen.number}.html", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Content-Security-Policy": "sandbox"}
        return Response(made.html, media_type="text/html", headers=headers)

    return routes
