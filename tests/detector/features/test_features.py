from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from detector.architectures.interface import Architecture
from detector.architectures.retinanet import RetinaNet
from detector.architectures.retinanet_lite import build_lite
from detector.domain import ImageSize
from detector.errors import UnreadableImage
from detector.features.feature_cache import FeatureCache
from detector.features.features import Batch, FeatureSource, bytes_of_a_view, views_that_fit
from detector.runs import Scope
from tests.detector.scenes import LITE, SIZE, scene, scenes
from tests.detector.small_network import SmallNetwork


@pytest.fixture(scope="module")
def network() -> RetinaNet:
    torch.manual_seed(0)
    return build_lite(LITE).eval()


def batches(
    network: Architecture,
    folder: Path,
    views: int | None,
    turns: list[int],
    augment: bool = True,
    cache: FeatureCache | None = None,
    size: int = 2,
) -> list[Batch]:
    source = FeatureSource(network, scenes(folder, 3), seed=1, augment=augment, views=views, cache=cache)
    try:
        return [batch for turn in turns for batch in source.batches([2, 0, 1], turn, size)]
    finally:
        source.close()


def same(a: Batch, b: Batch) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.parts[0].features, b.parts[0].features, strict=True))


def same_truths(a: Batch, b: Batch) -> bool:
    pairs = zip(a.parts[0].truths, b.parts[0].truths, strict=True)
    return all(torch.equal(x.boxes, y.boxes) and torch.equal(x.labels, y.labels) for x, y in pairs)


def test_kept_features_are_those_that_would_be_computed_again(network: RetinaNet, tmp_path: Path) -> None:
    kept = batches(network, tmp_path, 2, [1, 3])
    again = batches(network, tmp_path, None, [1, 1])
    assert [len(batch.parts[0].truths) for batch in kept] == [2, 1, 2, 1]
    for a, b in zip(kept, again, strict=True):
        assert same(a, b)
        assert same_truths(a, b)


def test_views_differ_and_come_round_again(network: RetinaNet, tmp_path: Path) -> None:
    first, _, second, _, third, _ = batches(network, tmp_path, 2, [0, 1, 2])
    assert not same(first, second)
    assert same(first, third)
    fresh = batches(network, tmp_path, None, [0, 1, 2])
    assert not same(fresh[0], fresh[4])


def test_without_augmentation_every_turn_is_plain(network: RetinaNet, tmp_path: Path) -> None:
    first, _, second, _ = batches(network, tmp_path, None, [0, 5], augment=False)
    assert same(first, second)


def test_a_file_is_read_once_when_its_view_is_kept(network: RetinaNet, tmp_path: Path) -> None:
    example = scene(tmp_path, "once")
    source = FeatureSource(network, [example], seed=0, augment=True, views=1)
    list(source.batches([0], 0, 1))
    example.path.unlink()
    assert len(list(source.batches([0], 7, 1))) == 1
    source.close()


def test_empty_pictures_are_in_the_batches(network: RetinaNet, tmp_path: Path) -> None:
    source = FeatureSource(network, [scene(tmp_path, "e", objects=0)], seed=0, augment=True, views=None)
    (batch,) = source.batches([0], 3, 4)
    assert len(batch.parts[0].truths[0].boxes) == 0
    source.close()


def test_views_are_kept_only_where_memory_suffices_and_something_is_frozen(network: RetinaNet) -> None:
    one = bytes_of_a_view(network)
    assert views_that_fit(network, 10, budget=one * 55) == 5
    assert views_that_fit(network, 10, budget=one * 1000) == 16
    assert views_that_fit(network, 10, budget=one * 39) is None
    network.set_scope(Scope.ALL)
    assert views_that_fit(network, 10, budget=one * 1000) is None
    network.set_scope(Scope.HEAD)


def test_the_disk_is_asked_before_the_memory(tmp_path: Path) -> None:
    network = SmallNetwork()
    one = bytes_of_a_view(network)
    roomy, tight = (FeatureCache(tmp_path, 2 * one * 10 * views) for views in (6, 3))
    assert views_that_fit(network, 10, budget=0, cache=roomy) == 6
    assert views_that_fit(network, 10, budget=one * 55, cache=tight) == 5
    assert views_that_fit(network, 10, budget=0, cache=tight) is None
    assert views_that_fit(network, 10, budget=0, cache=FeatureCache(tmp_path, one * 10**6)) == 32


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_a_cold_a_warm_and_an_uncached_run_see_the_same_bits(
    network: RetinaNet, tmp_path: Path, precision: torch.dtype
) -> None:
    network.precision = precision
    cache = FeatureCache(tmp_path / "cache")
    cold = batches(network, tmp_path, 2, [0, 1, 2], cache=cache)
    warm = batches(network, tmp_path, 2, [0, 1, 2], cache=cache)
    plain = batches(network, tmp_path, 2, [0, 1, 2])
    network.precision = torch.float32
    for a, b, c in zip(cold, warm, plain, strict=True):
        assert same(a, b)
        assert same(a, c)
        assert same_truths(a, b)
        assert all(level.dtype == precision for level in a.parts[0].features)
        assert all(
            level.is_contiguous(memory_format=torch.channels_last)
            for level in (*a.parts[0].features, *b.parts[0].features)
        )


def test_bits_depend_neither_on_the_batch_nor_on_what_was_there(network: RetinaNet, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "cache")
    source = FeatureSource(network, scenes(tmp_path, 2), seed=1, augment=True, views=1, cache=cache)
    list(source.batches([0], 0, 1))
    source.close()
    (partly,) = batches(network, tmp_path, 1, [0], cache=cache, size=3)
    (whole,) = batches(network, tmp_path, 1, [0], size=3)
    ones = batches(network, tmp_path, 1, [0], size=1)
    assert same(partly, whole)
    for row, one in enumerate(ones):
        assert all(
            torch.equal(a[row], b[0]) for a, b in zip(whole.parts[0].features, one.parts[0].features, strict=True)
        )


def test_a_warm_run_opens_no_picture_and_asks_the_network_nothing(tmp_path: Path) -> None:
    cache, cold, warm = FeatureCache(tmp_path / "cache"), SmallNetwork(), SmallNetwork()
    batches(cold, tmp_path, 2, [0, 1], cache=cache)
    assert cold.asked == [1] * 6
    examples = scenes(tmp_path, 3)
    for example in examples:
        example.path.unlink()
    source = FeatureSource(warm, examples, seed=1, augment=True, views=2, cache=cache)
    assert len([batch for turn in range(4) for batch in source.batches([0, 1, 2], turn, 2)]) == 8
    source.close()
    assert warm.asked == []


def test_changed_labels_and_a_warm_cache_give_new_truths(tmp_path: Path) -> None:
    cache, network = FeatureCache(tmp_path / "cache"), SmallNetwork()
    before = batches(network, tmp_path, 1, [0], cache=cache, size=3)
    bare = [replace(example, annotations=()) for example in scenes(tmp_path, 3)]
    source = FeatureSource(network, bare, seed=1, augment=True, views=1, cache=cache)
    (after,) = source.batches([2, 0, 1], 0, 3)
    source.close()
    assert same(before[0], after)
    assert all(len(truth.boxes) > 0 for truth in before[0].parts[0].truths)
    assert all(len(truth.boxes) == 0 for truth in after.parts[0].truths)
    assert network.asked == [1] * 3


def test_a_damaged_file_is_made_again_in_mid_run(tmp_path: Path) -> None:
    cache, network = FeatureCache(tmp_path / "cache"), SmallNetwork()
    (before,) = batches(network, tmp_path, 1, [0], cache=cache, size=3)
    spoilt = next(path for path in cache.folder.rglob("*") if path.is_file())
    spoilt.write_bytes(spoilt.read_bytes()[:-9])
    (after,) = batches(network, tmp_path, 1, [0], cache=cache, size=3)
    assert same(before, after)
    assert network.asked == [1] * 4
    assert sum(path.is_file() for path in cache.folder.rglob("*")) == 3


def test_what_the_disk_does_not_take_is_kept_in_memory(tmp_path: Path) -> None:
    full, network = FeatureCache(tmp_path / "cache", 0), SmallNetwork()
    first, second = batches(network, tmp_path, 1, [0, 1], cache=full, size=3)
    assert same(first, second)
    assert network.asked == [1] * 3


def test_without_a_frozen_part_the_cache_is_left_alone(tmp_path: Path) -> None:
    cache, network = FeatureCache(tmp_path / "cache"), SmallNetwork()
    network.set_scope(Scope.ALL)
    (batch,) = batches(network, tmp_path, None, [0], cache=cache, size=3)
    assert batch.parts[0].features[0].shape == (3, 3, 96, 128)
    assert batch.parts[0].features[0].dtype == torch.uint8
    assert not any(path.is_file() for path in cache.folder.rglob("*"))


class WatchedCache(FeatureCache):
    """Says when it was asked for so many files, and by which threads."""

    def __init__(self, folder: Path, enough: int) -> None:
        super().__init__(folder)
        self.askers: list[str] = []
        self.enough, self.reached = enough, threading.Event()

    def get(self, key: str) -> tuple[torch.Tensor, ...] | None:
        self.askers.append(threading.current_thread().name)
        if len(self.askers) >= self.enough:
            self.reached.set()
        return super().get(key)


def test_threads_read_ahead_of_the_network(tmp_path: Path) -> None:
    network = SmallNetwork()
    batches(network, tmp_path, 1, [0], cache=FeatureCache(tmp_path / "cache"))
    watched = WatchedCache(tmp_path / "cache", enough=3)
    source = FeatureSource(network, scenes(tmp_path, 3), seed=1, augment=True, views=1, cache=watched)
    one_by_one = source.batches([0, 1, 2], 0, 1)
    next(one_by_one)
    assert watched.reached.wait(timeout=30)  # the next two are read though nobody took them yet
    assert all(name.startswith("pictures") for name in watched.askers)
    one_by_one.close()
    source.close()


def test_a_picture_of_another_size_than_its_labels_is_refused(tmp_path: Path) -> None:
    (example,) = scenes(tmp_path, 1)
    wrong = replace(example, size=ImageSize(256, 192))
    source = FeatureSource(SmallNetwork(), [wrong], seed=1, augment=True, views=1)
    with pytest.raises(UnreadableImage, match=r"t0\.png has another size"):
        list(source.batches([0], 0, 1))
    source.close()


def test_a_source_fits_as_long_as_the_frozen_part_is_the_same(tmp_path: Path) -> None:
    network, other = SmallNetwork(), SmallNetwork()
    source = FeatureSource(network, scenes(tmp_path, 1), seed=1, augment=True, views=1)
    assert source.fits(network)
    assert not source.fits(other)
    network.digest = "deeper"
    assert not source.fits(network)
    source.close()


def test_upright_and_lying_pictures_of_a_batch_lie_on_canvases_of_their_own(tmp_path: Path) -> None:
    upright = [scene(tmp_path, f"u{number}", size=SIZE.turned) for number in range(2)]
    lying = scenes(tmp_path, 2)
    examples = [lying[0], upright[0], upright[1], lying[1]]
    source = FeatureSource(SmallNetwork(), examples, seed=1, augment=True, views=4)
    try:
        first, last = source.batches([3, 2, 1, 0], 1, 3)
    finally:
        source.close()
    assert [part.indices for part in first.parts] == [(3,), (2, 1)]
    assert [part.features[0].shape[-2:] for part in first.parts] == [(12, 16), (16, 12)]
    assert [part.indices for part in last.parts] == [(0,)]
    assert (len(first), len(last)) == (3, 1)
    for part in first.parts:
        for truth, index in zip(part.truths, part.indices, strict=True):
            sides = truth.boxes[:, 2:] - truth.boxes[:, :2]
            assert sides.tolist() == [[box.width, box.height] for box in (a.box for a in examples[index].annotations)]
