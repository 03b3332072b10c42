"""What was done in a project, by whom and when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from gui import past_views
from gui.routes.parse import Id
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
        return past_views.activity_page(found)

    @routes.get("/projects/{project_id}/activity/people")
    def people(project_id: Id) -> Json:
        """Who has done anything here; "" stands for whoever did not have to log in."""
        return {"people": services.store.activity.people(project_id)}

    return routes
