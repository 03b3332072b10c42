"""Pictures and archives that a page sends. What cannot be taken is told by name and never stops the rest."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from gui.archive_intake import add_zip
from gui.intake import Intake, IntakeResult
from gui.receiving import ReceivedFile, received_files
from gui.routes.parse import Id, user_of
from gui.services import Services
from gui.view_models import Json


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")
    intake = Intake(services.store, services.settings.big_pixels)

    def take(project_id: int, files: list[ReceivedFile], author: str) -> list[IntakeResult]:
        results: list[IntakeResult] = []
        for file in files:
            if file.name.lower().endswith(".zip"):
                results += add_zip(intake, project_id, file.name, file.path)
            else:
                results.append(intake.add_file(project_id, file.name, file.path))
        if added := sum(result.status == "added" for result in results):
            services.store.activity.tally(project_id, "images_added", author, {"images": added})
        return results

    @routes.post("/projects/{project_id}/upload")
    async def upload(project_id: Id, request: Request) -> Json:
        await run_in_threadpool(services.store.projects.get, project_id)  # before a byte of it is read
        async with received_files(request, services.store.workspace) as files:
            results = await run_in_threadpool(take, project_id, files, user_of(request))
        return {"results": [_shown(result) for result in results]}

    return routes


def _shown(result: IntakeResult) -> Json:
    return {
        "name": result.name,
        "status": result.status,
        "image_id": result.image_id,
        "reason": result.reason,
        "width": result.size.width if result.size else None,
        "height": result.size.height if result.size else None,
    }
