"""Classes of a project: add, rename, recolour, delete when unused."""

from __future__ import annotations

from fastapi import APIRouter

from gui import view_models
from gui.routes.parse import Body, Id
from gui.services import Services
from gui.view_models import Json


class NewClass(Body):
    name: str
    color: str | None = None


class ChangedClass(Body):
    name: str | None = None
    color: str | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.post("/projects/{project_id}/classes", status_code=201)
    def add(project_id: Id, body: NewClass) -> Json:
        return view_models.object_class(services.add_class(project_id, body.name, body.color))

    @routes.patch("/classes/{class_id}")
    def change(class_id: Id, body: ChangedClass) -> Json:
        return view_models.object_class(services.change_class(class_id, name=body.name, color=body.color))

    @routes.delete("/classes/{class_id}")
    def delete(class_id: Id) -> Json:
        services.delete_class(class_id)
        return {"deleted": class_id}

    return routes
