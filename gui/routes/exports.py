"""Data sets in from a folder of this machine and out as a zip."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse

from detector.runs import JobKind, RunState
from gui import view_models
from gui.messages import NotYet
from gui.routes.parse import Body, Id, user_of
from gui.services import Services
from gui.view_models import Json
from storage.errors import NotFound
from storage.records import Split


class Import(Body):
    path: Path
    format: str
    split: Split | None = None


class Export(Body):
    format: str


def router(services: Services) -> APIRouter:
    routes = APIRouter()

    @routes.post("/api/projects/{project_id}/import", status_code=202)
    def import_folder(project_id: Id, body: Import, request: Request) -> Json:
        author = user_of(request)
        return view_models.job(services.import_folder(project_id, body.path, body.format, body.split, author))

    @routes.post("/api/projects/{project_id}/export", status_code=202)
    def export(project_id: Id, body: Export, request: Request) -> Json:
        return view_models.job(services.export(project_id, body.format, user_of(request)))

    @routes.get("/files/exports/{job_id}")
    def download(job_id: Id) -> FileResponse:
        job = services.job(job_id)
        if job.kind is not JobKind.EXPORT:
            raise NotFound(f"job {job_id} is no export")
        if job.state is not RunState.SUCCEEDED:
            raise NotYet(f"Export {job_id} is not ready: it is {job.state.value}.")
        path = services.store.workspace.exports / Path(str(job.result["file"])).name
        if not path.is_file():
            raise NotFound(f"the file of export {job_id} is gone; export again")
        return FileResponse(path, media_type="application/zip", filename=path.name)

    return routes
