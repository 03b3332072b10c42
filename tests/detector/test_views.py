from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st

from detector.dataset import Change, change_for
from detector.feature_cache import FeatureCache
from detector.features import FeatureSource
from detector.views import view_key, view_of, views_ready
from tests.detector.scenes import scenes
from tests.detector.small_network import SmallNetwork


def shown(turns: int, views: int, ready: int = 0) -> list[int]:
    return [view_of(turn, views, ready) for turn in range(turns)]


def test_new_views_come_at_first_and_then_every_third_pass() -> None:
    assert shown(16, 7) == [0, 1, 2, 3, 0, 1, 4, 2, 3, 5, 0, 1, 6, 4, 2, 3]


def test_ready_views_are_all_shown_before_any_comes_again() -> None:
    assert shown(9, 8, ready=6) == [0, 1, 2, 3, 4, 5, 0, 1, 6]
    assert shown(5, 3, ready=3) == [0, 1, 2, 0, 1]


def test_one_view_is_always_the_plain_one() -> None:
    assert shown(5, 1) == [0] * 5


@given(st.integers(1, 32), st.integers(0, 32))
def test_views_are_introduced_in_order_and_shown_about_equally_often(views: int, ready: int) -> None:
    seen = shown(190, views, min(ready, views))
    first = list(dict.fromkeys(seen))
    assert first == list(range(views))
    counts = Counter(seen[-3 * views :])
    assert max(counts.values()) - min(counts.values()) <= 1
    for turn, view in enumerate(seen):
        assert view < turn + 1


def fill(network: SmallNetwork, cache: FeatureCache, folder: Path, pictures: int, views: int, seed: int = 1) -> None:
    source = FeatureSource(network, scenes(folder, pictures), seed=seed, augment=True, views=views, cache=cache)
    for turn in range(views):
        list(source.batches(range(pictures), turn, 2))
    source.close()


def test_ready_are_the_views_that_nearly_all_pictures_have(tmp_path: Path) -> None:
    network, cache = SmallNetwork(), FeatureCache(tmp_path / "cache")
    examples = scenes(tmp_path, 20)
    assert views_ready(network, examples, cache, views=3, seed=1) == 0
    fill(network, cache, tmp_path, 19, 2)
    assert views_ready(network, examples, cache, views=3, seed=1) == 2
    assert views_ready(network, examples, cache, views=1, seed=1) == 1
    assert views_ready(network, examples, cache, views=3, seed=2) == 1  # the plain view is of no seed
    assert views_ready(network, scenes(tmp_path, 22), cache, views=3, seed=1) == 0
    assert views_ready(SmallNetwork("others"), examples, cache, views=3, seed=1) == 0


def test_the_key_follows_the_network_and_the_picture(tmp_path: Path) -> None:
    (example,) = scenes(tmp_path, 1)
    networks = [SmallNetwork(), SmallNetwork("other"), SmallNetwork(precision=torch.float32)]
    keys = {view_key(network, network.frozen_digest(), example, Change()) for network in networks}
    keys.add(view_key(networks[0], "weights", replace(example, key="other"), Change()))
    keys.add(view_key(networks[0], "weights", example, change_for(example, 1, 0)))
    assert len(keys) == 5
