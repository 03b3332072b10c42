"""`evaluate` and `status`: what is known of models, jobs and projects."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from gui import view_models
from gui.commands.console import DONE, Console, WrongUse, ending_well, opened
from gui.commands.jobs import chosen_model
from gui.figures.examining import done_images, of_split
from gui.image_params import NAMES, from_text, wanted_of
from gui.messages import BadRequest, explain
from gui.services import Services
from gui.status import status as workspace_status
from gui.wording import count, size
from storage.errors import InvalidValue
from storage.image_filter import ImageFilter
from storage.records import ModelVersion, Split


def evaluate(
    console: Console,
    workspace: Path,
    project: str,
    split: Split,
    model_number: int | None,
    *,
    images: str | None = None,
    threshold: float | None = None,
    with_intervals: bool = False,
) -> int:
    """Figures of a model on the done images of a split; images that it has not looked at are predicted first.

    Args:
        images: instead of a split, which ones, as the address of the Images page says it.
        threshold: from which boxes are shown; None for those that are kept with the model.
        with_intervals: say how far the figures may be off by chance, too.
    """
    with ending_well(console), opened(workspace) as services:
        found = services.project_named(project)
        wanted = of_split(split) if images is None else _filter(images)
        if not done_images(services.store, found.id, wanted):
            place = f"in the split {split.value}" if images is None else f"among {images}"
            raise WrongUse(f"{found.name} has no done image {place}. Import one, or mark images.")
        model = chosen_model(services, found.id, model_number)
        predict_missing(console, services, model, wanted)
        facts = view_models.evaluation(services.evaluating.of(model.id, wanted, threshold))
        if with_intervals:
            facts["intervals"] = view_models.intervals(*services.evaluating.intervals(model.id, wanted))
        console.answer(facts, _figures_text(facts))
        return DONE


def _filter(images: str) -> ImageFilter:
    """Nobody sees here which images a filter means, so that one with a slip must not mean all of them."""
    params, given = from_text(images), parse_qs(images, keep_blank_values=True)
    strange = sorted({*given} - {*NAMES, "sort"})
    if strange or not params or len(given) > len(params):
        what = f"has no {strange[0]!r}" if strange else f"cannot be {images!r}"
        raise WrongUse(f"A filter {what}. It is written like class=3&tag=1, of {', '.join(NAMES)}.")
    try:
        return wanted_of(params)
    except (BadRequest, InvalidValue) as error:
        raise WrongUse(explain(error)) from error


def predict_missing(console: Console, services: Services, model: ModelVersion, wanted: ImageFilter) -> None:
    """Have the model look at those of these images that it has not looked at; what cannot be read is reported."""
    missing = services.evaluating.missing(model, wanted)
    if not missing:
        return
    console.say(f"Predicting {count(len(missing), 'image')} first.")
    # Loads torch, which `status` and an evaluation of what is stored can do without.
    from detector.models.predictor import Predictor
    from gui.jobs.predict import predict_images

    predictor = Predictor(services.store.workspace.model(model.folder))
    _, skipped = predict_images(services.store, model.id, predictor, missing)
    console.report_skipped([f"{row['name']}: {row['reason']}" for row in skipped])


def _figures_text(facts: dict[str, Any]) -> str:
    where = f" of the split {facts['split']}" if facts["split"] else ""
    sure, shown = facts.get("intervals", {}), facts["at_threshold"]["all"]
    main = (("AP", "ap"), ("AP50", "ap50"), ("AP75", "ap75"), ("AR100", "ar100"))
    lines = [
        f"{facts['model']} on {count(facts['images'], 'image')}{where}:",
        "  " + "  ".join(f"{name} {_share(facts[key])}{_interval(sure.get(key))}" for name, key in main),
        *(f"  {row['name']}: AP {_share(row['ap'])}, AP50 {_share(row['ap50'])}" for row in facts["per_class"]),
        f"  From {_scores(shown['threshold'])} up: precision {_share(shown['precision'])}, "
        f"recall {_share(shown['recall'])}, F1 {_share(shown['f1'])}",
    ]
    if facts.get("advice"):
        lines.append(facts["advice"])
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _scores(threshold: float | None) -> str:
    return "the score of each class" if threshold is None else f"a score of {threshold:g}"


def _interval(found: dict[str, float] | None) -> str:
    return f" ({_share(found['low'])} to {_share(found['high'])})" if found else ""


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
