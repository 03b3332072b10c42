from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from detector.features.feature_building import Built, build_features
from detector.features.feature_cache import FeatureCache
from detector.features.features import Batch, FeatureSource
from detector.features.views import view_key
from detector.pictures.dataset import Change, Example
from detector.runs import Scope
from tests.detector.scenes import scenes
from tests.detector.small_network import SmallNetwork

SEED = 3


@pytest.fixture
def network() -> SmallNetwork:
    return SmallNetwork()


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache")


def build(
    network: SmallNetwork, examples: list[Example], cache: FeatureCache, views: int = 1, stop_after: int | None = None
) -> tuple[Built, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    built = build_features(
        network,
        examples,
        cache,
        views=views,
        seed=SEED,
        should_stop=lambda: stop_after is not None and len(told) >= stop_after,
        on_progress=lambda done, total: told.append((done, total)),
    )
    return built, told


def trained_on(network: SmallNetwork, examples: list[Example], cache: FeatureCache | None) -> list[Batch]:
    source = FeatureSource(network, examples, seed=SEED, augment=True, views=2, cache=cache)
    batches = [batch for turn in range(2) for batch in source.batches([0, 1, 2], turn, 2)]
    source.close()
    return batches


def plain(network: SmallNetwork, examples: list[Example], cache: FeatureCache) -> list[bool]:
    return [view_key(network, network.digest, example, Change()) in cache for example in examples]


def test_a_run_finds_everything_ready_bit_for_bit(network: SmallNetwork, cache: FeatureCache, tmp_path: Path) -> None:
    examples = scenes(tmp_path, 3)
    built, told = build(network, examples, cache, views=2)
    assert built == Built(6, (), complete=True)
    assert told == [(done, 6) for done in range(1, 7)]
    warm, cold = SmallNetwork(), SmallNetwork()
    for a, b in zip(trained_on(warm, examples, cache), trained_on(cold, examples, None), strict=True):
        assert all(torch.equal(x, y) for x, y in zip(a.parts[0].features, b.parts[0].features, strict=True))
    assert (warm.asked, len(cold.asked)) == ([], 6)


def test_the_plain_view_of_all_comes_before_the_second_of_any(
    network: SmallNetwork, cache: FeatureCache, tmp_path: Path
) -> None:
    examples = scenes(tmp_path, 3)
    built, _ = build(network, examples, cache, views=2, stop_after=3)
    assert built == Built(3, (), complete=False)
    assert plain(network, examples, cache) == [True] * 3


def test_it_stops_at_the_next_picture_and_goes_on_from_there(
    network: SmallNetwork, cache: FeatureCache, tmp_path: Path
) -> None:
    examples = scenes(tmp_path, 4)
    assert build(network, examples, cache, stop_after=0)[0].made == 0
    assert build(network, examples, cache, stop_after=1)[0].made == 1
    built, told = build(network, examples, cache)
    assert built == Built(3, (), complete=True)
    assert told == [(2, 4), (3, 4), (4, 4)]
    assert build(network, examples, cache) == (Built(0, (), complete=True), [])


def test_unreadable_pictures_are_left_out_and_named_once(
    network: SmallNetwork, cache: FeatureCache, tmp_path: Path
) -> None:
    examples = scenes(tmp_path, 3)
    examples[1].path.write_bytes(b"no picture")
    built, told = build(network, examples, cache, views=2)
    assert built.made == 4
    assert [example.key for example, _ in built.unreadable] == ["t1"]
    assert "not a picture" in built.unreadable[0][1]
    assert told[-1] == (6, 6)


def test_it_builds_no_more_than_the_cache_holds(network: SmallNetwork, tmp_path: Path) -> None:
    examples = scenes(tmp_path, 4)
    probe = FeatureCache(tmp_path / "probe")
    build(network, examples[:1], probe)
    (file,) = (path for path in probe.folder.rglob("*") if path.is_file())
    cache = FeatureCache(tmp_path / "cache", 2 * file.stat().st_size, left_free=0)
    assert build(network, examples, cache)[0] == Built(2, (), complete=False)
    assert plain(network, examples, cache) == [True, True, False, False]


def test_a_disk_that_takes_nothing_ends_it(network: SmallNetwork, tmp_path: Path) -> None:
    full = FeatureCache(tmp_path / "cache", 1 << 30, left_free=1 << 60)
    assert build(network, scenes(tmp_path, 3), full)[0] == Built(0, (), complete=False)
    assert network.asked[1:] == [1]


def test_nothing_is_built_for_a_network_without_a_frozen_part(
    network: SmallNetwork, cache: FeatureCache, tmp_path: Path
) -> None:
    network.set_scope(Scope.ALL)
    assert build(network, scenes(tmp_path, 2), cache)[0] == Built(0, (), complete=True)


def test_pictures_without_labels_are_built_too(network: SmallNetwork, cache: FeatureCache, tmp_path: Path) -> None:
    bare = [replace(example, annotations=()) for example in scenes(tmp_path, 2)]
    assert build(network, bare, cache)[0].made == 2
    assert plain(network, scenes(tmp_path, 2), cache) == [True, True]
