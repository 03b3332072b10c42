from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from detector.architectures.retinanet import RetinaNet
from detector.errors import OutOfMemory, TrainingDiverged
from detector.features.features import Batch, FeatureSource, Part
from detector.learning import stepping
from detector.learning.loss import Losses, detection_loss
from detector.learning.stepping import ALIKE_WEIGHT, MIXED_UP, SETTLING, Stepper
from detector.runs import Optimizer, Scope, TrainConfig
from tests.detector.scenes import LITE, scene, scenes
from tests.detector.tiny_network import tiny

SHORTAGES = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    MemoryError(),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
    ),
]
PER_CELL = pytest.mark.parametrize("per_cell", [1, 9])


def network(per_cell: int = 1) -> RetinaNet:
    torch.manual_seed(0)
    made = tiny(replace(LITE, per_cell=per_cell))
    made.set_scope(Scope.DEEP)
    return made.train()


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Five pictures, one without boxes."""
    folder: Path = tmp_path_factory.mktemp("pictures")
    examples = [*scenes(folder, 4), scene(folder, "empty", objects=0)]
    source = FeatureSource(network(), examples, seed=0, augment=False, views=None)
    try:
        return next(source.batches(range(5), 0, 5))
    finally:
        source.close()


@pytest.fixture(autouse=True)
def unclipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clipping brings all gradients to one length, and would hide that they are too long or too short."""
    monkeypatch.setattr(stepping, "LARGEST_GRADIENT", 1e9)


def stepper(
    of: RetinaNet, *, parts: int = 1, fresh: bool = False, notes: list[str] | None = None, **config: Any
) -> Stepper:
    said = notes if notes is not None else []
    return Stepper(of, TrainConfig(**config), 1e-3, 0.05, parts=parts, fresh=fresh, on_note=said.append)


def gradients(of: RetinaNet) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in of.named_parameters() if p.grad is not None}


def limited(of: RetinaNet, room: Callable[[], int], error: BaseException) -> list[int]:
    """Let the network fail for more pictures than there is room for; gives what it was asked."""
    whole, asked = of.predict_from, []

    def predict(features: Any) -> Any:
        asked.append(len(features[0]))
        if len(features[0]) > room():
            raise error
        return whole(features)

    of.predict_from = predict  # type: ignore[method-assign]
    return asked


def rows(batch: Batch, which: slice) -> Batch:
    (part,) = batch.parts
    return Batch((Part(tuple(level[which] for level in part.features), part.truths[which], part.indices[which]),))


@PER_CELL
@pytest.mark.parametrize("parts", [2, 3, 5])
def test_a_step_is_the_same_in_however_many_parts(batch: Batch, per_cell: int, parts: int) -> None:
    one, other = network(per_cell), network(per_cell)
    losses = stepper(one).step(batch, 1e-3, 0)
    again = stepper(other, parts=parts).step(batch, 1e-3, 0)
    assert again == pytest.approx(losses, rel=1e-5)
    expected = gradients(one)
    assert expected
    for name, value in gradients(other).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)


@PER_CELL
def test_gradients_are_those_of_the_loss_of_one_object_and_of_this_step_alone(batch: Batch, per_cell: int) -> None:
    one, other = network(per_cell), network(per_cell)
    walker = stepper(one)
    for number in range(2):
        walker.step(batch, 0.0, number)
    (part,) = batch.parts
    losses = detection_loss(other.predict_from(part.features), part.truths, other, alpha=None, gamma=2.0)
    assert losses.weight > 1.5
    torch.autograd.backward((losses.classification + losses.box) / losses.weight)
    expected = gradients(other)
    for name, value in gradients(one).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)


@PER_CELL
@pytest.mark.parametrize("error", SHORTAGES, ids=["cuda", "host", "torch on the host"])
def test_short_memory_cuts_the_same_step_finer(batch: Batch, per_cell: int, error: BaseException) -> None:
    one, other = network(per_cell), network(per_cell)
    losses = stepper(one).step(batch, 1e-3, 0)
    notes: list[str] = []
    asked = limited(other, lambda: 1, error)
    short = stepper(other, notes=notes)
    assert short.step(batch, 1e-3, 0) == pytest.approx(losses, rel=1e-5)
    assert short.parts == 5
    assert asked == [5, 3, 2, 1, 1, 1, 1, 1]
    assert [note.split("made in ")[1][0] for note in notes] == ["2", "4", "5"]
    expected = gradients(one)
    for name, value in gradients(other).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)


def test_what_a_failed_try_left_of_gradients_is_not_added_to_the_next(batch: Batch) -> None:
    """The second part of three fails once, when the first has its gradients already."""
    one, other = network(), network()
    stepper(one).step(batch, 1e-3, 0)
    room = iter([5, 0, 5, 5, 5, 5, 5, 5])
    limited(other, lambda: next(room), MemoryError())
    stepper(other, parts=3).step(batch, 1e-3, 0)
    expected = gradients(one)
    for name, value in gradients(other).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)


def test_where_not_one_picture_fits_it_is_said_and_nothing_moved(batch: Batch) -> None:
    of = network()
    before = {name: value.clone() for name, value in of.state_dict().items()}
    limited(of, lambda: 0, MemoryError())
    with pytest.raises(OutOfMemory, match="smaller input size, or close other programs"):
        stepper(of).step(batch, 1e-3, 0)
    assert all(torch.equal(value, before[name]) for name, value in of.state_dict().items())


def test_other_errors_are_not_taken_for_a_shortage(batch: Batch) -> None:
    notes: list[str] = []
    of = network()
    limited(of, lambda: 0, RuntimeError("shape mismatch"))
    with pytest.raises(RuntimeError, match="shape mismatch"):
        stepper(of, notes=notes).step(batch, 1e-3, 0)
    assert notes == []


def test_a_part_counts_by_its_objects_and_not_by_its_number_of_pictures(batch: Batch) -> None:
    """A picture without boxes beside others adds its background, and takes nothing from the objects' box loss."""
    without = rows(batch, slice(4))
    _, box = stepper(network(9)).step(batch, 1e-3, 0)
    _, alone = stepper(network(9)).step(without, 1e-3, 0)
    assert box == pytest.approx(alone, rel=1e-4)


def test_a_batch_of_empty_pictures_is_a_step_too(batch: Batch) -> None:
    empty = rows(batch, slice(4, None))
    for per_cell in (1, 9):
        classification, box = stepper(network(per_cell)).step(empty, 1e-3, 0)
        assert classification > 0
        assert box == 0.0


@pytest.mark.parametrize("parts", [1, 2])
def test_a_loss_that_is_not_finite_moves_nothing(batch: Batch, monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    def poisoned(raw: Any, truths: Any, *given: Any, **more: Any) -> Losses:
        losses = detection_loss(raw, truths, *given, **more)
        is_last = len(truths[-1].boxes) == 0
        return losses._replace(box=losses.box * float("nan")) if is_last else losses

    monkeypatch.setattr(stepping, "detection_loss", poisoned)
    of = network()
    before = {name: value.clone() for name, value in of.state_dict().items()}
    with pytest.raises(TrainingDiverged, match="lower learning rate"):
        stepper(of, parts=parts).step(batch, 1e-3, 0)
    assert all(torch.equal(value, before[name]) for name, value in of.state_dict().items())


@pytest.fixture
def asked_settled(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    asked: list[bool] = []

    def watched(*given: Any, **more: Any) -> Losses:
        asked.append(more["settled"])
        return detection_loss(*given, **more)

    monkeypatch.setattr(stepping, "detection_loss", watched)
    return asked


def test_new_weights_settle_before_predictions_choose_anchors(batch: Batch, asked_settled: list[bool]) -> None:
    fresh, trained = stepper(network(), fresh=True), stepper(network(), fresh=False)
    for number in (0, SETTLING - 1, SETTLING, SETTLING + 1):
        fresh.step(batch, 1e-3, number)
    trained.step(batch, 1e-3, 0)
    assert asked_settled == [False, False, True, True, True]


def test_it_learns_to_tell_classes_apart_as_far_as_they_are_mixed_up(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights: list[float] = []

    def watched(*given: Any, **more: Any) -> Losses:
        weights.append(more["alike"])
        losses = detection_loss(*given, **more)
        return losses._replace(confused=shares[0] * losses.weight)

    monkeypatch.setattr(stepping, "detection_loss", watched)
    walker, shares = stepper(network()), [0.8]
    for number in range(60):
        walker.step(batch, 0.0, number)
    assert weights[0] == 0.0
    assert weights == sorted(weights)
    assert weights[-1] == pytest.approx(ALIKE_WEIGHT * (0.8 - MIXED_UP) / (1 - MIXED_UP), rel=0.1)
    shares[0] = 0.1
    for number in range(60):
        walker.step(batch, 0.0, number)
    assert weights[-1] == 0.0


@pytest.mark.parametrize("kind", list(Optimizer))
def test_taken_up_again_it_goes_on_at_the_same_bits(batch: Batch, kind: Optimizer) -> None:
    one, other = network(), network()
    first = stepper(one, optimizer=kind)
    for number in range(2):
        first.step(batch, 1e-2, number)
    second = stepper(other, optimizer=kind)
    second.take_up(copy.deepcopy(first.state()))
    for each in (first, second):
        each.step(batch, 1e-2, 2)
    assert all(torch.equal(value, one.state_dict()[name]) for name, value in other.state_dict().items())
    assert all(torch.equal(value, first.average.values[name]) for name, value in second.average.values.items())
