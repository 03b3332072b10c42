"""`report`: one HTML file on how good a model is, to send to a colleague."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gui.commands.console import DONE, Console, WrongUse, ending_well, opened
from gui.commands.figures import predict_missing
from gui.commands.files import write_whole
from gui.commands.jobs import chosen_model
from gui.figures.examining import done_images, of_split
from gui.report.making import make_report
from gui.services import Services
from gui.wording import count, size
from storage.records import Split


def report(
    console: Console, workspace: Path, project: str, split: Split | None, model_number: int | None, out: Path
) -> int:
    """Write a report; images that the model has not looked at are predicted first.

    Args:
        split: None for test images, or those of validation where there is no test image.
    """
    with ending_well(console), opened(workspace) as services:
        found = services.project_named(project)
        chosen = _chosen_split(services, found.id, split)
        if chosen is None:
            place = "the test split and none in the validation split" if split is None else f"the split {split.value}"
            raise WrongUse(f"{found.name} has no done image in {place}. Import one, or mark images.")
        model = chosen_model(services, found.id, model_number)
        wanted = of_split(chosen)
        predict_missing(console, services, model, wanted)
        made = make_report(services, model.id, wanted, datetime.now().astimezone())
        write_whole(out, made.html)
        figures = made.found.of.figures
        written = out.stat().st_size
        facts = {
            "out": str(out),
            "model": f"v{model.number}",
            "split": chosen.value,
            "images": figures.images,
            "boxes": figures.boxes,
            "mistakes": made.mistakes,
            "bytes": written,
        }
        images = count(figures.images, f"{chosen.value} image")
        console.answer(facts, f"Report on v{model.number} on {images} written to {out}, {size(written)}.")
        return DONE


def _chosen_split(services: Services, project_id: int, split: Split | None) -> Split | None:
    """The first of those in question that has a done image."""
    asked = (Split.TEST, Split.VAL) if split is None else (split,)
    return next((one for one in asked if done_images(services.store, project_id, of_split(one))), None)
