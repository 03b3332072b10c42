from __future__ import annotations

from pathlib import Path

from benchmarks.large_workspace import CLASSES, make
from storage.records import ImageState
from storage.store import Store
from storage.workspace import Workspace


def test_the_stores_read_what_was_written_in_bulk(tmp_path: Path) -> None:
    made = make(tmp_path / "workspace", images=12, boxes=90)
    with Store(Workspace(tmp_path / "workspace")) as store:
        counts = store.projects.counts(made.project)
        assert (counts.images, counts.boxes) == (12, 90)
        assert len(made.classes) == len(CLASSES)
        for image in store.images.page(made.project).items:
            drawn = store.annotations.get(image.id)
            assert len(drawn.boxes) == image.boxes
            assert [entry.boxes for entry in store.annotations.history(image.id)] == [drawn.boxes] * image.revision
            assert image.revision == (image.state is not ImageState.NEW)
            for box in drawn.boxes:
                box.box.must_lie_in(image.size)
            found = store.predictions.get(made.model, image.id)
            assert found is not None and all(p.box.must_lie_in(image.size) is None for p in found.predictions)
            assert store.workspace.thumb(image.sha256).is_file() and store.workspace.original(image.sha256).is_file()
