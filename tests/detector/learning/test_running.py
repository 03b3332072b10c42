"""The stages of a run: what each starts from, what is kept, given out and left alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from detector.features.feature_cache import FeatureCache
from detector.learning import costs, running
from detector.learning.run_state import RunState
from detector.learning.starting import Start, prepare
from detector.learning.training import FitResult
from detector.models.checkpoints import read_meta
from detector.pictures.dataset import Example
from detector.runs import Optimizer, Scope, TrainConfig
from tests.detector.learning.test_stepping import limited
from tests.detector.scenes import LABELS, scene, scenes
from tests.detector.tiny_network import tiny_start
from tests.detector.tiny_runs import QUICK, Watch, aps, figures, run, same_weights, tiny_models, watched, weights

pytestmark = pytest.mark.training


@pytest.fixture
def train(tmp_path: Path) -> list[Example]:
    return [*scenes(tmp_path, 3), scene(tmp_path, "empty", objects=0)]


@pytest.fixture
def val(tmp_path: Path) -> list[Example]:
    return scenes(tmp_path, 2, "v")


def start_of(train: list[Example], val: list[Example], config: TrainConfig = QUICK) -> Start:
    with tiny_models():
        return tiny_start(train, val, config)


def seen(train: list[Example], val: list[Example], folder: Path, watch: Watch, **more: Any) -> FitResult:
    result = watched(train, val, folder, watch, **more)
    assert result is not None
    return result


def same(state: dict[str, torch.Tensor], folder: Path) -> bool:
    kept = weights(folder)
    return all(torch.equal(state[name], kept[name]) for name in kept)


def test_each_stage_starts_from_the_best_of_the_one_before(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    start = start_of(train, val)
    from_best: list[bool] = []

    def note(text: str) -> None:
        if text.startswith("Stage 2"):
            from_best.append(same(start.network.state_dict(), tmp_path / "r" / "best"))
            assert read_meta_ap(tmp_path / "r" / "best") == 0.5

    with figures(0.5, 0.3, 0.4, 0.45):
        run(train, val, tmp_path / "r", start=start, on_note=note)
    assert from_best == [True]


def read_meta_ap(folder: Path) -> float:
    return read_meta(folder).metrics["ap"]


def test_a_later_stage_never_makes_the_model_worse(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    def note(text: str) -> None:
        if text.startswith("Stage 2"):
            shutil.copytree(tmp_path / "r" / "best", tmp_path / "before")

    epochs: list[Any] = []
    with figures(0.5, 0.6, 0.2, 0.59):
        result = run(train, val, tmp_path / "r", on_note=note, on_epoch=epochs.append)
    assert [e.is_best for e in epochs] == [True, True, False, False]
    assert result.ap == 0.6
    assert result.folder is not None
    assert same_weights(result.folder, tmp_path / "before")
    assert read_meta_ap(result.folder) == 0.6


def test_a_better_later_stage_replaces_it(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    with figures(0.5, 0.6, 0.61, 0.2):
        result = run(train, val, tmp_path / "r")
    assert result.folder is not None
    assert (result.ap, read_meta_ap(result.folder), result.improved) == (0.61, 0.61, True)


@pytest.fixture
def by_parent(train: list[Example], val: list[Example], tmp_path: Path) -> Path:
    """A model that later runs start from."""
    with figures(0.5, 0.6, 0.6, 0.6):
        result = run(train, val, tmp_path / "p")
    assert result.folder is not None
    return result.folder


def test_where_a_model_drew_the_labels_its_child_has_to_find_as_much_but_not_with_the_same_edges(
    train: list[Example], val: list[Example], tmp_path: Path, by_parent: Path
) -> None:
    drawn_by_parent = [replace(example, by_models=len(example.annotations)) for example in val]
    figured = ((0.8, 0.9), (0.5, 0.85), (0.6, 0.895), (0.55, 0.95), (0.65, 0.8))  # the parent's first
    epochs: list[Any] = []
    with figures(*figured):
        result = run(train, drawn_by_parent, tmp_path / "r", parent=by_parent, on_epoch=epochs.append)
    assert [e.is_best for e in epochs] == [False, True, False, True]
    assert (result.ap, result.improved) == (0.65, True)

    epochs.clear()
    with figures(*figured):
        result = run(train, val, tmp_path / "s", parent=by_parent, on_epoch=epochs.append)
    assert not any(e.is_best for e in epochs), "people's own edges are to be met"
    assert not result.improved


def test_a_run_against_its_parents_labels_that_is_broken_off_ends_as_if_it_had_not_been(
    train: list[Example], val: list[Example], tmp_path: Path, by_parent: Path
) -> None:
    drawn_by_parent = [replace(example, by_models=len(example.annotations)) for example in val]
    figured = ((0.8, 0.9), (0.5, 0.85), (0.6, 0.895), (0.55, 0.95), (0.65, 0.8))
    with figures(*figured):
        whole = seen(train, drawn_by_parent, tmp_path / "whole", (watch := Watch()), parent=by_parent)
    assert whole.folder is not None
    saved = [n for n, what in enumerate(watch.told) if what == "saving"]
    for number, kill_at in enumerate(saved[1:4]):
        folder = tmp_path / f"killed {number}"
        with figures(*figured) as left:
            assert watched(train, drawn_by_parent, folder, Watch(kill_at + 1), parent=by_parent) is None
            validated = len(figured) - len(left)
        state = RunState.load(folder)
        assert state is not None
        again = validated - 1 - state.epoch  # an epoch that was not saved is validated once more
        with figures(*figured[validated - again :]):
            result = seen(train, drawn_by_parent, folder, Watch(), parent=by_parent, resume=True)
        assert result.folder is not None
        assert result.ap == whole.ap
        assert same_weights(result.folder, whole.folder)


def test_models_are_given_out_when_usable_when_clearly_better_and_after_each_stage(
    train: list[Example], val: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "GIVE_EVERY", 0.0)
    head = [(0.1, 0.2), (0.3, 0.45), (0.305, 0.5), (0.29, 0.5), (0.4, 0.6), (0.42, 0.6)]
    deep = [(0.2, 0.3), (0.425, 0.6), (0.41, 0.6)] + [(0.1, 0.1)] * 3
    watch = Watch()
    with figures(*head, *deep):
        seen(train, val, tmp_path / "r", watch, config=replace(QUICK, epochs=12))
    assert watch.models == [0.3, 0.4, 0.42, 0.425]
    told = [what for what in watch.told if what == "model" or what.startswith(("epoch", "Stage"))]
    at = [told[index - 1] for index, what in enumerate(told) if what == "model"]
    assert at == ["epoch 2", "epoch 5", "epoch 6", "epoch 12"]


def test_within_a_stage_the_next_model_waits_a_while(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    watch = Watch()
    with figures(0.3, 0.5, 0.6, 0.7, 0.8, 0.81):
        seen(train, val, tmp_path / "r", watch, config=replace(QUICK, epochs=6, scope=Scope.HEAD))
    assert watch.models == [0.3, 0.81]


def test_what_is_hardly_usable_is_given_out_at_the_end_all_the_same(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    watch = Watch()
    with figures(*[(0.01, 0.02)] * 4):
        seen(train, val, tmp_path / "r", watch)
    assert watch.models == [0.01]


def test_a_warm_start_must_beat_its_parent(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    with figures(0.5, 0.5, 0.5, 0.5):
        parent = run(train, val, tmp_path / "v1").folder
    watch = Watch()
    with figures(0.5, 0.4, 0.5, 0.3, 0.2) as left:
        result = seen(train, val, tmp_path / "r", watch, parent=parent)
    assert left == []
    assert (result.folder, result.improved, result.ap, watch.models) == (None, False, 0.5, [])
    assert watch.told.index("Checking the model it starts from 0/0") < watch.told.index("step")
    assert any("best reaches mAP 0.500 on today's validation images" in note for note in result.notes)
    assert not (tmp_path / "r" / "best").exists()
    assert aps(watch.epochs) == [0.4, 0.5, 0.3, 0.2]


def test_a_warm_start_that_beats_its_parent_gives_a_model(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    with figures(0.5, 0.5, 0.5, 0.5):
        parent = run(train, val, tmp_path / "v1").folder
    with figures(0.5, 0.4, 0.51, 0.3, 0.2):
        result = run(train, val, tmp_path / "r", parent=parent)
    assert result.folder is not None
    assert (result.ap, result.improved, read_meta_ap(result.folder)) == (0.51, True, 0.51)
    assert read_meta(result.folder).parent == "best"


def test_the_second_stage_of_a_warm_start_that_beat_nothing_starts_from_the_parent(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    with figures(0.5, 0.5, 0.5, 0.5):
        parent = run(train, val, tmp_path / "v1").folder
    assert parent is not None
    with tiny_models():
        start = prepare(train, val, LABELS, QUICK, device="cpu", parent=parent, on_note=lambda _: None)
    at_start: list[bool] = []

    def note(text: str) -> None:
        if text.startswith("Stage 2"):
            at_start.append(same(start.network.state_dict(), parent))

    with figures(0.5, 0.4, 0.4, 0.6, 0.3):
        result = run(train, val, tmp_path / "r", start=start, on_note=note)
    assert at_start == [True]
    assert result.ap == 0.6


@pytest.mark.parametrize("stop_at", [1, 3])
def test_a_cancelled_warm_start_that_beat_nothing_gives_no_model(
    train: list[Example], val: list[Example], tmp_path: Path, stop_at: int
) -> None:
    with figures(0.5, 0.5, 0.5, 0.5):
        parent = run(train, val, tmp_path / "v1").folder
    asked = iter(range(1, 99))
    with figures(0.5, 0.4):
        result = run(train, val, tmp_path / "r", parent=parent, should_stop=lambda: next(asked) >= stop_at)
    assert (result.stopped_because, result.folder, result.ap) == ("cancelled", None, 0.5)


@pytest.mark.parametrize(
    ("scope", "moving"), [(Scope.HEAD, {"head", "fpn"}), (Scope.DEEP, {"head", "fpn", "c"}), (Scope.ALL, None)]
)
def test_a_stage_moves_what_its_scope_says(
    train: list[Example], val: list[Example], tmp_path: Path, scope: Scope, moving: set[str] | None
) -> None:
    with figures(0.1, 0.2, 0.3, 0.4):
        result = run(train, val, tmp_path / "r", replace(QUICK, scope=scope))
    assert result.folder is not None
    before, after = weights(tmp_path / "r" / "start"), weights(result.folder)
    moved = {name.removeprefix("body.").split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == (moving or {"head", "fpn", "stem", "a", "b", "c"})
    statistics = [name for name in before if "running" in name]
    assert statistics
    assert all(torch.equal(before[name], after[name]) for name in statistics)


@pytest.mark.parametrize("on_disk", [True, False])
def test_features_are_computed_once_for_both_stages(
    train: list[Example], val: list[Example], tmp_path: Path, on_disk: bool
) -> None:
    config = replace(QUICK, augment=False)
    start = start_of(train, val, config)
    frozen, asked = start.network.frozen_features, []

    def counted(pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        asked.append(int(pixels.sum()))
        return frozen(pixels)

    start.network.frozen_features = counted  # type: ignore[method-assign]
    cache = FeatureCache(tmp_path / "cache", 1 << 26, left_free=0) if on_disk else None
    result = run(train, val, tmp_path / "r", config, start=start, cache=cache)
    assert result.epochs == 4
    pictures = [one for one in asked if one != 0]  # a black one only tells how large features are
    assert len(pictures) == len(set(pictures)) == len(train) + len(val)


def test_patience_ends_a_stage_and_not_the_run(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    watch = Watch()
    with figures(0.5, 0.4, 0.3, 0.2, 0.45) as left:
        result = seen(train, val, tmp_path / "r", watch, config=replace(QUICK, epochs=10, patience=2))
    assert [e.stage for e in watch.epochs] == ["head", "head", "head", "deep", "deep"]
    assert (result.stopped_because, left) == ("early", [])


def test_patience_is_lost_only_where_somebody_looked(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    """With many validation images, epochs pass between two looks; those have not shown that nothing is better."""
    watch = Watch()
    with figures(0.1, 0.2, 0.3, 0.3, look_every=6):  # so every third epoch, after the first two
        seen(train, val, tmp_path / "r", watch, config=replace(QUICK, scope=Scope.HEAD, epochs=20, patience=1))
    assert aps(watch.epochs) == [0.1, 0.2, None, None, 0.3, None, None, 0.3]


def test_time_that_ends_at_once_still_gives_a_validated_model_of_the_first_stage(
    train: list[Example], val: list[Example], tmp_path: Path
) -> None:
    watch = Watch()
    config = replace(QUICK, epochs=1000, max_seconds=0.001)
    result = seen(train, val, tmp_path / "r", watch, config=config)
    assert result.stopped_because == "time"
    assert result.folder is not None
    assert result.ap is not None
    assert watch.steps == 1
    assert {e.stage for e in watch.epochs} == {"head"}
    assert not any("Stage" in what for what in watch.told)


def test_a_step_is_cut_from_the_start_where_a_whole_one_would_take_much_memory(
    train: list[Example], val: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "PART_BYTES", 1.0)
    result = run(train, val, tmp_path / "r")
    state = RunState.load(tmp_path / "r")
    assert state is not None
    assert state.parts == 2
    assert not any("Memory was short" in note for note in result.notes)


def test_short_memory_costs_no_step_and_changes_nothing(
    train: list[Example], val: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In bfloat16 the sum over four pictures is rounded otherwise than the sums over two.
    monkeypatch.setattr(running, "quicker_precision", lambda _device: torch.float32)
    # With SGD, as AdamW makes a whole step of the rounding errors where a gradient is zero but for them.
    config = replace(QUICK, optimizer=Optimizer.SGD, learning_rate=1e-2)
    whole = run(train, val, tmp_path / "whole", config)
    start, watch = start_of(train, val, config), Watch()
    asked = limited(start.network, lambda: 1, torch.OutOfMemoryError("CUDA out of memory"))
    result = seen(train, val, tmp_path / "r", watch, config=config, start=start)
    assert [e.step for e in watch.epochs] == [2, 4, 6, 8]
    assert watch.steps == 8
    assert result.epochs == whole.epochs
    assert "Memory was short; each step is now made in 2 parts, with the same result." in result.notes
    state = RunState.load(tmp_path / "r")
    assert state is not None
    assert state.parts == 2  # so a resumed run does not find out once more
    assert asked.count(2) == 1 + 3, "once in training, and at each validation"
    assert result.folder is not None
    assert whole.folder is not None
    expected = weights(whole.folder)
    for name, value in weights(result.folder).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-2, atol=1e-4)


def test_an_interrupted_stage_keeps_its_place(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    """A run that goes on with hardly any time left does so in the stage that it had reached."""
    watch = Watch()
    with figures(0.1, 0.2, 0.3, 0.4):
        seen(train, val, tmp_path / "whole", watch)
    at = watch.told.index("Training 4/1") + 1
    with figures(0.1, 0.2, 0.3):
        assert watched(train, val, tmp_path / "r", Watch(at)) is None
    told = Watch()
    with figures(0.4):
        result = seen(train, val, tmp_path / "r", told, config=replace(QUICK, max_seconds=0.001), resume=True)
    assert [e.stage for e in told.epochs] == ["deep"]
    assert (result.stopped_because, result.ap) == ("time", 0.4)
