"""Tags of a project, and those of one image. Many images at once are tagged by an act of the grid."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field

from gui import grid_view
from gui.routes.parse import Body, Id, user_of
from gui.services import Services
from gui.view_models import Json

MOST_TAGS = 50


class TagName(Body):
    name: str = Field(max_length=1000)


class TagNames(Body):
    names: list[str] = Field(max_length=MOST_TAGS)


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")
    tags = services.store.tags

    def of_image(image_id: int, project_id: int) -> list[Json]:
        mine = tags.of_images([image_id]).get(image_id, ())
        return [grid_view.tag(one) for one in tags.list(project_id) if one.id in mine]

    @routes.get("/projects/{project_id}/tags")
    def all_tags(project_id: Id) -> list[Json]:
        return [grid_view.tag(one) for one in tags.list(project_id)]

    @routes.get("/images/{image_id}/tags")
    def those_of(image_id: Id) -> list[Json]:
        return of_image(image_id, services.store.images.get(image_id).project_id)

    @routes.put("/images/{image_id}/tags")
    def set_those_of(image_id: Id, body: TagNames) -> list[Json]:
        """Exactly these, made where the project does not have them."""
        project_id = services.store.images.get(image_id).project_id
        wanted = {tags.ensure(project_id, name).id for name in body.names}
        standing = set(tags.of_images([image_id]).get(image_id, ()))
        for tag_id in sorted(wanted - standing):
            tags.put_on(tag_id, [image_id])
        for tag_id in sorted(standing - wanted):
            tags.take_off(tag_id, [image_id])
        return of_image(image_id, project_id)

    @routes.patch("/tags/{tag_id}")
    def rename(tag_id: Id, body: TagName, request: Request) -> Json:
        return grid_view.tag(tags.rename(tag_id, body.name, user_of(request)))

    @routes.delete("/tags/{tag_id}")
    def delete(tag_id: Id, request: Request) -> Json:
        return {"images": len(tags.delete(tag_id, user_of(request)))}

    return routes
