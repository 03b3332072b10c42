"""Comments on an image: say, change, resolve, take back."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field

from gui import past_views
from gui.routes.parse import Body, Id, user_of
from gui.services import Services
from gui.view_models import Json


class NewComment(Body):
    text: str = Field(max_length=20_000)


class ChangedComment(Body):
    text: str | None = Field(default=None, max_length=20_000)
    resolved: bool | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")
    comments = services.store.comments

    @routes.get("/images/{image_id}/comments")
    def of_image(image_id: Id, request: Request) -> Json:
        return {"items": [past_views.comment(one, user_of(request)) for one in comments.list(image_id)]}

    @routes.post("/images/{image_id}/comments", status_code=201)
    def add(image_id: Id, body: NewComment, request: Request) -> Json:
        return past_views.comment(comments.add(image_id, body.text, user_of(request)), user_of(request))

    @routes.patch("/comments/{comment_id}")
    def change(comment_id: Id, body: ChangedComment, request: Request) -> Json:
        author = user_of(request)
        changed = None
        if body.text is not None:
            changed = comments.edit(comment_id, body.text, author)
        if body.resolved is not None or changed is None:
            changed = comments.resolve(comment_id, bool(body.resolved), author)
        return past_views.comment(changed, author)

    @routes.delete("/comments/{comment_id}")
    def delete(comment_id: Id, request: Request) -> Json:
        comments.delete(comment_id, user_of(request))
        return {"deleted": comment_id}

    @routes.post("/comments/{comment_id}/restore")
    def restore(comment_id: Id, request: Request) -> Json:
        return past_views.comment(comments.restore(comment_id, user_of(request)), user_of(request))

    return routes
