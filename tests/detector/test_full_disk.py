"""A disk that is full in mid save: what was there before stays whole, and nothing half written is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from detector.learning.run_state import STATE, RunState
from detector.models.checkpoints import Meta, load_model, save_model
from detector.runs import EpochReport
from tests.detector.scenes import LABELS, LITE, scenes
from tests.detector.tiny_network import tiny
from tests.detector.tiny_runs import run, same_weights, tiny_models, weights

resource = pytest.importorskip("resource")  # Windows has no such limits
FULL = (OSError, RuntimeError, SafetensorError)  # as the writers of models, states and descriptions put it


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The system lets no file grow beyond this many bytes, and fails writes as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 100, 20_000])
def test_a_disk_that_is_full_in_mid_save_leaves_the_old_model_alone(tmp_path: Path, room: int) -> None:
    torch.manual_seed(0)
    save_model(tiny(LITE), Meta(LITE, LABELS, metrics={"ap": 0.1}), tmp_path / "m")
    before = weights(tmp_path / "m")
    with pytest.raises(FULL), files_up_to(room):
        save_model(tiny(LITE), Meta(LITE, LABELS, metrics={"ap": 0.2}), tmp_path / "m")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]
    with tiny_models():
        network, meta = load_model(tmp_path / "m")
    assert meta.metrics == {"ap": 0.1}
    assert all(torch.equal(network.state_dict()[name], value) for name, value in before.items())


@pytest.mark.parametrize("room", [0, 100, 20_000])
def test_a_disk_that_is_full_in_mid_save_leaves_the_old_state_alone(tmp_path: Path, room: int) -> None:
    trained = {"weights": {"a": torch.arange(50_000.0)}}
    RunState(epoch=3, trained=trained).save(tmp_path)
    with pytest.raises(FULL), files_up_to(room):
        RunState(epoch=4, trained=trained).save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [STATE]
    state = RunState.load(tmp_path)
    assert state is not None
    assert state.epoch == 3
    assert torch.equal(state.trained["weights"]["a"], torch.arange(50_000.0))


@pytest.mark.training
def test_a_run_that_found_the_disk_full_goes_on_when_there_is_room(tmp_path: Path) -> None:
    train, val = scenes(tmp_path, 4), scenes(tmp_path, 2, "v")
    whole = run(train, val, tmp_path / "whole")
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

    def fill(report: EpochReport) -> None:
        if report.epoch == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))

    with pytest.raises(FULL), files_up_to(1 << 40):  # which puts the limit back
        run(train, val, tmp_path / "r", on_epoch=fill)
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert names == {"best", "start", STATE}
    with tiny_models():
        load_model(tmp_path / "r" / "best")
    resumed = run(train, val, tmp_path / "r", resume=True)
    assert any(note.startswith("Resumed after 2 epochs") for note in resumed.notes)
    assert whole.folder is not None
    assert resumed.folder is not None
    assert same_weights(resumed.folder, whole.folder)
