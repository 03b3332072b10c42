"""The boxes of an image: saved whole, with the revision they started from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from detector.domain import Box
from gui import view_models
from gui.messages import SomebodyElse, explain
from gui.routes.parse import LARGEST_ID, Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json
from storage.annotations import LONGEST_TEXT
from storage.errors import NotFound, StaleRevision
from storage.past import Step
from storage.records import (
    ImageState,
    Rejection,
    Source,
    StoredBox,
)


class BoxBody(Body):
    id: str = Field(max_length=LONGEST_TEXT)
    class_id: RowId
    x1: float
    y1: float
    x2: float
    y2: float
    source: Source = Source.PERSON
    model_version_id: RowId | None = None
    score: float | None = None

    def stored(self) -> StoredBox:
        """Raises InvalidBox for coordinates that are no box."""
        box = Box(self.x1, self.y1, self.x2, self.y2)
        return StoredBox(self.id, self.class_id, box, self.source, self.model_version_id, self.score)


class RejectionBody(Body):
    class_id: RowId
    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    model_version_id: RowId

    def stored(self) -> Rejection:
        """Raises InvalidBox for coordinates that are no box."""
        return Rejection(self.class_id, Box(self.x1, self.y1, self.x2, self.y2), self.score, self.model_version_id)


RevisionNumber = Annotated[int, Field(ge=0, le=LARGEST_ID)]


class StepBody(Body):
    """See storage.records.Step."""

    same: RevisionNumber | None = None
    redo: RevisionNumber | None = None
    undo: RevisionNumber | None = None
    restored: RevisionNumber | None = None

    def stored(self) -> Step:
        return Step(self.same, self.redo, self.undo, self.restored)


class Save(Body):
    revision: int = Field(ge=0, le=LARGEST_ID)
    boxes: list[BoxBody] = Field(max_length=20_000)
    state: ImageState | None = None
    key: str = Field(min_length=1, max_length=200)
    rejected: list[RejectionBody] | None = Field(default=None, max_length=20_000)  # None: as they are
    author: str | None = None  # whom the page takes its person for; None: whoever is logged in
    step: StepBody | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.put("/images/{image_id}/annotations", response_model=None)
    def save(image_id: Id, body: Save, request: Request) -> Json | Response:
        author = user_of(request)
        if body.author and author and body.author != author:
            raise SomebodyElse(f"You are logged in as {author} now. Log in as {body.author} to save this.")
        try:
            saved = services.save(
                image_id,
                revision=body.revision,
                boxes=[box.stored() for box in body.boxes],
                state=body.state,
                key=body.key,
                author=author,
                rejected=None if body.rejected is None else [r.stored() for r in body.rejected],
                step=body.step.stored() if body.step else None,
            )
        except StaleRevision as error:
            return JSONResponse({"error": explain(error), **_both(services, image_id, body.revision)}, status_code=409)
        return view_models.saved_answer(saved)

    return routes


def _both(services: Services, image_id: int, revision: int) -> Json:
    """What stands now, and what the stale save started from: enough to put the two together."""
    annotations = services.store.annotations
    current = view_models.annotations(annotations.get(image_id))
    try:
        base = view_models.history_entry(annotations.at(image_id, revision))
    except NotFound:  # no save ever started from there
        base = None
    return {"current": current | {"saved_by": services.store.images.get(image_id).saved_by}, "base": base}
