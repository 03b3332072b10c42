"""The revisions of an image: what each changed, what stood there, and where undo and redo lead."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request

from gui import past_views, view_models
from gui.routes.parse import LARGEST_ID, Id, user_of
from gui.services import Services
from gui.view_models import Json

LARGEST_PAGE = 200
RevisionNumber = Annotated[int, Path(ge=0, le=LARGEST_ID)]


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api/images/{image_id}/history")
    store = services.store

    @routes.get("")
    def revisions(
        image_id: Id,
        before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
    ) -> Json:
        """Newest first, without boxes."""
        return past_views.revision_page(store.history.list(image_id, before=before, limit=limit))

    @routes.get("/{revision}")
    def one(image_id: Id, revision: RevisionNumber) -> Json:
        return view_models.history_entry(store.annotations.at(image_id, revision))

    @routes.get("/{revision}/{way}")
    def step(image_id: Id, revision: RevisionNumber, way: Literal["undo", "redo"], request: Request) -> Json:
        """What undo or redo would bring back from a revision: `entry`, or null and `why`."""
        found = store.history.step_from(image_id, revision, way, user_of(request))
        entry = None if found.revision is None else store.annotations.at(image_id, found.revision)
        return past_views.step_back(found, entry)

    return routes
