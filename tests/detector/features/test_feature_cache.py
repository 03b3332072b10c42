from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from detector.domain import ImageSize
from detector.features.feature_cache import FORGOTTEN_AFTER, LARGEST_BUDGET, SPARED, FeatureCache, feature_key
from detector.pictures.dataset import Change

ONE = 256 + 8192  # bytes of a file of `features()`
LONG_AGO = 2 * SPARED
CANVAS = ImageSize(128, 96)


def key(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def features(seed: int = 0) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(16, 16, 16, generator=generator).bfloat16(),)


def same(a: tuple[Tensor, ...] | None, b: tuple[Tensor, ...]) -> bool:
    return a is not None and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def file_of(cache: FeatureCache, name: object) -> Path:
    (found,) = cache.folder.glob(f"??/{key(name)}.*")
    return found


def last_used(cache: FeatureCache, name: object, seconds_ago: float) -> None:
    then = time.time() - seconds_ago
    os.utime(file_of(cache, name), (then, then))


def names_kept(cache: FeatureCache, count: int) -> list[int]:
    return [name for name in range(count) if key(name) in cache]


def files(cache: FeatureCache) -> list[Path]:
    return [path for path in cache.folder.rglob("*") if path.is_file()]


def filled(folder: Path, budget: int, count: int) -> FeatureCache:
    """Files 0, 1, ... of which 0 was not used for longest."""
    cache = FeatureCache(folder, ONE * count, left_free=0)
    for name in range(count):
        assert cache.put(key(name), features(name))
        last_used(cache, name, LONG_AGO + count - name)
    return FeatureCache(folder, budget, left_free=0)


def test_what_was_put_comes_back_bit_for_bit_in_any_later_process(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "features")
    assert cache.get(key("a")) is None
    assert key("a") not in cache
    assert cache.put(key("a"), features())
    assert key("a") in cache
    assert same(cache.get(key("a")), features())
    assert same(FeatureCache(tmp_path / "features").get(key("a")), features())
    assert file_of(cache, "a").stat().st_size == ONE


def test_putting_again_replaces(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, ONE, left_free=0)
    assert cache.put(key("a"), features(1))
    last_used(cache, "a", LONG_AGO)
    assert cache.put(key("a"), features(2))
    assert same(cache.get(key("a")), features(2))


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def zeroed(path: Path) -> None:
    path.write_bytes(b"\0" * ONE)


def foreign(path: Path) -> None:
    path.write_text("these are notes about something else")


def swapped(path: Path) -> None:
    other = FeatureCache(path.parents[1])
    other.put(key("other"), features(1))
    file_of(other, "other").replace(path)


@pytest.mark.parametrize("spoil", [flipped, cut_short, emptied, zeroed, foreign, swapped])
def test_a_spoilt_file_is_removed_and_can_be_put_again(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    cache = FeatureCache(tmp_path)
    cache.put(key("a"), features())
    assert same(cache.get(key("a")), features())
    spoil(file_of(cache, "a"))
    assert cache.get(key("a")) is None
    assert key("a") not in cache
    assert files(cache) == []
    assert cache.put(key("a"), features())
    assert same(cache.get(key("a")), features())


def test_trim_removes_what_was_not_used_for_longest(tmp_path: Path) -> None:
    cache = filled(tmp_path, 3 * ONE, 6)
    assert same(cache.get(key(0)), features(0))  # now the one used last
    cache.trim()
    kept = names_kept(cache, 6)
    assert 0 in kept
    assert kept[1:] == list(range(7 - len(kept), 6))
    assert 2 <= len(kept) <= 3


def test_trim_leaves_what_is_within_the_budget(tmp_path: Path) -> None:
    cache = filled(tmp_path, 6 * ONE, 6)
    cache.trim()
    assert names_kept(cache, 6) == list(range(6))


def test_a_file_from_the_future_goes_first(tmp_path: Path) -> None:
    cache = filled(tmp_path, 3 * ONE, 4)
    last_used(cache, 3, -1e6)
    cache.trim()
    assert 3 not in names_kept(cache, 4)


def test_putting_makes_room_by_removing_the_oldest(tmp_path: Path) -> None:
    cache = filled(tmp_path, 4 * ONE, 4)
    assert cache.put(key(9), features(9))
    assert same(cache.get(key(9)), features(9))
    assert 0 not in names_kept(cache, 4)
    assert 3 in names_kept(cache, 4)


def test_nothing_in_use_is_given_up_for_something_new(tmp_path: Path) -> None:
    cache = filled(tmp_path, 2 * ONE, 2)
    for name in range(2):
        cache.get(key(name))
    assert not cache.put(key(9), features(9))
    assert names_kept(cache, 2) == [0, 1]


def test_what_is_larger_than_the_budget_pushes_nothing_out(tmp_path: Path) -> None:
    cache = filled(tmp_path, 2 * ONE, 2)
    assert not cache.put(key(9), [torch.zeros(3 * ONE, dtype=torch.uint8)])
    assert names_kept(cache, 2) == [0, 1]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["put", "get", "age", "trim"])), max_size=30))
def test_the_budget_holds_whatever_is_done(steps: list[tuple[int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = FeatureCache(Path(folder), 3 * ONE, left_free=0)
        for name, step in steps:
            if step == "put":
                cache.put(key(name), features(name))
            elif step == "get":
                assert key(name) not in cache or same(cache.get(key(name)), features(name))
            elif step == "age" and key(name) in cache:
                last_used(cache, name, LONG_AGO)
            elif step == "trim":
                cache.trim()
            assert sum(path.stat().st_size for path in files(cache)) <= 3 * ONE


def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, left_free=1 << 60)
    assert not cache.put(key("a"), features())
    assert files(cache) == []


def test_the_cache_gives_room_back_where_the_disk_is_short(tmp_path: Path) -> None:
    filled(tmp_path, 6 * ONE, 6)
    cache = FeatureCache(tmp_path, 6 * ONE, left_free=1 << 60)
    cache.trim()
    assert files(cache) == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Writing more fails in the middle, as on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_in_the_middle_leaves_no_rubbish_and_the_old_file(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    cache.put(key("a"), features(1))
    with files_of_at_most(ONE // 2):
        assert not cache.put(key("a"), features(2))
        assert not FeatureCache(tmp_path).put(key("b"), features())
    assert files(cache) == [file_of(cache, "a")]
    assert same(cache.get(key("a")), features(1))


def test_a_place_that_takes_no_files_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FeatureCache(tmp_path / "file")
    assert not cache.put(key("a"), features())
    assert cache.get(key("a")) is None
    assert key("a") not in cache
    cache.trim()


def test_two_caches_share_a_folder(tmp_path: Path) -> None:
    one, two = FeatureCache(tmp_path, 4 * ONE, left_free=0), FeatureCache(tmp_path, 4 * ONE, left_free=0)
    assert one.put(key(0), features(0))
    assert same(two.get(key(0)), features(0))
    for name in range(1, 4):
        assert two.put(key(name), features(name))
    for name in range(4):
        last_used(one, name, LONG_AGO - name)
    assert one.put(key(4), features(4))  # though it wrote only one of the four itself
    one.trim()
    assert len(files(one)) <= 4
    file_of(one, 4).unlink()
    assert two.get(key(4)) is None


HAMMER = """
import sys, torch
from pathlib import Path
from tests.detector.features.test_feature_cache import ONE, FeatureCache, features, hammer
hammer(FeatureCache(Path(sys.argv[1]), 6 * ONE, left_free=0), 150)
"""


def hammer(cache: FeatureCache, turns: int) -> None:
    """Everything at once on few keys: what comes back must be whole, and nothing may raise."""
    for turn in range(turns):
        name = turn % 10
        found = cache.get(key(name))
        assert found is None or same(found, features(name))
        if found is None:
            cache.put(key(name), features(name))
        if turn % 7 == 0:
            for path in files(cache)[:3]:
                path.unlink(missing_ok=True)
            cache.trim()


def test_threads_may_use_one_cache(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, 6 * ONE, left_free=0)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(hammer, cache, 100) for _ in range(4)]:
            done.result()


def test_processes_may_share_a_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HAMMER, str(tmp_path)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said


def test_the_budget_is_a_share_of_the_disk_and_the_same_at_the_next_opening(tmp_path: Path) -> None:
    first = FeatureCache(tmp_path)
    assert 0 < first.budget <= LARGEST_BUDGET
    first.put(key("a"), features())
    again = FeatureCache(tmp_path)
    assert again.budget == pytest.approx(first.budget, rel=0.2)
    assert FeatureCache(tmp_path, 5).budget == 5


def test_what_a_killed_process_left_unfinished_is_removed_after_an_hour(tmp_path: Path) -> None:
    cache = filled(tmp_path, 9 * ONE, 1)
    room = file_of(cache, 0).parent
    old, recent = room / ".a.new", room / ".b.new"
    for path in (old, recent):
        path.write_bytes(b"half")
    then = time.time() - FORGOTTEN_AFTER - 1
    os.utime(old, (then, then))
    cache.trim()
    assert not old.exists()
    assert recent.exists()


def test_files_of_others_are_not_touched(tmp_path: Path) -> None:
    note = tmp_path / "ab" / "note.txt"
    note.parent.mkdir()
    note.write_text("mine")
    cache = FeatureCache(tmp_path, 0)
    cache.trim()
    assert note.exists()


def test_the_key_names_all_that_features_depend_on() -> None:
    plain = ("weights", "picture", CANVAS, Change(), torch.bfloat16)
    others = [
        ("other", "picture", CANVAS, Change(), torch.bfloat16),
        ("weights", "other", CANVAS, Change(), torch.bfloat16),
        ("weights", "picture", ImageSize(96, 128), Change(), torch.bfloat16),
        ("weights", "picture", CANVAS, Change(flip_x=True), torch.bfloat16),
        ("weights", "picture", CANVAS, Change(zoom=1.0000001), torch.bfloat16),
        ("weights", "picture", CANVAS, Change(light=(1.0, 1.0, 0.9)), torch.bfloat16),
        ("weights", "picture", CANVAS, Change(), torch.float32),
        ("weightsp", "icture", CANVAS, Change(), torch.bfloat16),
    ]
    assert feature_key(*plain) == feature_key(*plain)
    keys = {feature_key(*one) for one in (plain, *others)}
    assert len(keys) == len(others) + 1
    assert all(len(bytes.fromhex(one)) == 32 for one in keys)
