"""Images: pages of them, one of them opened, bin and splits."""

from __future__ import annotations

from dataclasses import replace
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
        neighbours, walked = _neighbours(services, record, unlabelled, walk, list)
        shown = view_models.opened_image(
            record,
            services.store.annotations.get(image_id),
            neighbours,
            model_id,
            services.store.predictions.get(model_id, image_id) if model_id is not None else None,
            services.store.rejections.lineage(model_id) if model_id is not None else (),
            tiles=services.tiles.state(record),
        )
        return shown | {"list": walked} if walk else shown

    @routes.post("/images/delete")
    def delete(body: Ids, request: Request) -> Json:
        return {"deleted": services.delete_images(body.ids, user_of(request))}

    @routes.post("/images/restore")
    def restore(body: Ids, request: Request) -> Json:
        return {"restored": services.restore_images(body.ids, user_of(request))}

    return routes


def _neighbours(
    services: Services, record: StoredImage, unlabelled: bool, walk: str, token: str | None
) -> tuple[Neighbours, str | None]:
    """What lies before and after an image, and on a walk the list that it goes along."""
    if not walk:
        return services.store.images.neighbours(record.id, unlabelled_only=unlabelled), None
    params = image_params.from_text(walk)
    active = services.store.projects.get(record.project_id).active_model_id
    wanted = image_params.read_filter(params, active)
    if unlabelled:
        wanted = replace(wanted, states=UNLABELLED, nothing_here=False)
    return services.store.pages.beside(record.id, wanted, image_params.read_order(params), token)


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
