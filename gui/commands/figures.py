"""`evaluate` and `status`: what is known of models, jobs and projects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gui import evaluating, view_models
from gui.commands.console import DONE, Console, WrongUse, ending_well, opened
from gui.commands.jobs import chosen_model
from gui.services import Services
from gui.status import status as workspace_status
from gui.wording import count, size
from storage.records import ModelVersion, Split


def evaluate(console: Console, workspace: Path, project: str, split: Split, model_number: int | None) -> int:
    """Figures of a model on the done images of a split; images that it has not seen are predicted first."""
    with ending_well(console), opened(workspace) as services:
        found = services.project_named(project)
        if not evaluating.done_images(services.store, found.id, split):
            raise WrongUse(f"{found.name} has no done image in the split {split.value}. Import one, or mark images.")
        model = chosen_model(services, found.id, model_number)
        _predict_missing(console, services, model, split)
        facts = view_models.evaluation(services.evaluate(found.id, split, model.id))
        console.answer(facts, _figures_text(facts))
        return DONE


def _predict_missing(console: Console, services: Services, model: ModelVersion, split: Split) -> None:
    missing = services.missing_predictions(model.project_id, split, model.id)
    if not missing:
        return
    console.say(f"Predicting {count(len(missing), 'image')} first.")
    # Loads torch, which `status` and an evaluation of what is stored can do without.
    from detector.predictor import Predictor
    from gui.jobs.predict import predict_images

    predictor = Predictor(services.store.workspace.model(model.folder))
    _, skipped = predict_images(services.store, model.id, predictor, missing)
    console.report_skipped([f"{row['name']}: {row['reason']}" for row in skipped])


def _figures_text(facts: dict[str, Any]) -> str:
    lines = [
        f"{facts['model']} on {count(facts['images'], 'image')} of the split {facts['split']}:",
        f"  AP {_share(facts['ap'])}  AP50 {_share(facts['ap50'])}  AP75 {_share(facts['ap75'])}"
        f"  AR100 {_share(facts['ar100'])}",
        *(f"  {row['name']}: AP {_share(row['ap'])}, AP50 {_share(row['ap50'])}" for row in facts["per_class"]),
    ]
    if facts.get("advice"):
        lines.append(facts["advice"])
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def status(console: Console, workspace: Path) -> int:
    """Projects, the newest jobs and the model versions of a workspace."""
    with ending_well(console), opened(workspace) as services:
        facts = workspace_status(services)
        console.answer(facts, _status_text(facts))
        return DONE


def _status_text(facts: dict[str, Any]) -> str:
    lines = [f"Workspace {facts['workspace']}"]
    for project in facts["projects"]:
        counts = project["counts"]
        lines.append(
            f"{project['name']}: {count(counts['images'], 'image')} ({counts['done']:,} done), "
            f"{count(counts['boxes'], 'box', 'boxes')}, {size(project['disk_bytes'])}"
        )
        for model in project["models"]:
            ap = model["metrics"].get("ap")
            figures = "" if ap is None else f", mAP {ap:.3f} on validation"
            lines.append(f"  {model['name']}{' (active)' if model['active'] else ''}: {model['preset']}{figures}")
    lines += [f"job {job['id']}, {job['kind']}: {job['state']}. {job['message']}" for job in facts["jobs"]]
    return "\n".join(lines if facts["projects"] else [*lines, "No project yet."])
