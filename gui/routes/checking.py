"""Labels that look wrong: the queue of them, the job that makes it, and what somebody keeps as it is."""

from __future__ import annotations

from fastapi import APIRouter, Request

from detector.advising.suspects import ErrorKind
from detector.domain import Box
from gui import view_models
from gui.queues.checking import Check
from gui.routes.parse import Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json


class Keep(Body):
    """What is right as it is: a label, or, where `drawn` is false, that none stands there."""

    kind: ErrorKind
    class_id: RowId
    x1: float
    y1: float
    x2: float
    y2: float
    drawn: bool


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/projects/{project_id}/check")
    def check(project_id: Id) -> Json:
        return checked(services.checking.state(project_id))

    @routes.post("/projects/{project_id}/check", status_code=202)
    def start(project_id: Id, request: Request) -> Json:
        return view_models.job(services.checking.start(project_id, user_of(request)))

    @routes.post("/images/{image_id}/kept", status_code=201)
    def keep(image_id: Id, body: Keep, request: Request) -> Json:
        box = Box(body.x1, body.y1, body.x2, body.y2)
        kept = services.checking.keep(
            image_id, body.kind, body.class_id, box, drawn=body.drawn, author=user_of(request)
        )
        return {"id": kept.id}

    @routes.delete("/images/{image_id}/kept/{kept_id}")
    def ask_again(image_id: Id, kept_id: Id) -> Json:
        services.checking.ask_again(image_id, kept_id)
        return {"deleted": kept_id}

    return routes


def checked(check: Check) -> Json:
    """How checking stands; `queue` is null before the first time."""
    queue = check.queue
    return {
        "queue": queue and {"made_at": view_models.time_of(queue.made_at), "suspects": check.total, **queue.details},
        "items": [{"place": one.place, "image_id": one.image_id, **one.item.to_json()} for one in check.open],
        "images": {
            image.id: {"name": image.name, "width": image.size.width, "height": image.size.height}
            for image in check.shown.values()
        },
        "job": check.job and view_models.job(check.job),
        "done": check.images,
        "seconds": check.seconds,
        "reason": check.reason,
    }
