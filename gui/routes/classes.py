"""Classes of a project: add, change, order, merge, split, archive, delete when unused."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, model_validator

from gui import class_views, view_models
from gui.messages import NotYet
from gui.routes.parse import Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json
from storage.annotations import LONGEST_TEXT
from storage.class_boxes import Order

LARGEST_SHEET = 500
MOST_CHOSEN = 10_000


class NewClass(Body):
    name: str
    color: str | None = None


class ChangedClass(Body):
    """What shall change; `hotkey` null gives back the digit of the class's place."""

    name: str | None = None
    color: str | None = None
    hotkey: str | None = None
    take: bool = False  # the key from the class that has it
    archived: bool | None = None

    @model_validator(mode="after")
    def _one_at_a_time(self) -> ChangedClass:
        given = self.model_fields_set - {"take"}
        if len(given) != 1:
            raise ValueError("change one of name, color, hotkey and archived at a time, so that each can be undone")
        return self


class NewOrder(Body):
    ids: list[RowId] = Field(max_length=10_000)


class Merge(Body):
    ids: list[RowId] = Field(min_length=1, max_length=1000)
    into: RowId


class Chosen(Body):
    image_id: RowId
    ids: list[Annotated[str, Field(max_length=LONGEST_TEXT)]] = Field(min_length=1)


class Selection(Body):
    boxes: list[Chosen] = Field(min_length=1, max_length=MOST_CHOSEN)
    into: RowId | None = None
    name: str | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")
    acts = services.classes

    @routes.get("/projects/{project_id}/classes")
    def every(project_id: Id) -> list[Json]:
        """Those that were merged into others too."""
        return [view_models.object_class(one) for one in services.store.classes.list(project_id, merged=True)]

    @routes.post("/projects/{project_id}/classes", status_code=201)
    def add(project_id: Id, body: NewClass, request: Request) -> Json:
        return view_models.object_class(acts.add(project_id, body.name, body.color, user_of(request)))

    @routes.put("/projects/{project_id}/classes/order")
    def reorder(project_id: Id, body: NewOrder, request: Request) -> Json:
        return class_views.change(acts.reorder(project_id, body.ids, user_of(request)))

    @routes.patch("/classes/{class_id}")
    def change(class_id: Id, body: ChangedClass, request: Request) -> Json:
        author = user_of(request)
        if body.name is not None:
            found = acts.rename(class_id, body.name, author)
        elif body.color is not None:
            found = acts.recolor(class_id, body.color, author)
        elif body.archived is not None:
            found = acts.set_archived(class_id, body.archived, author)
        else:
            found = acts.set_hotkey(class_id, body.hotkey, body.take, author)
        return class_views.change(found)

    @routes.get("/classes/merge")
    def preview(ids: Annotated[list[RowId], Query(min_length=1, max_length=1000)], into: RowId) -> Json:
        """What merging would change; nothing is changed."""
        return class_views.preview(acts.preview(ids, into))

    @routes.post("/classes/merge")
    def merge(body: Merge, request: Request) -> Json:
        return class_views.change(acts.merge(body.ids, body.into, user_of(request)))

    @routes.post("/classes/{class_id}/unmerge")
    def unmerge(class_id: Id, request: Request) -> Json:
        return class_views.change(acts.unmerge(class_id, user_of(request)))

    @routes.get("/classes/{class_id}/boxes")
    def boxes(
        class_id: Id,
        order: Order = Order.IMAGE,
        start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=LARGEST_SHEET)] = 100,
    ) -> Json:
        return class_views.sheet(acts.boxes(class_id, order, start, limit))

    @routes.get("/classes/{class_id}/doubts")
    def doubts(
        class_id: Id,
        after_image: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=LARGEST_SHEET)] = 100,
    ) -> Json:
        """Boxes that the active model takes for another class."""
        model_id = services.store.projects.get(services.store.classes.get(class_id).project_id).active_model_id
        if model_id is None:
            raise NotYet("No model is active yet, so none can doubt a label. Train one first.")
        return class_views.doubts(acts.doubts(class_id, model_id, after_image, limit))

    @routes.post("/classes/{class_id}/split")
    def split(class_id: Id, body: Selection, request: Request) -> Json:
        chosen = {one.image_id: one.ids for one in body.boxes}
        found = acts.split(class_id, chosen, into=body.into, new_name=body.name, author=user_of(request))
        return class_views.split(found)

    @routes.delete("/classes/{class_id}")
    def delete(class_id: Id, request: Request) -> Json:
        return {"deleted": class_id, "activity_id": acts.delete(class_id, user_of(request)).activity_id}

    return routes
