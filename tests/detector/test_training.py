from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from detector import running
from detector.checkpoints import load_model, read_meta
from detector.dataset import Example
from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.errors import CheckpointError, OutOfMemory, TooFewExamples, TrainingDiverged
from detector.loss import Losses, detection_loss
from detector.predictor import Predictor
from detector.run_state import STATE
from detector.runs import EpochReport, Scope, TrainConfig
from detector.training import FitResult, Progress, fit
from tests.detector.scenes import LABELS, random_start, scene, scenes

pytestmark = pytest.mark.training
QUICK = TrainConfig(epochs=3, batch_size=2, image_size=(128, 96))


class Killed(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


@pytest.fixture
def train(tmp_path: Path) -> list[Example]:
    return [*scenes(tmp_path, 3), scene(tmp_path, "empty", objects=0)]


@pytest.fixture
def val(tmp_path: Path) -> list[Example]:
    return scenes(tmp_path, 2, "v")


def run(train: list[Example], val: list[Example], folder: Path, config: TrainConfig = QUICK, **more: Any) -> FitResult:
    if "parent" not in more and not more.get("resume"):
        more["start"] = random_start(train, val, config)
    return fit(train, val, LABELS, config, folder=folder, device="cpu", **more)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_model(folder)[0].state_dict()


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
    assert best.score > 0.3
    meta = read_meta(result.folder)
    assert meta.labels == LABELS
    assert meta.metrics["ap50"] == result.ap50
    assert meta.config["batch_size"] == 4


def test_epochs_and_progress_are_told(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    epochs: list[EpochReport] = []
    steps: list[Progress] = []
    result = run(train, val, tmp_path / "run", on_epoch=epochs.append, on_progress=steps.append)
    assert result.stopped_because == "finished"
    assert [e.epoch for e in epochs] == [1, 2, 3]
    assert [e.step for e in epochs] == [2, 4, 6]
    assert all(e.ap is not None for e in epochs)
    training = [(s.epoch, s.step, s.steps_per_epoch) for s in steps if s.phase == "Training"]
    assert training == [(e, s, 2) for e in (1, 2, 3) for s in (1, 2)]
    assert {s.phase for s in steps} == {"Preparing", "Training", "Validating"}


@pytest.mark.parametrize("scope", [Scope.HEAD, Scope.ALL])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    train: list[Example], val: list[Example], tmp_path: Path, scope: Scope
) -> None:
    config = replace(QUICK, scope=scope)
    whole = run(train, val, tmp_path / "whole", config)
    with pytest.raises(Killed):
        run(train, val, tmp_path / "broken", config, should_stop=after(4, kill))  # in the second pass
    resumed = run(train, val, tmp_path / "broken", config, resume=True)
    assert (resumed.ap, resumed.epochs) == (whole.ap, whole.epochs)
    expected = weights(tmp_path / "whole" / "best")
    for name, value in weights(tmp_path / "broken" / "best").items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)
    assert "Resumed after 1 of 3 passes." in resumed.notes


def test_the_same_seed_gives_the_same_model(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    one, two, other = (
        run(train, val, tmp_path / name, replace(QUICK, seed=seed)) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert one.folder and two.folder and other.folder
    a, b, c = (weights(r.folder)["head.classification_head.cls_logits.weight"] for r in (one, two, other))  # type: ignore[arg-type]
    torch.testing.assert_close(a, b)
    assert not torch.allclose(a, c)


def test_resuming_what_never_finished_a_pass_begins_anew(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    start = random_start(train, val, QUICK)
    result = fit(train, val, LABELS, QUICK, folder=tmp_path / "r", device="cpu", resume=True, start=start)
    assert result.epochs == 3


def test_a_damaged_state_or_other_classes_are_refused(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    run(train, val, tmp_path / "r")
    with pytest.raises(CheckpointError, match="other classes"):
        fit(train, val, LabelSet((1, 2), ("a", "b")), QUICK, folder=tmp_path / "r", device="cpu", resume=True)
    (tmp_path / "r" / STATE).write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="damaged"):
        run(train, val, tmp_path / "r", resume=True)


def test_a_cancelled_run_keeps_what_it_has(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    result = run(train, val, tmp_path / "r", should_stop=after(1, lambda: True))
    assert result.stopped_because == "cancelled"
    assert result.ap is None
    assert result.folder is not None
    load_model(result.folder)


def test_time_that_ends_at_once_still_gives_a_validated_model(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    result = run(train, val, tmp_path / "r", replace(QUICK, epochs=1000, max_seconds=0.001))
    assert result.stopped_because == "time"
    assert result.ap is not None
    assert result.folder is not None


def test_the_time_limit_holds(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    config = replace(QUICK, epochs=100_000, patience=100_000, max_seconds=3.0)
    start = random_start(train, val, config)
    began = time.monotonic()
    result = fit(train, val, LABELS, config, folder=tmp_path / "r", device="cpu", start=start)
    assert result.stopped_because == "time"
    assert time.monotonic() - began < 3.0 + 2.0


def test_a_worse_model_never_replaces_the_best(
    train: list[Example], val: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter([0.2, 0.6, 0.4, 0.5])
    real = running.validate
    monkeypatch.setattr(running, "validate", lambda *given: replace(real(*given), ap=next(figures), ap50=0.7))
    epochs: list[EpochReport] = []
    config = replace(QUICK, epochs=50, patience=2)
    result = run(train, val, tmp_path / "r", config, on_epoch=epochs.append)
    assert [e.is_best for e in epochs] == [True, True, False, False]
    assert result.stopped_because == "early"
    assert result.folder is not None
    assert read_meta(result.folder).metrics["ap"] == result.ap == 0.6


def test_a_loss_that_is_not_finite_stops_the_run_and_the_best_model_stays(
    train: list[Example], val: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def poisoned(*given: Any, **more: Any) -> Losses:
        nonlocal calls
        calls += 1
        losses = detection_loss(*given, **more)
        return losses if calls < 4 else Losses(losses.classification * float("nan"), losses.box)

    monkeypatch.setattr(running, "detection_loss", poisoned)
    with pytest.raises(TrainingDiverged, match="learning rate"):
        run(train, val, tmp_path / "r")
    load_model(tmp_path / "r" / "best")


def test_short_memory_halves_the_batch_until_nothing_is_left(
    train: list[Example], val: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(raw: Any, *given: Any, **more: Any) -> Losses:
        if len(raw.logits) > room:
            raise torch.OutOfMemoryError("no room")
        return detection_loss(raw, *given, **more)

    monkeypatch.setattr(running, "detection_loss", greedy)
    room = 1
    result = run(train, val, tmp_path / "r")
    assert "Memory was short; going on with 1 images a step." in result.notes
    room = 0
    with pytest.raises(OutOfMemory, match="smaller input"):
        run(train, val, tmp_path / "r")


def test_a_child_keeps_canvas_and_rows_and_learns_new_classes(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    parent = run(train, val, tmp_path / "p").folder
    assert parent is not None
    labels = LabelSet((7, 99, 11), ("blue", "new", "red"))
    swapped = [
        replace(e, annotations=tuple(Annotation(a.box, 2 - 2 * a.label) for a in e.annotations)) for e in (*train, *val)
    ]
    config = replace(QUICK, image_size=None, epochs=1, learning_rate=1e-9)
    fit(swapped[:4], swapped[4:], labels, config, folder=tmp_path / "c", device="cpu", parent=parent)
    old, new = weights(parent), weights(tmp_path / "c" / "best")
    name = "head.classification_head.cls_logits.weight"
    torch.testing.assert_close(new[name][0::3], old[name][1::2])
    torch.testing.assert_close(new[name][2::3], old[name][0::2])
    child = read_meta(tmp_path / "c" / "best")
    assert child.spec.canvas == read_meta(parent).spec.canvas
    assert child.parent == parent.name


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
