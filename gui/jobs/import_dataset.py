"""The import job: a data set on this machine, by copy, into a project."""

from __future__ import annotations

import logging
from pathlib import Path

from detector.runs import RunState
from gui.dataset_intake import ImportReport, import_dataset
from gui.intake import Intake
from gui.jobs.context import JobContext, Outcome
from gui.wording import count
from storage.formats.registry import reader
from storage.records import Split

log = logging.getLogger("boxloop.import")

MOST_LISTED = 1_000  # of what was skipped, in the row; the log has all of it


def run(context: JobContext) -> Outcome:
    """Import as the job's params say: path, format, split. Run again after a crash, it adds what is missing."""
    params = context.job.params
    split = Split(params["split"]) if params.get("split") else None
    context.report({"stage": "Reading"}, f"Reading {params['path']}.", now=True)
    dataset = reader(str(params["format"]))(Path(str(params["path"])), split=split)

    def tell(done: int, total: int) -> None:
        progress = {"stage": "Importing", "done": done, "total": total, "fraction": done / total if total else None}
        context.report(progress, f"Importing: {done:,} of {count(total, 'image')}.")

    author = str(params.get("author", ""))
    intake = Intake(context.store, context.settings.big_pixels)
    report = import_dataset(intake, context.job.project_id, dataset, tell, context.should_stop, author)
    for skipped in report.skipped:
        log.info("%s", skipped)
    result = report.as_json()
    result["skipped_total"] = len(report.skipped)
    result["skipped"] = result["skipped"][:MOST_LISTED]
    state = RunState.CANCELLED if report.stopped else RunState.SUCCEEDED
    return Outcome(state, summary(report), result)


def summary(report: ImportReport) -> str:
    """One sentence on what came in, and one on what did not."""
    said = [f"{count(report.added, 'image')} added with {count(report.boxes, 'box', 'boxes')}"]
    if report.duplicates:
        said.append(f"{report.duplicates:,} there already")
    if report.failed:
        said.append(f"{report.failed:,} could not be read")
    text = ("Stopped: " if report.stopped else "") + ", ".join(said) + "."
    if report.skipped:
        verb = "was" if len(report.skipped) == 1 else "were"
        text += f" {count(len(report.skipped), 'thing')} {verb} not taken as found; the list says which."
    return text
