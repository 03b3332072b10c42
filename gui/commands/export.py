"""`export`: the done images of a project with their boxes, as a folder."""

from __future__ import annotations

from pathlib import Path

from gui.commands.console import DONE, Console, WrongUse, ending_well, opened
from gui.exporting import export_folder
from gui.wording import count
from storage.formats.registry import WRITERS


def export(console: Console, workspace: Path, project: str, form: str, folder: Path) -> int:
    """Write a project into a new or empty folder. Returns the exit code."""
    with ending_well(console), opened(workspace) as services:
        if form not in WRITERS:
            raise WrongUse(f"There is no format {form!r}; choose one of {', '.join(WRITERS)}.")
        found = services.project_named(project)
        report = export_folder(services.store, found.id, form, folder)
        facts = {"folder": str(report.path), "format": form, "images": report.images, "boxes": report.boxes}
        what = f"{count(report.images, 'image')} with {count(report.boxes, 'box', 'boxes')}"
        console.answer(facts, f"{what} written to {report.path}.")
        return DONE
