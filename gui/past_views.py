"""From what the stores tell of the past to the JSON of our routes: revisions, steps back, activity, comments. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import asdict

from gui.view_models import Json, history_entry, time_of
from storage.past import ActivityEntry, ActivityPage, Comment, HistoryEntry, Revision, RevisionPage, StepBack


def revision_page(page: RevisionPage) -> Json:
    return {"items": [revision(one, page.models) for one in page.items], "more": page.more}


def revision(record: Revision, models: Mapping[int, int]) -> Json:
    """A save in a list; `accepted` names the models by the versions that people know them by."""
    accepted = [{"model": f"v{models[i]}", "boxes": n} for i, n in record.changes.accepted.items() if i in models]
    return asdict(record) | {
        "saved_at": time_of(record.saved_at),
        "changes": asdict(record.changes) | {"accepted": accepted},
    }


def step_back(found: StepBack, entry: HistoryEntry | None) -> Json:
    return {
        "entry": history_entry(entry) if entry else None,
        "why": found.why,
        "author": found.author,
        "saved_at": time_of(found.saved_at),
    }


def activity_page(page: ActivityPage, noted: Set[int]) -> Json:
    """A page of what was done. `noted`: entries of acts on many images that can be taken back still."""
    return {"items": [activity_entry(entry, noted) for entry in page.items], "next": page.next_cursor}


def activity_entry(entry: ActivityEntry, noted: Set[int]) -> Json:
    """What was done; `undoable` where the entry itself can be taken back. What only an undo needs stays here."""
    details = {word: value for word, value in entry.details.items() if word not in ("saves", "left")}
    by_itself = entry.kind.startswith("class_") or entry.kind == "model_thresholds"
    undoable = entry.id is not None and (by_itself or entry.id in noted)
    shown = {"details": details, "undoable": undoable}
    return asdict(entry) | {"at": time_of(entry.at), "since": time_of(entry.since), **shown}


def comment(record: Comment, reader: str) -> Json:
    """A comment for somebody who reads it; `own` where they wrote it."""
    return {
        "id": record.id,
        "author": record.author,
        "text": record.text,
        "created_at": time_of(record.created_at),
        "edited_at": time_of(record.edited_at),
        "resolved_at": time_of(record.resolved_at),
        "own": record.author == reader,
    }
