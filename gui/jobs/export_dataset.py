"""The export job: the done images of a project as a zip archive in the workspace's exports/."""

from __future__ import annotations

from detector.runs import RunState
from gui.exporting import ExportStopped, export_zip
from gui.jobs.context import JobContext, Outcome
from gui.wording import count, size


def run(context: JobContext) -> Outcome:
    """Export as the job's params say: format. Nothing is left behind where it is stopped or fails."""
    job, store = context.job, context.store
    form = str(job.params["format"])
    path = store.workspace.exports / f"export-{job.id}-{form}.zip"

    def tell(done: int, total: int) -> None:
        progress = {"stage": "Exporting", "done": done, "total": total, "fraction": done / total if total else None}
        context.report(progress, f"Exporting: {done:,} of {count(total, 'image')}.")

    try:
        report = export_zip(store, job.project_id, form, path, tell, context.should_stop)
    except ExportStopped:
        return Outcome(RunState.CANCELLED, "Stopped; nothing was written.")
    length = report.path.stat().st_size
    what = f"{count(report.images, 'image')} with {count(report.boxes, 'box', 'boxes')}"
    result = {"file": path.name, "images": report.images, "boxes": report.boxes, "bytes": length}
    return Outcome(RunState.SUCCEEDED, f"{what} as {form.upper()}, {size(length)}.", result)
