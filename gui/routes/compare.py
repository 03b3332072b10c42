"""Model versions compared on the same images, and how a project's models have become better over its life."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from gui import view_models
from gui.charts.learning_curve import Figure, Size
from gui.figures import compare_views, plotter
from gui.figures.comparing import Compared, charts_of
from gui.figures.examining import of_split
from gui.figures.growing import Grown
from gui.image_params import from_text, wanted_of
from gui.routes.grid import params_of
from gui.routes.parse import Body, Id, RowId, followed, user_of
from gui.services import Services
from gui.view_models import Json
from storage.records import Split

With = Annotated[list[RowId], Query(alias="with", min_length=1, max_length=5)]
Other = Annotated[RowId, Query(alias="with")]


class Look(Body):
    """Which version shall look at those done images that it has not seen; `images` names them as an address does."""

    model_id: RowId
    images: str = Field(default="", max_length=4000)


def router(services: Services) -> APIRouter:
    """`model` is compared `with` others; which images, the parameters of the grid's address say (`split=val`)."""
    routes = APIRouter(prefix="/api/projects/{project_id}", dependencies=[Depends(followed)])

    def told(
        project_id: int,
        request: Request,
        model: int,
        others: list[int],
        what: Hashable,
        view: Callable[[Compared], Json],
    ) -> Json:
        models = [services.model(project_id, one) for one in (model, *others)]
        wanted = wanted_of(params_of(request.query_params))
        question = ("compare", what, model, *others)
        return services.together.get(
            project_id, wanted, question, lambda: view(services.comparing.compared(models, wanted))
        )

    @routes.get("/compare")
    def figures(project_id: Id, request: Request, model: RowId, others: With) -> Json:
        return told(project_id, request, model, others, "figures", compare_views.compared)

    @routes.get("/compare/difference")
    def difference(project_id: Id, request: Request, model: RowId, other: Other) -> Json:
        """How much the figures differ, with intervals; takes seconds where there are many boxes."""

        def differing(found: Compared) -> Json:
            return compare_views.difference(found, found.difference())

        return told(project_id, request, model, [other], "difference", differing)

    @routes.get("/compare/changes")
    def changes(
        project_id: Id,
        request: Request,
        model: RowId,
        other: Other,
        threshold: Annotated[float | None, Query(ge=0.0, le=1.0)] = None,
    ) -> Json:
        """What got better and worse box by box, from a common `threshold` or from the thresholds of each version up."""

        def changed(found: Compared) -> Json:
            return compare_views.changes(found, *found.changes(threshold))

        return told(project_id, request, model, [other], ("changes", threshold), changed)

    @routes.get("/compare/curves")
    def curves(
        project_id: Id, request: Request, model: RowId, others: With, class_id: Annotated[RowId | None, Query()] = None
    ) -> Json:
        """Charts with a line for each version, of one class or of all together."""

        def drawn(found: Compared) -> Json:
            return {"charts": [chart.to_json() for chart in charts_of(found, class_id)], "plotly": plotter.url()}

        return told(project_id, request, model, others, ("curves", class_id), drawn)

    @routes.get("/learning-curve")
    def learning_curve(
        project_id: Id,
        size: Size = Size.BOXES,
        figure: Figure = Figure.AP,
        split: Split = Split.VAL,
        today: bool = False,
    ) -> Json:
        """A dot for each version; with `today` also on the images of today, which takes seconds the first time."""

        def measured() -> Grown:
            return services.growing.grown(project_id, split)

        wanted, growing = of_split(split), services.growing
        grown = services.together.get(project_id, wanted, "grown", measured) if today else growing.grown(project_id)
        return compare_views.grown(grown, size, figure) | {"plotly": plotter.url()}

    @routes.post("/compare/look", status_code=202)
    def look(project_id: Id, body: Look, request: Request) -> Json:
        model = services.model(project_id, body.model_id)
        wanted = wanted_of(from_text(body.images))
        return view_models.job(services.comparing.look(model, wanted, user_of(request)))

    return routes
