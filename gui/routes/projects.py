"""Projects: list, make, rename, bin, and what the top bar polls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request

from gui import view_models
from gui.routes.parse import Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json
from storage.records import Project


class Name(Body):
    name: str


class Changed(Body):
    name: str | None = None
    learns: bool | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    def shown(project: Project) -> Json:
        store = services.store
        return view_models.project(
            project,
            store.projects.counts(project.id),
            store.classes.list(project.id),
            services.models(project.id),
            warnings=services.project_warnings(project.id),
            merged=store.classes.successors(project.id),
        )

    @routes.get("/projects")
    def all_projects(deleted: bool = False) -> list[Json]:
        found = services.store.projects.list(deleted=deleted)
        return [_in_bin(p) if deleted else shown(p) for p in found]

    @routes.post("/projects", status_code=201)
    def create(body: Name, request: Request) -> Json:
        return shown(services.create_project(body.name, user_of(request)))

    @routes.get("/projects/{project_id}")
    def one(project_id: Id) -> Json:
        return shown(services.store.projects.get(project_id))

    @routes.get("/projects/{project_id}/disk")
    def disk(project_id: Id) -> Json:
        """Apart from the project, because it looks at each file; as of a minute ago at most."""
        return {
            "disk_bytes": services.disk_use.of_project(project_id),
            "features_bytes": services.disk_use.of_features(),
        }

    @routes.patch("/projects/{project_id}")
    def change(project_id: Id, body: Changed, request: Request) -> Json:
        return shown(services.change_project(project_id, name=body.name, learns=body.learns, author=user_of(request)))

    @routes.delete("/projects/{project_id}")
    def delete(project_id: Id, request: Request) -> Json:
        return _in_bin(services.delete_project(project_id, user_of(request)))

    @routes.post("/projects/{project_id}/restore")
    def restore(project_id: Id, request: Request) -> Json:
        return shown(services.restore_project(project_id, user_of(request)))

    @routes.get("/projects/{project_id}/bin")
    def bin_of(project_id: Id) -> Json:
        images, models = services.deleted(project_id)
        return {
            "images": [view_models.image(i) for i in images],
            "models": [view_models.model(m) for m in models],
        }

    @routes.get("/pulse")
    def pulse(
        request: Request,
        project: RowId | None = None,
        image: RowId | None = None,
        page: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Json:
        """`image`: the one that is open on the page that asks; `page`: a name that this page keeps."""
        active = services.store.projects.get(project).active_model_id if project is not None else None
        if project is not None:
            services.looks_at(project, image)
        told = view_models.pulse(services.running_job(project), active, datetime.now(UTC))
        return told | _company(services, user_of(request), project, image, page)

    return routes


def _company(services: Services, name: str, project: int | None, image: int | None, page: str | None) -> Json:
    """Who else is there, who has the open image for themselves, and its revision, so that a page sees a later one."""
    if project is None or page is None:
        return {"people": [], "image": None}
    services.presence.note(page, name, project, image)
    people = [{"name": one.name, "image_id": one.image_id} for one in services.presence.others(project, name)]
    record = services.store.images.get_many([image]).get(image) if image is not None else None
    if record is None:
        return {"people": people, "image": None}
    claimed = services.store.claims.holder(record.id, besides=page) or None
    return {"people": people, "image": {"id": record.id, "revision": record.revision, "claimed_by": claimed}}


def _in_bin(project: Project) -> Json:
    """What is said of a project that nobody can look into before it is restored."""
    return {
        "id": project.id,
        "name": project.name,
        "created_at": view_models.time_of(project.created_at),
        "deleted_at": view_models.time_of(project.deleted_at),
    }
