"""Model versions: list, choose the active one, name, note, pin, bin."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field

from gui import view_models
from gui.routes.parse import Body, Id, user_of
from gui.services import Services
from gui.view_models import Json
from storage.records import ModelVersion
from storage.workspace import tree_bytes


class ChangedModel(Body):
    """What shall change; what is null or left out stays."""

    title: str | None = Field(default=None, max_length=10_000)
    note: str | None = Field(default=None, max_length=10_000)
    pinned: bool | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")
    acts = services.versions

    def with_size(model: ModelVersion, active: int | None) -> Json:
        size = tree_bytes(services.store.workspace.model(model.folder))
        return view_models.model(model, active) | {"disk_bytes": size}

    def shown(model: ModelVersion) -> Json:
        return with_size(model, services.store.projects.get(model.project_id).active_model_id)

    @routes.get("/projects/{project_id}/models")
    def of_project(project_id: Id, deleted: bool = False) -> list[Json]:
        active = services.store.projects.get(project_id).active_model_id
        return [with_size(model, active) for model in services.models(project_id, deleted)]

    @routes.post("/models/{model_id}/activate")
    def activate(model_id: Id, request: Request) -> Json:
        return shown(acts.activate(model_id, user_of(request)))

    @routes.patch("/models/{model_id}")
    def change(model_id: Id, body: ChangedModel, request: Request) -> Json:
        author = user_of(request)
        return shown(acts.change(model_id, name=body.title, note=body.note, pinned=body.pinned, author=author))

    @routes.delete("/models/{model_id}")
    def delete(model_id: Id, request: Request) -> Json:
        return shown(acts.delete(model_id, user_of(request)))

    @routes.post("/models/{model_id}/restore")
    def restore(model_id: Id, request: Request) -> Json:
        return shown(acts.restore(model_id, user_of(request)))

    return routes
