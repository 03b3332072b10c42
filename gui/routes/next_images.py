"""What to label next: the queue page by page with its reasons, and having it made anew."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from gui import grid_view, view_models
from gui.queues.next_images import NextImages, Way
from gui.routes.parse import Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json, time_of

LARGEST_PAGE = 200
LARGEST_PLACE = 10**6


class Start(Body):
    way: Way = Way.ADVISED
    model_id: RowId | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/projects/{project_id}/next")
    def show(
        project_id: Id,
        after: Annotated[int, Query(ge=-1, le=LARGEST_PLACE)] = -1,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 60,
    ) -> Json:
        """The images to label next behind the place `after`, with the boxes of the model that chose them."""
        found = services.next_images.show(project_id, after, limit)
        made = {
            "at": time_of(found.made_at),
            "way": found.way.value,
            "model_id": found.model.id if found.model else None,
            "model_number": found.model.number if found.model else None,
            "stale": found.stale,
        }
        return {
            "made": made if found.made_at else None,
            "left": found.left,
            "to_label": found.to_label,
            "job": view_models.job(found.job) if found.job else None,
            "items": _items(services, found),
            "next": found.items[-1].place if len(found.items) == limit else None,
        }

    @routes.post("/projects/{project_id}/next")
    def start(project_id: Id, body: Start, request: Request) -> Json:
        if body.model_id is not None:
            services.model(project_id, body.model_id)
        return view_models.job(services.next_images.start(project_id, body.way, body.model_id, user_of(request)))

    return routes


def _items(services: Services, found: NextImages) -> list[Json]:
    store = services.store
    ids = [item.image_id for item in found.items]
    images = store.images.get_many(ids)
    boxes = store.predictions.of_images(found.model.id, ids) if found.model else {}
    drawn = store.pages.boxes_on(i.id for i in images.values() if i.boxes)
    return [
        grid_view.image(images[item.image_id], drawn.get(item.image_id, ()), (), boxes.get(item.image_id))
        | {"place": item.place, "reasons": found.reasons(item)}
        for item in found.items
        if item.image_id in images
    ]
