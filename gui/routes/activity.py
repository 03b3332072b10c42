"""What was done in a project, by whom and when, and taking that back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from gui import class_views, past_views
from gui.class_splitting import Split
from gui.routes import thresholds
from gui.routes.parse import Id, user_of
from gui.services import Services
from gui.view_models import Json

LARGEST_PAGE = 200


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/projects/{project_id}/activity")
    def page(
        project_id: Id,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
        author: str | None = None,
        thing: Annotated[list[str] | None, Query(max_length=20)] = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
    ) -> Json:
        """Newest first; `thing` is "saved" or the first word of a kind, `since` and `until` name a time zone."""
        moments: dict[str, datetime | None] = {"since": since, "until": until}
        found = services.store.activity.list(
            project_id, after=after or None, limit=limit, author=author, things=thing or None, **moments
        )
        recorded = [entry.id for entry in found.items if entry.id is not None]
        return past_views.activity_page(found, services.store.undo_notes.undoable(recorded))

    @routes.get("/projects/{project_id}/activity/people")
    def people(project_id: Id) -> Json:
        """Who has done anything here; "" stands for whoever did not have to log in."""
        return {"people": services.store.activity.people(project_id)}

    @routes.post("/activity/{activity_id}/undo")
    def undo(activity_id: Id, request: Request) -> Json:
        """Take back a change of classes, a choice of thresholds, or an act on many images.

        The last goes on like the act did, see GET /bulk.
        """
        entry = services.store.activity.get(activity_id)
        if entry.kind.startswith("images_"):
            return services.bulk.take_back(entry, user_of(request)).to_json()
        if entry.kind == "model_thresholds":
            return thresholds.kept(services.thresholding.undo(activity_id, user_of(request)))
        found = services.classes.undo(activity_id, user_of(request))
        return class_views.split(found) if isinstance(found, Split) else class_views.change(found)

    return routes
