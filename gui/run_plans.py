"""The plan that a run really had, kept beside its log, so that its page can tell each choice with its reason.

A file and no column: it is written once, is only looked at, and a run goes on without it.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from detector.runs import TrainConfig
from gui.training_plan import planned
from storage.errors import StorageError
from storage.records import Job, Snapshot
from storage.store import Store
from storage.workspace import Workspace

log = logging.getLogger(__name__)


def keep(store: Store, job: Job, snapshot: Snapshot, config: TrainConfig, device: str, threads: int) -> None:
    """Plan as the detector will, and write that down; a run that is resumed keeps the plan that it began with.

    Args:
        config: with `start_from` as the run takes it.   device: "cuda", "mps" or "cpu".

    Raises:
        TooFewExamples: there is nothing to learn from.
    """
    place = _place(store.workspace, job.id)
    if place.exists():
        return
    known = [*store.models.list(job.project_id), *store.models.list(job.project_id, deleted=True)]
    parent = next((model for model in known if model.folder == config.start_from), None)
    plan = planned(snapshot, config, parent, device, threads)
    facts = {
        "start": f"v{parent.number}" if parent else None,
        "choices": [asdict(choice) | {"label": choice.label} for choice in plan.choices],
        "stages": [asdict(stage) for stage in plan.stages],
        "seconds": plan.seconds,
    }
    try:
        store.workspace.write(place, json.dumps(facts, ensure_ascii=False).encode())
    except (StorageError, OSError) as error:  # a full disk shows itself where it matters
        log.warning("The plan of run %s was not written down: %s", job.id, error)


def kept(workspace: Workspace, job_id: int) -> dict[str, Any] | None:
    """What `keep` wrote, or None where the run has not begun, or began before plans were kept."""
    try:
        found = json.loads(_place(workspace, job_id).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _place(workspace: Workspace, job_id: int) -> Path:
    return workspace.log(job_id).with_suffix(".plan.json")
