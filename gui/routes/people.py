"""Several people on one project: the next image that nobody else has, and letting go of it again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from gui import image_params
from gui.routes.parse import Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json
from storage.claims import Walk

PageName = Annotated[str, Field(min_length=1, max_length=100)]


class Next(Body):
    page: PageName
    current: RowId | None = None
    walk: str = Field(default="", max_length=4000)


class Held(Body):
    page: PageName
    image_ids: list[RowId] = Field(max_length=10)


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.post("/projects/{project_id}/next-free")
    def next_free(project_id: Id, body: Next, request: Request) -> Json:
        """`current`: the image that the page shows; `walk`: the filter and order that it goes through, as in addresses.

        The answer is null where nothing is left to label.
        """
        author = user_of(request)
        seen = {one.image_id for one in services.presence.others(project_id, author) if one.image_id is not None}
        taken = services.store.claims.take_next(
            project_id,
            page=body.page,
            author=author,
            current=body.current,
            open_elsewhere=seen,
            walk=_walk(services, project_id, body.walk),
        )
        return {"image_id": taken}

    @routes.post("/claims/renew")
    def renew(body: Held) -> Json:
        return {"image_ids": services.store.claims.renew(body.page, body.image_ids)}

    @routes.post("/claims/release", status_code=204)
    def release(page: Annotated[str, Query(min_length=1, max_length=100)]) -> None:
        """Sent by a page that goes away, so without a body."""
        services.presence.leave(page)
        services.store.claims.release(page)

    return routes


def _walk(services: Services, project_id: int, text: str) -> Walk | None:
    if not text:
        return None
    params = image_params.from_text(text)
    active = services.store.projects.get(project_id).active_model_id
    return Walk(image_params.read_filter(params, active), image_params.read_order(params))
