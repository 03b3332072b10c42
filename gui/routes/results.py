"""What a model found: what is left to review of it, and its boxes taken over as labels."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from gui import view_models
from gui.routes.parse import Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json

LARGEST_PAGE = 1000


class Accept(Body):
    model_id: RowId
    threshold: float = Field(ge=0.0, le=1.0)
    thresholds: dict[int, float] = Field(default_factory=dict, max_length=10_000)  # of classes that have their own
    image_ids: list[RowId] = Field(max_length=100_000)
    class_ids: list[RowId] | None = None
    mark_done: bool = False


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/projects/{project_id}/review")
    def review(
        project_id: Id,
        model: RowId | None = None,
        image: Annotated[list[RowId] | None, Query(max_length=LARGEST_PAGE)] = None,
        threshold: Annotated[float, Query(ge=0.0, le=1.0)] = 0.5,
    ) -> Json:
        """What is left to review of a model, the active one without `model`.

        Its scores by class id in 100 bins; for each `image` named the count of boxes from the threshold up as well.
        """
        chosen = services.model(project_id) if model is None else services.shown_model(project_id, model)
        shown: Json = {"model_version_id": chosen.id, "bins": services.store.review.histogram(chosen.id)}
        if image:
            shown["images"] = services.store.review.of_images(chosen.id, image, threshold)
        return shown

    @routes.get("/projects/{project_id}/advice")
    def advice(project_id: Id) -> Json:
        """From which scores boxes needed the fewest corrections on the images finished last, if there are enough."""
        learned = services.advising.learned(project_id)
        return {"learned": learned and {"all": learned.overall, "by_class": learned.by_label}}

    @routes.post("/projects/{project_id}/accept")
    def accept(project_id: Id, body: Accept, request: Request) -> Json:
        return view_models.accepted(
            services.accept(
                project_id,
                model_id=body.model_id,
                threshold=body.threshold,
                thresholds=body.thresholds,
                image_ids=body.image_ids,
                class_ids=body.class_ids,
                mark_done=body.mark_done,
                author=user_of(request),
            )
        )

    return routes
