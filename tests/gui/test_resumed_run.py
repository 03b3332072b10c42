"""A run that was broken off and is resumed after the bin was emptied."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from detector.architectures.interface import NetworkSpec
from detector.architectures.registry import build
from detector.domain import ImageSize, LabelSet
from detector.models.checkpoints import Meta, save_model
from detector.runs import JobKind, Preset, RunState, TrainConfig
from gui.jobs import train
from storage import emptying
from storage.emptying import empty_bin
from storage.records import Job
from storage.store import Store
from tests.gui.doing import do
from tests.gui.labelled_project import LabelledProject, labelled_project

CONFIG = TrainConfig(epochs=1, image_size=(128, 96), batch_size=2)


class Died(BaseException):
    """The worker has gone."""


def claimed(store: Store) -> Job:
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    return job


def broken_off(store: Store, made: LabelledProject, monkeypatch: pytest.MonkeyPatch, *, with_best: bool) -> Job:
    """A run whose worker died on its way, and which waits again; images it learns from are deleted for good by now."""

    def dies(*_: Any, folder: Path, **__: Any) -> None:
        if with_best:
            torch.manual_seed(0)
            spec = NetworkSpec(Preset.LITE, 2, ImageSize(128, 96), 16.0)
            meta = Meta(spec, LabelSet(made.class_ids, ("dark", "red")), metrics={"ap": 0.2, "ap50": 0.4})
            save_model(build(spec), meta, folder / "best")
        raise Died

    store.jobs.enqueue(made.project_id, JobKind.TRAIN, {"config": CONFIG.to_json()})
    job = claimed(store)
    with monkeypatch.context() as patched:
        patched.setattr(train, "fit", dies)
        with pytest.raises(Died):
            do(store, job)
    store.jobs.finish(job.id, RunState.INTERRUPTED, "")
    store.jobs.requeue(job.id)
    monkeypatch.setattr(emptying, "SETTLED", -1.0)
    store.images.delete([image.id for image in made.images[:2]])
    empty_bin(store.database, made.project_id)
    assert not store.workspace.original(made.images[0].sha256).exists()
    return claimed(store)


def test_it_says_that_its_images_were_deleted_for_good_and_what_to_do(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = broken_off(store, labelled_project(store, labelled=6), monkeypatch, with_best=False)

    outcome = do(store, job)

    assert outcome.state is RunState.FAILED
    assert outcome.message == train.IMAGES_GONE
    assert store.jobs.list(job.project_id, JobKind.PREDICT) == []


def test_what_it_had_learned_until_then_is_a_model_all_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    job = broken_off(store, labelled_project(store, labelled=6), monkeypatch, with_best=True)

    outcome = do(store, job)

    [model] = store.models.list(job.project_id)
    assert outcome.state is RunState.FAILED
    assert outcome.message.startswith(train.IMAGES_GONE)
    assert "The best model before that is v1" in outcome.message
    assert store.projects.get(job.project_id).active_model_id == model.id == outcome.result["model_version_id"]

    store.jobs.requeue(job.id)
    assert do(store, claimed(store)).message == train.IMAGES_GONE
    assert store.models.list(job.project_id) == [model]
