"""A run that was broken off goes on as if nothing had happened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from detector.domain import LabelSet
from detector.errors import CheckpointError
from detector.features.feature_cache import FeatureCache
from detector.learning.run_state import STATE, RunState
from detector.pictures.dataset import Example
from detector.runs import Scope, TrainConfig
from tests.detector.scenes import scene, scenes
from tests.detector.tiny_runs import QUICK, Killed, Watch, aps, figures, run, same_weights, watched

pytestmark = pytest.mark.training
PER_EPOCH = 2  # steps
DROPOUT = 0.3  # so that torch's random numbers matter


@pytest.fixture
def train(tmp_path: Path) -> list[Example]:
    return [*scenes(tmp_path, 3), scene(tmp_path, "empty", objects=0)]


@pytest.fixture
def val(tmp_path: Path) -> list[Example]:
    return scenes(tmp_path, 2, "v")


def cache_in(folder: Path, warm: Path | None = None) -> FeatureCache:
    """A new cache, with the same content as a warm one."""
    if warm is not None:
        shutil.copytree(warm, folder)
    return FeatureCache(folder, 1 << 26, left_free=0)


def check(
    train: list[Example], val: list[Example], folder: Path, whole: Path, at: int, steps: int, **more: object
) -> None:
    """Kill a run at a moment, go on, and compare its end with that of the whole one."""
    before, after = Watch(at), Watch()
    assert watched(train, val, folder, before, dropout=DROPOUT, **more) is None
    moment = f"killed at {at}, {before.told[-1]!r} after {before.told[-2:-1]}"
    resumed = watched(train, val, folder, after, dropout=DROPOUT, resume=True, **more)
    assert resumed is not None
    assert resumed.folder is not None
    assert same_weights(resumed.folder, whole), moment
    assert 0 <= before.steps + after.steps - steps <= PER_EPOCH, moment


def test_killed_at_any_moment_it_ends_at_the_same_bits(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    watch, config = Watch(), replace(QUICK, epochs=3)
    cache = cache_in(tmp_path / "c")
    whole = watched(train, val, tmp_path / "whole", watch, config=config, dropout=DROPOUT, cache=cache)
    assert whole is not None
    assert whole.folder is not None
    assert watch.steps == 3 * PER_EPOCH
    assert {e.stage for e in watch.epochs} == {"head", "deep"}
    skipped = ("Training", "Preparing", "epoch")  # moments right before or after another one
    for at in (index + 1 for index, what in enumerate(watch.told) if not what.startswith(skipped)):
        folder = tmp_path / f"r{at}"
        cache = cache_in(tmp_path / f"c{at}")
        check(train, val, folder, whole.folder, at, watch.steps, config=config, cache=cache)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        (QUICK, "warm"),
        (QUICK, "memory"),
        (replace(QUICK, augment=False), "warm"),
        (replace(QUICK, augment=False), "memory"),
        (replace(QUICK, scope=Scope.ALL), "warm"),
        (replace(QUICK, scope=Scope.HEAD), "memory"),
    ],
)
def test_whatever_is_kept_of_pictures_it_ends_at_the_same_bits(
    train: list[Example], val: list[Example], tmp_path: Path, config: TrainConfig, kept: str
) -> None:
    warm = tmp_path / "warm"
    run(train, val, tmp_path / "first", replace(config, epochs=2), cache=cache_in(warm))

    def cache(name: str) -> FeatureCache | None:
        return cache_in(tmp_path / name, warm) if kept == "warm" else None

    watch = Watch()
    whole = watched(train, val, tmp_path / "whole", watch, config=config, dropout=DROPOUT, cache=cache("c"))
    assert whole is not None
    assert whole.folder is not None
    moments = [index + 1 for index, what in enumerate(watch.told) if what == "step"]
    for at in (moments[2], moments[-2]):  # in the midst of the second epoch, and of the last
        check(train, val, tmp_path / f"r{at}", whole.folder, at, watch.steps, config=config, cache=cache(f"c{at}"))


def test_a_run_that_started_from_a_model_goes_on_without_it(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    """What it starts from is kept with it, new rows included; the figure to beat is not measured once more."""
    labels = LabelSet((7, 99, 11), ("blue", "new", "red"))
    with figures(0.5, 0.5, 0.5, 0.5):
        parent = run(train, val, tmp_path / "v1").folder
    assert parent is not None
    given = {"labels": labels, "parent": parent, "dropout": DROPOUT}
    watch = Watch()
    with figures(0.1, 0.2, 0.3, 0.4, 0.5):
        whole = watched(train, val, tmp_path / "whole", watch, **given)
    assert whole is not None
    assert whole.folder is not None
    at = watch.told.index("Training 3/2") + 1
    with figures(0.1, 0.2, 0.3):
        assert watched(train, val, tmp_path / "r", Watch(at), **given) is None
    shutil.rmtree(parent)
    with figures(0.4, 0.5) as left:
        resumed = run(train, val, tmp_path / "r", labels=labels, dropout=DROPOUT, parent=parent, resume=True)
    assert left == []
    assert resumed.folder is not None
    assert same_weights(resumed.folder, whole.folder)


def test_features_come_to_the_same_end_from_the_disk_and_from_memory(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    one = run(train, val, tmp_path / "a", cache=cache_in(tmp_path / "c"))
    two = run(train, val, tmp_path / "b")
    assert one.folder is not None
    assert two.folder is not None
    assert same_weights(one.folder, two.folder)


def test_a_model_saved_right_before_the_kill_counts_as_better_once_more(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    config = replace(QUICK, scope=Scope.HEAD, epochs=9, patience=2, batch_size=1)
    with figures(0.2, 0.6, 0.4, 0.5, 0.9) as left:
        whole = run(train, val, tmp_path / "whole", config)
    assert (whole.epochs, whole.stopped_because, left) == (4, "early", [0.9])
    told = Watch()
    with figures(0.2, 0.6, 0.4, 0.5):
        watched(train, val, tmp_path / "told", told, config=config)
    second = [at for at, what in enumerate(told.told) if what == "saving"][
        2
    ]  # at the start, after the first epoch, ...
    broken, resumed = Watch(second + 1), Watch()
    with figures(0.2, 0.6):
        assert watched(train, val, tmp_path / "broken", broken, config=config) is None
    with figures(0.6, 0.4, 0.5, 0.9):
        result = watched(train, val, tmp_path / "broken", resumed, config=config, resume=True)
    assert result is not None
    assert (result.epochs, result.ap) == (4, 0.6)
    assert aps(resumed.epochs) == [0.6, 0.4, 0.5]
    assert [e.is_best for e in resumed.epochs] == [True, False, False]


def test_a_redone_epoch_that_comes_out_worse_leaves_the_best_model(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    told = Watch()
    with figures(0.2, 0.6, 0.3, 0.3):
        watched(train, val, tmp_path / "told", told)
    second = [at for at, what in enumerate(told.told) if what == "saving"][2]
    with figures(0.2, 0.6):
        assert watched(train, val, tmp_path / "r", Watch(second + 1)) is None
    kept = shutil.copytree(tmp_path / "r" / "best", tmp_path / "kept")
    with figures(0.5, 0.5, 0.4):  # as with another number of threads
        result = run(train, val, tmp_path / "r", resume=True)
    assert result.ap == 0.6
    assert result.folder is not None
    assert same_weights(result.folder, kept)


def test_a_crash_between_the_two_moves_of_a_save_loses_no_best_model(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    watch = Watch()
    with figures(0.2, 0.6, 0.3, 0.3):
        watched(train, val, tmp_path / "whole", watch)
    at = watch.told.index("Training 3/1") + 1  # the second stage has begun
    with figures(0.2, 0.6):
        assert watched(train, val, tmp_path / "r", Watch(at)) is None
    (tmp_path / "r" / "best").rename(tmp_path / "r" / ".best.old")  # as if the power went here
    with figures(0.3, 0.3):
        result = run(train, val, tmp_path / "r", resume=True)
    assert result.ap == 0.6
    assert result.folder is not None
    assert same_weights(result.folder, tmp_path / "whole" / "best")


def test_a_new_run_in_the_same_folder_takes_nothing_of_the_old_one(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    run(train, val, tmp_path / "r")
    (tmp_path / "r" / "best").rename(tmp_path / "r" / ".best.old")
    watch = Watch(kill_at=3)
    watched(train, val, tmp_path / "r", watch)
    assert not (tmp_path / "r" / "best").exists()
    assert not (tmp_path / "r" / ".best.old").exists()
    assert not (tmp_path / "r" / STATE).exists()


@pytest.fixture
def one_thread_after() -> Iterator[None]:
    yield
    torch.set_num_threads(1)


@pytest.mark.usefixtures("one_thread_after")
def test_another_number_of_threads_is_said(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    assert watched(train, val, tmp_path / "r", Watch(kill_at=20)) is None
    result = run(train, val, tmp_path / "r", resume=True, threads=2)
    assert "Resumed after 2 epochs." in result.notes
    assert any("2 CPU threads instead of 1" in note for note in result.notes)
    assert result.epochs == 4


def test_an_unchanged_set_up_is_not_spoken_of(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    assert watched(train, val, tmp_path / "r", Watch(kill_at=20)) is None
    result = run(train, val, tmp_path / "r", resume=True)
    assert not any("set-up" in note for note in result.notes)


def test_other_versions_are_said() -> None:
    state = RunState()
    assert state.changes() == []
    state.versions = {**state.versions, "torch": "1.0"}
    assert [said for said in state.changes() if said.endswith("instead of 1.0")]


def test_resuming_what_never_finished_an_epoch_begins_anew(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    assert run(train, val, tmp_path / "r", resume=True).epochs == 4


def test_a_damaged_state_or_other_classes_are_refused(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    run(train, val, tmp_path / "r")
    with pytest.raises(CheckpointError, match="other classes"):
        run(train, val, tmp_path / "r", labels=LabelSet((1, 2), ("a", "b")), resume=True)
    state = tmp_path / "r" / STATE
    whole = state.read_bytes()
    for damaged in (b"", b"damaged", whole[: len(whole) // 2]):
        state.write_bytes(damaged)
        with pytest.raises(CheckpointError, match="damaged"):
            run(train, val, tmp_path / "r", resume=True)


def test_a_run_that_is_killed_again_and_again_gets_to_its_end(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    whole = run(train, val, tmp_path / "whole", dropout=DROPOUT)
    assert whole.folder is not None
    result, times = None, 0
    while result is None:
        times += 1
        assert times < 20
        watch = Watch()
        asked = 0

        def third() -> bool:
            nonlocal asked
            asked += 1
            if asked == PER_EPOCH + 1:  # the first of the next epoch
                raise Killed
            return False

        with watch.saves():
            try:
                result = run(train, val, tmp_path / "r", dropout=DROPOUT, resume=True, should_stop=third)
            except Killed:
                continue
    assert times == 4
    assert result.folder is not None
    assert same_weights(result.folder, whole.folder)
