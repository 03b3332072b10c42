"""Rows of numbers for images: alike for alike images, computed once, and worth nothing that could be lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from detector.advising.embeddings import MOST_FILES, EmbeddingStore, embed, name_of, pooled
from detector.domain import ImageSize
from detector.features.feature_cache import FeatureCache
from detector.pictures.dataset import Example
from tests.detector.scenes import scenes
from tests.detector.small_network import SmallNetwork

PATIENT = 60.0  # seconds


@pytest.fixture
def network() -> SmallNetwork:
    return SmallNetwork()


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache")


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingStore:
    return EmbeddingStore(tmp_path / "embeddings")


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    return scenes(tmp_path, 4)


def test_each_image_has_a_row_that_is_computed_once(
    network: SmallNetwork, examples: list[Example], cache: FeatureCache, store: EmbeddingStore
) -> None:
    rows = embed(network, examples, cache, store, seconds=PATIENT)
    assert rows.keys() == {example.key for example in examples}
    assert len({row.shape for row in rows.values()}) == 1
    looked = sum(network.asked)
    again = embed(network, examples, cache, store, seconds=PATIENT)
    assert all(np.array_equal(again[key], row) for key, row in rows.items())
    assert sum(network.asked) == looked


def test_what_the_cache_knows_is_not_computed_and_what_it_does_not_is_put_there(
    network: SmallNetwork, examples: list[Example], cache: FeatureCache, tmp_path: Path
) -> None:
    first = embed(network, examples, cache, EmbeddingStore(tmp_path / "a"), seconds=PATIENT)
    looked = sum(network.asked)
    assert looked == len(examples)
    second = embed(network, examples, cache, EmbeddingStore(tmp_path / "b"), seconds=PATIENT)
    assert sum(network.asked) == looked
    assert all(np.array_equal(second[key], row) for key, row in first.items())


def test_no_more_are_computed_than_there_is_time_for_and_the_rest_comes_next_time(
    network: SmallNetwork, examples: list[Example], cache: FeatureCache, store: EmbeddingStore
) -> None:
    asked = iter([False, False, True])
    some = embed(network, examples, cache, store, seconds=PATIENT, should_stop=lambda: next(asked))
    assert list(some) == [example.key for example in examples[:2]]
    assert embed(network, examples, cache, store, seconds=0.0).keys() == some.keys()
    assert len(embed(network, examples, cache, store, seconds=PATIENT)) == 4


def test_a_picture_that_cannot_be_read_is_left_out(
    network: SmallNetwork, examples: list[Example], cache: FeatureCache, store: EmbeddingStore
) -> None:
    examples[1].path.write_bytes(b"spoilt")
    rows = embed(network, examples, cache, store, seconds=PATIENT)
    assert examples[1].key not in rows and len(rows) == 3


def test_a_damaged_file_is_as_good_as_none(store: EmbeddingStore, tmp_path: Path) -> None:
    row = np.arange(4, dtype=np.float16)
    store.save("a", {"one": row})
    assert np.array_equal(store.load("a")["one"], row)
    [file] = (tmp_path / "embeddings").iterdir()
    file.write_bytes(file.read_bytes()[:40])
    assert store.load("a") == {}
    assert store.load("never saved") == {}


def test_files_of_networks_that_nobody_uses_any_more_go(store: EmbeddingStore, tmp_path: Path) -> None:
    for number in range(MOST_FILES + 2):
        store.save(f"network {number}", {"one": np.zeros(2, np.float16)})
    assert len(list((tmp_path / "embeddings").iterdir())) == MOST_FILES
    assert store.load(f"network {MOST_FILES + 1}")


def test_another_frozen_part_has_another_name() -> None:
    first, second = SmallNetwork(), SmallNetwork()
    assert name_of(first) == name_of(second)
    second.precision = torch.float32
    assert name_of(first) != name_of(second)
    assert name_of(SmallNetwork("others")) != name_of(first)


def test_the_margin_beside_a_picture_does_not_count() -> None:
    level = torch.zeros(3, 4, 8)
    level[:, :, :4] = torch.arange(3.0).view(3, 1, 1)
    level[:, :, 4:] = 100.0
    row = pooled([torch.ones(1, 9, 9), level], ImageSize(320, 320), ImageSize(640, 320))
    assert row.tolist() == [0, 1, 2, 0, 1, 2]
    assert row.dtype == np.float16
