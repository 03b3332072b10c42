"""Background work: what Train would do, starting it, following it, stopping it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.runs import JobKind, Preset, Scope, TrainConfig
from gui import run_plans, view_models
from gui.routes.parse import Body, Id, RowId, user_of
from gui.routes.train_settings import train_config
from gui.services import Services
from gui.view_models import Json


class Train(Body):
    config: dict[str, Any] = Field(default_factory=dict)


class Predict(Body):
    model_id: RowId | None = None
    first_image_id: RowId | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/projects/{project_id}/plan")
    def plan(project_id: Id, preset: Preset = Preset.LITE, scope: Scope | None = None) -> Json:
        return view_models.plan(services.plan(project_id, TrainConfig(preset=preset, scope=scope)))

    @routes.post("/projects/{project_id}/plan")
    def plan_of(project_id: Id, body: Train | None = None) -> Json:
        """With an expert's choices; changes nothing."""
        return view_models.plan(services.plan(project_id, train_config(body.config if body else {})))

    @routes.post("/projects/{project_id}/train", status_code=202)
    def train(project_id: Id, request: Request, body: Train | None = None) -> Json:
        config = train_config(body.config if body else {})
        return view_models.job(services.train(project_id, config, author=user_of(request)))

    @routes.post("/projects/{project_id}/predict", status_code=202)
    def predict(project_id: Id, body: Predict | None = None) -> Json:
        wanted = body or Predict()
        return view_models.job(services.predict(project_id, wanted.model_id, first_image_id=wanted.first_image_id))

    @routes.get("/projects/{project_id}/jobs")
    def of_project(
        project_id: Id, kind: JobKind | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 50
    ) -> list[Json]:
        services.store.projects.get(project_id)
        return [view_models.job(job) for job in services.jobs(project_id, kind, limit)]

    @routes.get("/jobs/{job_id}")
    def one(job_id: Id, epochs: bool = False, log: bool = False, plan: bool = False) -> Json:
        job = services.job(job_id)
        shown = view_models.job(
            job,
            epochs=services.epochs(job_id) if epochs else None,
            log=services.log_tail(job_id) if log else None,
        )
        return shown | ({"plan": run_plans.kept(services.store.workspace, job_id)} if plan else {})

    @routes.post("/jobs/{job_id}/cancel")
    def cancel(job_id: Id) -> Json:
        return view_models.job(services.cancel(job_id))

    @routes.post("/jobs/{job_id}/resume")
    def resume(job_id: Id) -> Json:
        return view_models.job(services.resume(job_id))

    return routes
