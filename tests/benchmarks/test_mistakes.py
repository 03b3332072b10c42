from __future__ import annotations

from pathlib import Path

from benchmarks.mistakes import LABELS, make
from detector.measuring.error_kinds import MistakeKind, error_kinds
from gui.figures.examining import examine, of_split
from storage.records import Split
from storage.store import Store
from storage.workspace import Workspace
from tests.detector.kind_counts import kind_counts


def test_the_project_that_is_measured_has_boxes_of_every_kind(tmp_path: Path) -> None:
    _, model = make(tmp_path / "workspace", images=4, predictions=60)
    with Store(Workspace(tmp_path / "workspace")) as store:
        seen = examine(store, model, of_split(Split.VAL))
        assert (len(seen.images), len(seen.truths), len(seen.found)) == (4, 4 * LABELS, 240)
        counts = kind_counts(error_kinds(seen.truths, seen.found), 0, seen.found, 0.5)
        assert all(counts[kind] > 0 for kind in MistakeKind)
        assert all(store.workspace.original(image.sha256).is_file() for image in seen.images)
