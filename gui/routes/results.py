"""What a model found: figures on a split, and its boxes taken over as labels."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field

from gui import view_models
from gui.routes.parse import Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json
from storage.records import Split


class Accept(Body):
    model_id: RowId
    threshold: float = Field(ge=0.0, le=1.0)
    thresholds: dict[int, float] = Field(default_factory=dict, max_length=10_000)  # of classes that have their own
    image_ids: list[RowId] = Field(max_length=100_000)
    class_ids: list[RowId] | None = None
    mark_done: bool = False


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/projects/{project_id}/evaluation")
    def evaluation(project_id: Id, split: Split = Split.VAL, model: RowId | None = None) -> Json:
        return view_models.evaluation(services.evaluate(project_id, split, model))

    @routes.get("/projects/{project_id}/review")
    def review(project_id: Id, model: RowId | None = None) -> Json:
        """Scores of the boxes that are left to review, by class id in 100 bins; of the active model without `model`."""
        chosen = services.model(project_id) if model is None else services.shown_model(project_id, model)
        return {"model_version_id": chosen.id, "bins": services.store.review.histogram(chosen.id)}

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
