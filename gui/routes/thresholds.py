"""Thresholds by a wish: what it would come to, and keeping it with the model."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from detector.measuring.judged import Cost, Costs
from detector.measuring.wishes import MOST_IMAGES, Wish, WishKind
from gui.figures.examining import of_split
from gui.figures.thresholding import Kept, Priced
from gui.messages import BadRequest
from gui.routes.parse import Body, Id, followed, user_of
from gui.services import Services
from gui.view_models import Json
from storage.records import Split

FEW_BOXES = 10  # true boxes of a class, below which its threshold may well be off
Value = Annotated[float | None, Query(ge=0, le=MOST_IMAGES, allow_inf_nan=False)]


class Wished(Body):
    kind: WishKind
    value: float | None = Field(default=None, ge=0, le=MOST_IMAGES, allow_inf_nan=False)
    by_class: bool = True  # or one threshold for all classes


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api/models/{model_id}/thresholds", dependencies=[Depends(followed)])

    @routes.get("")
    def look(model_id: Id, kind: WishKind = WishKind.BALANCE, value: Value = None) -> Json:
        """Thresholds that fulfil a wish on the validation images, and what they come to on the test images."""
        wish, project_id = _wish(kind, value), services.store.models.get(model_id, deleted=True).project_id

        def found() -> Priced:
            return services.thresholding.price(model_id, wish)

        return priced(services.together.get(project_id, of_split(Split.VAL), (model_id, wish), found))

    @routes.put("")
    def choose(model_id: Id, body: Wished, request: Request) -> Json:
        """Keep them as they are now; the entry of the activity undoes it."""
        wish = _wish(body.kind, body.value)
        return kept(services.thresholding.choose(model_id, wish, by_class=body.by_class, author=user_of(request)))

    @routes.delete("")
    def forget(model_id: Id, request: Request) -> Json:
        """Back to what the model advises by itself."""
        return kept(services.thresholding.forget(model_id, user_of(request)))

    return routes


def priced(found: Priced) -> Json:
    """`one` and `each`: what one threshold for all classes comes to, and one for each of them."""
    known = sorted({*found.choice.by_label, *found.each.by_label})
    return {
        "model_version_id": found.model.id,
        "wish": found.wish.to_json(),
        "nearest": found.choice.nearest,
        "chosen_on": {"images": found.images, "boxes": sum(found.boxes.values())},
        "split": found.split.value,
        "images": found.one.images,
        "one": {"threshold": found.choice.overall, **_costs(found.one)},
        "each": _costs(found.each),
        "classes": [
            {
                "class_id": found.labels.ids[label],
                "name": found.labels.names[label],
                "threshold": found.choice.by_label.get(label, found.choice.overall),
                "chosen_on_boxes": found.boxes.get(label, 0),
                "few": found.boxes.get(label, 0) < FEW_BOXES,
                "one": _cost(found.one.by_label.get(label)),
                "each": _cost(found.each.by_label.get(label)),
            }
            for label in known
        ],
        "kept": found.model.thresholds,
    }


def kept(found: Kept) -> Json:
    return {"thresholds": found.model.thresholds, "activity_id": found.activity_id}


def _costs(costs: Costs) -> Json:
    return {**_cost(costs.all), "images_with_wrong": costs.images_with_wrong}


def _cost(cost: Cost | None) -> Json:
    cost = cost or Cost(0, 0, 0)
    return {"boxes": cost.boxes, "found": cost.found, "missed": cost.boxes - cost.found, "wrong": cost.wrong}


def _wish(kind: WishKind, value: float | None) -> Wish:
    try:
        return Wish(kind, value)
    except ValueError as error:
        raise BadRequest(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
