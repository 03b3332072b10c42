from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from detector.architectures.retinanet import RetinaNet
from detector.errors import OutOfMemory
from detector.features.features import FeatureSource
from detector.learning.validating import validate
from detector.models.checkpoints import Meta
from detector.pictures.dataset import Example
from detector.shortage import is_shortage, shortage_is_said
from tests.detector.learning.test_stepping import limited
from tests.detector.scenes import LABELS, LITE, scenes
from tests.detector.tiny_network import tiny

SHORT = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    MemoryError(),
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GB)"),
]


@pytest.mark.parametrize("error", SHORT)
def test_shortage_is_told_from_other_errors_and_said(error: Exception) -> None:
    assert is_shortage(error)
    with pytest.raises(OutOfMemory, match="Choose a smaller input size, or close other programs"), shortage_is_said():
        raise error


@pytest.mark.parametrize("error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), OSError("out of memory")])
def test_other_errors_pass(error: Exception) -> None:
    assert not is_shortage(error)
    with pytest.raises(type(error)), shortage_is_said():
        raise error


def test_memory_that_torch_really_cannot_get_is_a_shortage() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_shortage(caught.value)


@pytest.fixture
def network() -> RetinaNet:
    torch.manual_seed(0)
    made = tiny(LITE).eval()
    with torch.no_grad():  # scores spread over 0..1, so that boxes come out
        made.head.classification_head.cls_logits.weight.mul_(30)
    return made


def source_of(network: RetinaNet, examples: list[Example], **more: Any) -> FeatureSource:
    return FeatureSource(network, examples, seed=0, augment=False, views=1, **more)


@pytest.mark.parametrize("error", SHORT[:3])
def test_validation_looks_at_fewer_pictures_at_a_time(network: RetinaNet, tmp_path: Path, error: Exception) -> None:
    """The shortage comes in the middle; nothing is left out nor counted twice."""
    examples, meta = scenes(tmp_path, 11), Meta(LITE, LABELS)
    source = source_of(network, examples)
    expected, advice = validate(network, source, examples, meta)
    assert expected.ap50 is not None
    assert expected.ap50 > 0
    room = iter([8, 2] + [2] * 99)
    asked = limited(network, lambda: next(room), error)
    found, advised = validate(network, source, examples, meta)
    # scores may differ in their last digits with how many pictures are looked at together
    assert [found.ap, found.ap50, found.ar100] == pytest.approx([expected.ap, expected.ap50, expected.ar100])
    assert (found.images, found.boxes, found.predicted) == (expected.images, expected.boxes, expected.predicted)
    assert advised == advice
    assert asked == [8, 3, 3, 2, 1]
    assert network.training
    source.close()


def test_validation_that_fits_not_one_picture_fails(network: RetinaNet, tmp_path: Path) -> None:
    examples = scenes(tmp_path, 2)
    source = source_of(network, examples)
    asked = limited(network, lambda: 0, MemoryError())
    with pytest.raises(MemoryError):
        validate(network, source, examples, Meta(LITE, LABELS))
    assert asked == [2, 1]
    source.close()


def test_the_frozen_part_takes_one_picture_at_a_time_where_memory_is_short(network: RetinaNet, tmp_path: Path) -> None:
    examples = scenes(tmp_path, 7)
    plain = source_of(network, examples)
    expected = [batch.parts[0].features for batch in plain.batches(range(7), 0, 4)]
    plain.close()
    whole, asked = network.frozen_features, []

    def frozen(pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        asked.append(len(pixels))
        if len(pixels) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(pixels)

    network.frozen_features = frozen  # type: ignore[method-assign]
    source = source_of(network, examples, together=64)
    found = [batch.parts[0].features for batch in source.batches(range(7), 0, 4)]
    source.close()
    assert asked == [4] + [1] * 7, "it is not tried again"
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            assert torch.equal(a, b)


def test_pictures_may_go_through_the_frozen_part_together(network: RetinaNet, tmp_path: Path) -> None:
    examples = scenes(tmp_path, 5)
    one, all_ = source_of(network, examples), source_of(network, examples, together=3)
    for a, b in zip(one.batches(range(5), 0, 5), all_.batches(range(5), 0, 5), strict=True):
        for x, y in zip(a.parts[0].features, b.parts[0].features, strict=True):
            torch.testing.assert_close(x, y)
    one.close()
    all_.close()
