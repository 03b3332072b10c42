from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st

from detector.features.views import view_key, view_of
from detector.pictures.dataset import Change, change_for
from tests.detector.scenes import scenes
from tests.detector.small_network import SmallNetwork


def shown(turns: int, views: int) -> list[int]:
    return [view_of(turn, views) for turn in range(turns)]


def test_new_views_come_at_first_and_then_every_third_pass() -> None:
    assert shown(16, 10) == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 8, 2, 3, 9, 4, 5]
    assert shown(9, 3) == [0, 1, 2] * 3


def test_one_view_is_always_the_plain_one() -> None:
    assert shown(5, 1) == [0] * 5


@given(st.integers(1, 32))
def test_views_are_introduced_in_order_and_shown_about_equally_often(views: int) -> None:
    seen = shown(190, views)
    first = list(dict.fromkeys(seen))
    assert first == list(range(views))
    counts = Counter(seen[-3 * views :])
    assert max(counts.values()) - min(counts.values()) <= 1
    for turn, view in enumerate(seen):
        assert view < turn + 1


def test_the_key_follows_the_network_and_the_picture(tmp_path: Path) -> None:
    (example,) = scenes(tmp_path, 1)
    networks = [SmallNetwork(), SmallNetwork("other"), SmallNetwork(precision=torch.float32)]
    keys = {view_key(network, network.frozen_digest(), example, Change()) for network in networks}
    keys.add(view_key(networks[0], "weights", replace(example, key="other"), Change()))
    keys.add(view_key(networks[0], "weights", example, change_for(example, 4, 0)))
    assert len(keys) == 5
