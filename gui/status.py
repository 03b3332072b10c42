"""How a workspace stands: its projects, newest jobs and model versions, for the command line and for programs."""

from __future__ import annotations

from gui import view_models
from gui.services import Services
from gui.view_models import Json

NEWEST_JOBS = 50


def status(services: Services) -> Json:
    """Everything as plain JSON: workspace and what its kept features take, projects, jobs (newest first), models."""
    store = services.store
    store.jobs.interrupt_stale()
    projects, models = [], []
    for project in store.projects.list():
        versions = store.models.list(project.id)
        models += [view_models.model(m, project.active_model_id) for m in versions]
        counts, classes = store.projects.counts(project.id), store.classes.list(project.id)
        disk = store.projects.disk_bytes(project.id)
        projects.append(view_models.project(project, counts, classes, versions, disk_bytes=disk))
    jobs = [view_models.job(job) for job in services.jobs(limit=NEWEST_JOBS)]
    return {
        "workspace": str(services.settings.workspace),
        "features_bytes": services.disk_use.of_features(),
        "projects": projects,
        "jobs": jobs,
        "models": models,
    }
