from __future__ import annotations

from pathlib import Path

import pytest
import torch

from detector.architectures.retinanet import RetinaNet
from detector.architectures.retinanet_lite import build_lite
from detector.features import Batch, FeatureSource, bytes_of_a_view, views_that_fit
from detector.runs import Scope
from tests.detector.scenes import LITE, scene, scenes


@pytest.fixture(scope="module")
def network() -> RetinaNet:
    torch.manual_seed(0)
    return build_lite(LITE).eval()


def batches(network: RetinaNet, folder: Path, views: int | None, turns: list[int], augment: bool = True) -> list[Batch]:
    source = FeatureSource(network, scenes(folder, 3), seed=1, augment=augment, views=views)
    try:
        return [batch for turn in turns for batch in source.batches([2, 0, 1], turn, 2)]
    finally:
        source.close()


def same(a: Batch, b: Batch) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.features, b.features, strict=True))


def test_kept_features_are_those_that_would_be_computed_again(network: RetinaNet, tmp_path: Path) -> None:
    kept = batches(network, tmp_path, 2, [1, 3])
    again = batches(network, tmp_path, None, [1, 1])
    assert [len(batch.targets) for batch in kept] == [2, 1, 2, 1]
    for a, b in zip(kept, again, strict=True):
        assert same(a, b)
        assert all(torch.equal(x.positive, y.positive) for x, y in zip(a.targets, b.targets, strict=True))


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
    assert len(batch.targets[0].positive) == 0
    source.close()


def test_views_are_kept_only_where_memory_suffices_and_something_is_frozen(network: RetinaNet) -> None:
    one = bytes_of_a_view(network)
    assert views_that_fit(network, 10, budget=one * 55) == 5
    assert views_that_fit(network, 10, budget=one * 1000) == 16
    assert views_that_fit(network, 10, budget=one * 39) is None
    network.set_scope(Scope.ALL)
    assert views_that_fit(network, 10, budget=one * 1000) is None
    network.set_scope(Scope.HEAD)
