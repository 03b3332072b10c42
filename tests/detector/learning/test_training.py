"""`fit` from end to end; its stages are in test_running.py, how it goes on after a break in test_run_state.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.errors import OutOfMemory, TooFewExamples, TrainingDiverged
from detector.learning import stepping
from detector.learning.loss import Losses, detection_loss
from detector.learning.run_state import RunState
from detector.learning.training import FitResult, Progress, fit
from detector.models.checkpoints import load_model, read_meta
from detector.models.predictor import Predictor
from detector.pictures.dataset import Example
from detector.runs import EpochReport, Scope, TrainConfig
from tests.detector.learning.test_running import start_of
from tests.detector.learning.test_stepping import limited
from tests.detector.scenes import LABELS, scene, scenes
from tests.detector.tiny_runs import QUICK, Killed, run, tiny_models, weights

pytestmark = pytest.mark.training


@pytest.fixture
def train(tmp_path: Path) -> list[Example]:
    return [*scenes(tmp_path, 3), scene(tmp_path, "empty", objects=0)]


@pytest.fixture
def val(tmp_path: Path) -> list[Example]:
    return scenes(tmp_path, 2, "v")


def after(count: int, act: Callable[[], bool]) -> Callable[[], bool]:
    """Calls `act` from the count-th question on."""
    asked = 0

    def answer() -> bool:
        nonlocal asked
        asked += 1
        return act() if asked >= count else False

    return answer


def kill() -> bool:
    raise Killed


def test_it_learns_squares_from_the_installed_weights(tmp_path: Path) -> None:
    train, val = scenes(tmp_path, 8), scenes(tmp_path, 3, "v")
    config = TrainConfig(epochs=30, batch_size=4, image_size=(128, 96))
    result = fit(train, val, LABELS, config, folder=tmp_path / "run", device="cpu")
    assert result.ap50 is not None
    assert result.ap50 > 0.9
    assert result.folder is not None
    found = next(iter(Predictor(result.folder, device="cpu").predict([val[0].path])))
    best = found.predictions[0]
    assert best.score > 0.2
    meta = read_meta(result.folder)
    assert meta.labels == LABELS
    assert meta.metrics["ap50"] == result.ap50
    assert meta.config["batch_size"] == 4


def test_epochs_and_progress_are_told(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    epochs: list[EpochReport] = []
    steps: list[Progress] = []
    result = run(train, val, tmp_path / "run", on_epoch=epochs.append, on_progress=steps.append)
    assert result.stopped_because == "finished"
    assert [(e.epoch, e.epochs, e.step, e.stage) for e in epochs] == [
        (1, 4, 2, "head"), (2, 4, 4, "head"), (3, 4, 6, "deep"), (4, 4, 8, "deep"),
    ]  # fmt: skip
    training = [(s.epoch, s.step, s.steps_per_epoch) for s in steps if s.phase == "Training"]
    assert training == [(e, s, 2) for e in (1, 2, 3, 4) for s in (1, 2)]
    assert {s.phase for s in steps} == {"Preparing", "Training", "Validating"}
    assert {(s.stage, s.stage_number, s.stages) for s in steps if s.stage} == {("head", 1, 2), ("deep", 2, 2)}


def test_the_same_seed_gives_the_same_model(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    one, two, other = (
        run(train, val, tmp_path / name, replace(QUICK, seed=seed)) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert one.folder and two.folder and other.folder
    a, b, c = (weights(Path(r.folder or ""))["head.classification_head.cls_logits.weight"] for r in (one, two, other))
    assert torch.equal(a, b)
    assert not torch.allclose(a, c)


def test_a_cancelled_run_keeps_what_it_has(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    result = run(train, val, tmp_path / "r", should_stop=after(1, lambda: True))
    assert result.stopped_because == "cancelled"
    assert result.ap is None
    assert result.folder is not None
    with tiny_models():
        load_model(result.folder)


def test_the_time_limit_holds(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    config = replace(QUICK, epochs=100_000, patience=100_000, max_seconds=3.0)
    start = start_of(train, val, config)
    began = time.monotonic()
    result = run(train, val, tmp_path / "r", config, start=start)
    assert result.stopped_because == "time"
    assert result.ap is not None
    assert time.monotonic() - began < 3.0 + 2.0


def test_the_seconds_left_are_those_from_now_on_whatever_a_resumed_run_used_up(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    config = replace(QUICK, epochs=100_000, patience=100_000)
    with pytest.raises(Killed):
        run(train, val, tmp_path / "r", config, should_stop=after(5, kill))
    state = RunState.load(tmp_path / "r")
    assert state is not None
    state.seconds = 1000.0
    state.save(tmp_path / "r")
    result = run(train, val, tmp_path / "r", config, resume=True, seconds_left=1.0)
    assert result.stopped_because == "time"
    assert result.epochs > state.epoch + 1, "the time that was used up before does not count"


def test_a_loss_that_is_not_finite_stops_the_run_and_the_best_model_stays(
    train: list[Example], val: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def poisoned(*given: Any, **more: Any) -> Losses:
        nonlocal calls
        calls += 1
        losses = detection_loss(*given, **more)
        return losses if calls < 4 else losses._replace(classification=losses.classification * float("nan"))

    monkeypatch.setattr(stepping, "detection_loss", poisoned)
    with pytest.raises(TrainingDiverged, match="learning rate"):
        run(train, val, tmp_path / "r")
    with tiny_models():
        load_model(tmp_path / "r" / "best")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_memory_that_holds_not_one_picture_ends_the_run_with_clear_words(
    train: list[Example], val: list[Example], tmp_path: Path, error: BaseException
) -> None:
    start = start_of(train, val)
    limited(start.network, lambda: 0, error)
    with pytest.raises(OutOfMemory, match="smaller input size"):
        run(train, val, tmp_path / "r", start=start)
    start = start_of(train, val)

    def fail(_pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        raise error

    start.network.frozen_features = fail  # type: ignore[method-assign]
    with pytest.raises(OutOfMemory, match="smaller input size"):
        run(train, val, tmp_path / "r", start=start)


def test_nothing_of_the_validation_pictures_gets_into_the_model(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    one = run(train, val, tmp_path / "a", replace(QUICK, epochs=1, scope=Scope.ALL))
    other = scenes(tmp_path, 4, "w")
    two = run(train, other, tmp_path / "b", replace(QUICK, epochs=1, scope=Scope.ALL))
    assert one.folder and two.folder
    expected = weights(two.folder)
    for name, value in weights(one.folder).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)


def test_too_little_to_learn_from_is_said(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    empty = scene(tmp_path, "none", objects=0)
    with pytest.raises(TooFewExamples, match="Draw some boxes"):
        run_plain([empty], val, tmp_path)
    with pytest.raises(TooFewExamples, match="at least 2 validation"):
        run_plain(train, val[:1], tmp_path)
    with pytest.raises(TooFewExamples, match="at least 2 validation"):
        run_plain(train, [empty, replace(empty, key="other")], tmp_path)
    with pytest.raises(TooFewExamples, match="class"):
        fit(train, val, LabelSet((), ()), QUICK, folder=tmp_path / "r", device="cpu")


def run_plain(train: list[Example], val: list[Example], tmp_path: Path) -> FitResult:
    return fit(train, val, LABELS, QUICK, folder=tmp_path / "r", device="cpu")


def test_what_cannot_be_true_is_refused(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="both for training"):
        run_plain(train, [val[0], train[0]], tmp_path)
    stray = replace(train[0], annotations=(Annotation(Box(0, 0, 999, 5), 0),))
    with pytest.raises(ValueError, match="sticks out"):
        run_plain([stray], val, tmp_path)
    unknown = replace(train[0], size=ImageSize(128, 96), annotations=(Annotation(Box(0, 0, 9, 9), 2),))
    with pytest.raises(ValueError, match="2 classes"):
        run_plain([unknown], val, tmp_path)
