"""Commands that are jobs of the queue: train, import, and predicting a whole project. They wait for the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Timer
from typing import Any

from detector.runs import RunState, TrainConfig
from gui import view_models
from gui.commands.console import (
    DONE,
    FAILED,
    STOPPED,
    Console,
    WrongUse,
    ending_well,
    opened,
    opened_or_made,
    signals_set,
    skipped_code,
)
from gui.services import Services
from storage.records import Job, ModelVersion, Split


def train(console: Console, workspace: Path, project: str, config: TrainConfig, deadline: float | None) -> int:
    """Train on the done images of a project, and wait for the run.

    Args:
        deadline: Unix time at which the run shall end with its best model, or None.

    Returns:
        The exit code: 130 where a signal stopped it (the best model is kept).
    """
    with ending_well(console), opened(workspace) as services:
        found = services.project_named(project)
        services.devices.get(wait=30.0)  # the plan shall name the device that it will be
        plan = services.plan(found.id, config)
        for text in (plan.sentence, *plan.warnings, plan.outgrown):
            if text:
                console.say(text)
        stop = Event()
        with signals_set(stop):  # from before the run is queued, so that none goes on which a signal was meant to stop
            queued = services.train(found.id, config, deadline=deadline)
            with _turn_before(deadline, services, queued):
                job = _followed(console, services, queued, stop)
        model_id = job.result.get("model_version_id")
        model = None if model_id is None else model_facts(services, services.store.models.get(model_id))
        console.answer({"job": _facts(job), "model": model}, job.message)
        return STOPPED if stop.is_set() else _code_of(job)


def import_dataset(
    console: Console, workspace: Path, project: str, form: str, path: Path, split: Split | None, strict: bool
) -> int:
    """Import a folder by copy, making the project if it is missing, and wait for the end."""
    with ending_well(console):
        if not path.exists():
            raise WrongUse(f"There is no folder {path}.")  # before a workspace or a project is made for it
        with opened_or_made(console, workspace) as services:
            found = services.find_or_create_project(project)
            stop = Event()
            with signals_set(stop):
                job = _followed(console, services, services.import_folder(found.id, path, form, split), stop)
            skipped = job.result.get("skipped", [])
            console.report_skipped([_skipped_line(row) for row in skipped])
            facts = {
                "project": {"id": found.id, "name": found.name},
                "job": _facts(job),
                **job.result,
                "skipped": skipped,
            }
            console.answer(facts, job.message)
            return STOPPED if stop.is_set() else _code_of(job) or skipped_code(skipped, strict)


def predict_all(console: Console, workspace: Path, project: str, model_number: int | None, strict: bool) -> int:
    """Predict every image of a project that the model has not looked at, and wait for the end."""
    with ending_well(console), opened(workspace) as services:
        model = chosen_model(services, services.project_named(project).id, model_number)
        stop = Event()
        with signals_set(stop):
            job = _followed(console, services, services.predict(model.project_id, model.id), stop)
        skipped = job.result.get("skipped", [])
        console.report_skipped([f"{row['name']}: {row['reason']}" for row in skipped])
        facts = {
            "job": _facts(job),
            "model": model_facts(services, model),
            "predicted": job.result.get("predicted", 0),
            "skipped": skipped,
        }
        console.answer(facts, job.message)
        return STOPPED if stop.is_set() else _code_of(job) or skipped_code(skipped, strict)


def chosen_model(services: Services, project_id: int, number: int | None) -> ModelVersion:
    """The model version of a number, or the active one.

    Raises:
        WrongUse: the project has no version of that number. NotYet: it has none at all.
    """
    if number is None:
        return services.model(project_id)
    versions = {model.number: model for model in services.models(project_id)}
    if number not in versions:
        raise WrongUse(f"There is no v{number}; there are: {', '.join(f'v{n}' for n in sorted(versions)) or 'none'}.")
    return versions[number]


def model_facts(services: Services, model: ModelVersion) -> dict[str, Any]:
    """What is said of a model version, and whether it is the active one just now."""
    return view_models.model(model, services.store.projects.get(model.project_id, deleted=True).active_model_id)


def _followed(console: Console, services: Services, job: Job, stop: Event) -> Job:
    """The job at its end, which `stop` asks for. Says how it goes, at most about once a second."""
    told = ("", 0.0)

    def tell(now: Job) -> None:
        nonlocal told
        text = view_models.job_label(now)
        if text != told[0] and time.monotonic() - told[1] >= 1.0:
            told = (text, time.monotonic())
            console.say(text)

    return services.wait(job.id, tell, stop)


@contextmanager
def _turn_before(deadline: float | None, services: Services, job: Job) -> Iterator[None]:
    """Cancel the job at its deadline if it still waits then: a run that has begun ends by itself, one that waits for
    another run would not.
    """
    if deadline is None:
        yield
        return

    def give_up() -> None:
        if services.job(job.id).state is RunState.QUEUED:
            services.queue.cancel_quietly(job.id)

    timer = Timer(max(0.0, deadline - time.time()), give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _facts(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind.value,
        "state": job.state.value,
        "progress": job.progress,
        "message": job.message,
    }


def _code_of(job: Job) -> int:
    return DONE if job.state is RunState.SUCCEEDED else FAILED


def _skipped_line(row: dict[str, Any]) -> str:
    place = row["file"] if row.get("line") is None else f"{row['file']}, line {row['line']}"
    return f"{place}: {row['reason']}"
