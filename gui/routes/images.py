"""Images: pages of them, one of them opened, bin and splits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from gui import image_params, view_models
from gui.messages import BadRequest
from gui.routes.parse import LARGEST_ID, Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json
from storage.records import ImagePage, ImageState, Neighbours, Split, StoredImage

LARGEST_PAGE = 1000
MOST_FOLLOWING = 50
UNLABELLED = frozenset({ImageState.NEW, ImageState.IN_PROGRESS})


class Ids(Body):
    ids: list[RowId] = Field(max_length=100_000)


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/projects/{project_id}/images")
    def page(
        project_id: Id,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
        state: Annotated[list[ImageState] | None, Query()] = None,
        split: Split | None = None,
        class_id: RowId | None = None,
        q: str | None = None,
        deleted: bool = False,
        boxes: bool = False,
        model: RowId | None = None,
    ) -> Json:
        found = services.images(
            project_id,
            after=after or None,
            limit=limit,
            states=state or None,
            split=split,
            class_id=class_id,
            query=q or None,
            deleted=deleted,
        )
        if not boxes and model is None:
            return view_models.image_page(found)
        return view_models.image_page(found, _with_boxes(services, project_id, found, boxes, model))

    @routes.get("/images/{image_id}")
    def opened(
        image_id: Id,
        model: str | None = None,
        unlabelled: bool = False,
        ahead: bool = False,
        walk: Annotated[str, Query(max_length=4000)] = "",
        list: Annotated[str | None, Query(max_length=40)] = None,
    ) -> Json:
        """`ahead`: fetched before anybody looks at it. `walk`: the filter and order whose images are walked through.

        With a walk, the answer names the `list` that it goes along: asked for with the next image, the walk stays the
        same while images change.
        """
        record = services.store.images.get(image_id)
        if not ahead:
            services.looks_at(record.project_id, image_id)
        model_id = _chosen_model(services, record.project_id, model)
        shown, _ = _opened(services, record, model_id, Way(unlabelled, walk, list))
        shown["image"]["tiles"] = services.tiles.state(record)
        return shown

    @routes.get("/images/{image_id}/following")
    def following(
        image_id: Id,
        back: bool = False,
        count: Annotated[int, Query(ge=1, le=MOST_FOLLOWING)] = 24,
        model: str | None = None,
        unlabelled: bool = False,
        walk: Annotated[str, Query(max_length=4000)] = "",
        list: Annotated[str | None, Query(max_length=40)] = None,
    ) -> Json:
        """The images after one, or `back` before it, the next one first: for whoever runs through them."""
        record = services.store.images.get(image_id)
        model_id = _chosen_model(services, record.project_id, model)
        return {"images": _following(services, record, model_id, Way(unlabelled, walk, list), back, count)}

    @routes.post("/images/delete")
    def delete(body: Ids, request: Request) -> Json:
        return {"deleted": services.delete_images(body.ids, user_of(request))}

    @routes.post("/images/restore")
    def restore(body: Ids, request: Request) -> Json:
        return {"restored": services.restore_images(body.ids, user_of(request))}

    return routes


@dataclass(frozen=True)
class Way:
    """Which images are gone through: a walk as in an address, "" for all, and the server's name of its list."""

    unlabelled: bool
    walk: str
    list: str | None


def _opened(services: Services, record: StoredImage, model_id: int | None, way: Way) -> tuple[Json, Neighbours]:
    """An image as the Label page opens it, and what lies beside it."""
    neighbours, walked = _neighbours(services, record, way)
    shown = view_models.opened_image(
        record,
        services.store.annotations.get(record.id),
        neighbours,
        model_id,
        services.store.predictions.get(model_id, record.id) if model_id is not None else None,
        services.store.rejections.lineage(model_id) if model_id is not None else (),
    )
    return (shown | {"list": walked} if way.walk else shown), neighbours


def _following(
    services: Services, record: StoredImage, model_id: int | None, way: Way, back: bool, count: int
) -> list[Json]:
    neighbours, token = _neighbours(services, record, way)
    way = replace(way, list=token)
    found: list[Json] = []
    while len(found) < count:
        next_id = neighbours.previous_id if back else neighbours.next_id
        if next_id is None:
            break
        shown, neighbours = _opened(services, services.store.images.get(next_id), model_id, way)
        found.append(shown)
    return found


def _neighbours(services: Services, record: StoredImage, way: Way) -> tuple[Neighbours, str | None]:
    """What lies before and after an image, and on a walk the list that it goes along."""
    if not way.walk:
        return services.store.images.neighbours(record.id, unlabelled_only=way.unlabelled), None
    params = image_params.from_text(way.walk)
    active = services.store.projects.get(record.project_id).active_model_id
    wanted = image_params.read_filter(params, active)
    if way.unlabelled:
        wanted = replace(wanted, states=UNLABELLED, nothing_here=False)
    return services.store.pages.beside(record.id, wanted, image_params.read_order(params), way.list)


def _with_boxes(services: Services, project_id: int, found: ImagePage, boxes: bool, model_id: int | None) -> list[Json]:
    ids = [image.id for image in found.items]
    drawn = services.store.annotations.boxes_of(ids) if boxes else {}
    predicted = {}
    if model_id is not None:
        predicted = services.store.predictions.of_images(services.shown_model(project_id, model_id).id, ids)
    return [
        view_models.image(
            image,
            annotations=drawn.get(image.id, ()) if boxes else None,
            predictions=predicted.get(image.id),
            with_predictions=model_id is not None,
        )
        for image in found.items
    ]


def _chosen_model(services: Services, project_id: int, model: str | None) -> int | None:
    """The model of `?model=`: an id, or `active` for the project's active one (None where it has none)."""
    if model is None or model == "":
        return None
    if model == "active":
        return services.store.projects.get(project_id).active_model_id
    if not (model.isascii() and model.isdecimal() and len(model) < 20 and int(model) <= LARGEST_ID):
        raise BadRequest(f"model is a number or “active”, got {model!r}.")
    return services.model(project_id, int(model)).id
