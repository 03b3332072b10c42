"""What is chosen for a run follows from the data, and what the caller stated is never touched."""

import subprocess
import sys
from dataclasses import replace

import pytest

from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.errors import TooFewExamples
from detector.learning.planning import NAMES, Choice, Lineage, Plan, plan
from detector.learning.sampling import Picture
from detector.runs import Optimizer, Preset, Schedule, Scope, TrainConfig

LABELS = LabelSet((1, 2), ("cell", "dust"))


def pictures(count: int, size: tuple[int, int] = (640, 480), side: float = 80) -> list[Picture]:
    return [Picture(ImageSize(*size), (Annotation(Box(0, 0, side, side), 0),)) for _ in range(count)]


def planned(train: list[Picture], config: TrainConfig | None = None, **more: object) -> Plan:
    return plan(train, pictures(20), LABELS, config or TrainConfig(), **{"memory": 64e9, **more})  # type: ignore[arg-type]


def test_photos_of_4_to_3_are_seen_at_384x288_on_a_cpu() -> None:
    assert planned(pictures(200)).image_size == (384, 288)


def test_upright_photos_get_an_upright_canvas() -> None:
    assert planned(pictures(200, size=(480, 640))).image_size == (288, 384)


def test_a_gpu_gets_a_larger_canvas() -> None:
    large = pictures(200, size=(1600, 1200), side=200)
    width, height = planned(large, device="cuda").image_size
    assert width * height > 2 * 384 * 288


def choice(chosen: Plan, name: str) -> Choice:
    return next(c for c in chosen.choices if c.name == name)


def test_small_objects_get_a_larger_canvas_and_the_reason_says_so() -> None:
    chosen = planned(pictures(200, size=(1600, 1200), side=30))
    assert chosen.image_size[0] > 384
    assert "Larger than usual" in choice(chosen, "image_size").reason


def test_a_canvas_for_upright_and_lying_pictures_says_that_it_is_turned() -> None:
    mixed = pictures(50, size=(1200, 1600), side=300) + pictures(50, size=(1600, 1200), side=300)
    assert planned(mixed).image_size == planned(mixed[50:]).image_size
    assert "turned for 50 upright pictures" in choice(planned(mixed), "image_size").reason
    assert "turned for 50 lying pictures" in choice(planned([*mixed, *mixed[:10]]), "image_size").reason
    assert "turned" not in choice(planned(pictures(50)), "image_size").reason


def test_the_canvas_is_never_much_larger_than_the_pictures() -> None:
    width, height = planned(pictures(50, size=(160, 120), side=6), device="cuda").image_size
    assert (width, height) == (160, 128)


@pytest.mark.parametrize("size", [(30_000, 40), (40, 30_000), (1, 1), (333, 777)])
def test_every_canvas_has_sides_that_are_multiples_of_32_and_at_least_64(size: tuple[int, int]) -> None:
    chosen = planned([Picture(ImageSize(*size), (Annotation(Box(0, 0, *size), 0),))])
    assert all(side % 32 == 0 and side >= 64 for side in chosen.image_size)


def test_the_smallest_anchor_follows_the_small_objects() -> None:
    tiny = planned(pictures(100, side=12)).smallest_anchor
    usual = planned(pictures(100, side=40)).smallest_anchor
    large = planned(pictures(100, side=300)).smallest_anchor
    assert tiny < usual < large
    assert (tiny, large) == (8, 32)


def test_few_images_take_small_steps_and_many_passes() -> None:
    few, many = planned(pictures(6)), planned(pictures(2_000))
    assert few.batch_size < many.batch_size
    assert few.epochs > many.epochs
    assert few.batch_size >= 1


STATED = TrainConfig(
    tile_size=0,
    scope=Scope.HEAD, epochs=3, batch_size=5, image_size=(96, 64), learning_rate=0.01, patience=2,
    optimizer=Optimizer.SGD, schedule=Schedule.STEP, weight_decay=0.001, augment=False, focal_alpha=0.5, focal_gamma=1,
)  # fmt: skip


def test_whatever_the_caller_states_is_taken_as_it_stands_and_said_to_be_theirs() -> None:
    chosen = planned(pictures(40), STATED)
    assert chosen.config == STATED
    by = {c.name: c.by for c in chosen.choices}
    assert {name for name, who in by.items() if who == "boxloop"} == {"anchor", "warmup"}
    assert choice(chosen, "batch_size").value == "5"
    assert "4 if left to Boxloop" in choice(chosen, "batch_size").reason


def test_a_filled_config_leads_to_the_same_plan_so_that_a_run_can_be_taken_up() -> None:
    for config in (TrainConfig(), TrainConfig(scope=Scope.ALL, epochs=1), TrainConfig(epochs=1), STATED):
        first = planned(pictures(40), config)
        again = planned(pictures(40), first.config)
        assert again.config == first.config
        assert (again.stages, again.warmup_steps) == (first.stages, first.warmup_steps)


def test_the_filled_config_leaves_nothing_open_and_every_choice_has_a_reason() -> None:
    chosen = planned(pictures(40))
    config = chosen.config
    assert (config.image_size, config.batch_size, config.epochs) == (
        chosen.image_size,
        chosen.batch_size,
        chosen.epochs,
    )
    assert (config.learning_rate, config.patience) == (chosen.learning_rate, chosen.patience)
    assert (config.scope, config.weight_decay) == (chosen.stages[-1].scope, chosen.weight_decay)
    assert [c.name for c in chosen.choices] == list(NAMES)
    assert all(c.reason.endswith(".") and c.value and c.by == "boxloop" for c in chosen.choices)
    assert f"Input size: 384x288. {choice(chosen, 'image_size').reason}" in chosen.reasons


def test_stages_share_the_epochs_and_the_deeper_one_steps_more_gently() -> None:
    chosen = planned(pictures(40))
    assert [stage.scope for stage in chosen.stages] == [Scope.HEAD, Scope.DEEP]
    assert sum(stage.epochs for stage in chosen.stages) == chosen.epochs
    assert chosen.stages[0].learning_rate > chosen.stages[1].learning_rate
    assert choice(chosen, "scope").value == "head, then deep layers"


def test_the_larger_network_is_trained_as_a_whole_on_a_gpu_only() -> None:
    r50 = TrainConfig(preset=Preset.R50_V2)
    assert [s.scope for s in planned(pictures(40), r50, memory=1e12).stages] == [Scope.HEAD]
    assert [s.scope for s in planned(pictures(40), r50, device="cuda").stages] == [Scope.HEAD, Scope.ALL]


@pytest.mark.parametrize("scope", list(Scope))
def test_a_given_scope_is_the_deepest_stage(scope: Scope) -> None:
    chosen = planned(pictures(40), TrainConfig(scope=scope))
    assert chosen.stages[-1].scope is scope
    assert choice(chosen, "scope").by == "you"


def test_with_sgd_the_rates_are_those_of_sgd() -> None:
    adam, sgd = planned(pictures(200)), planned(pictures(200), TrainConfig(optimizer=Optimizer.SGD))
    assert sgd.learning_rate > adam.learning_rate
    assert sgd.weight_decay < adam.weight_decay
    assert "SGD" in choice(sgd, "learning_rate").reason


def test_a_stated_rate_is_the_first_stages_and_the_others_keep_their_proportion() -> None:
    usual, stated = planned(pictures(200)), planned(pictures(200), TrainConfig(learning_rate=1e-3))
    assert stated.stages[0].learning_rate == 1e-3
    ratio = usual.stages[1].learning_rate / usual.stages[0].learning_rate
    assert stated.stages[1].learning_rate == pytest.approx(1e-3 * ratio)


def test_a_lineage_fixes_canvas_and_anchors() -> None:
    chosen = planned(pictures(40), TrainConfig(image_size=(64, 64)), lineage=Lineage((320, 256), 12.0, "v2"))
    assert (chosen.image_size, chosen.smallest_anchor) == ((320, 256), 12.0)
    assert {c.name for c in chosen.choices if c.by == "lineage"} == {"image_size", "anchor"}
    assert "As in v2, not 64x64" in choice(chosen, "image_size").reason


def test_a_lineage_that_fits_is_not_outgrown_and_starts_with_smaller_steps() -> None:
    fresh = planned(pictures(40))
    warm = planned(pictures(40), lineage=Lineage(fresh.image_size, fresh.smallest_anchor, "v2"))
    assert warm.outgrown is None
    assert warm.learning_rate == pytest.approx(fresh.learning_rate / 2, rel=0.02)


@pytest.mark.parametrize(
    ("side", "lineage", "why"),
    [
        (12, Lineage((384, 288), 8.0, "v2"), "v2's input size of 384x288"),  # 7 pixels: twice the canvas would do
        (40, Lineage((384, 288), 32.0, "v2"), "v2's anchors from 32 pixels"),
        (400, Lineage((384, 288), 8.0, "v2"), "v2's anchors from 8 pixels"),
    ],
)
def test_boxes_that_a_lineage_no_longer_fits_are_told_with_the_remedy(side: int, lineage: Lineage, why: str) -> None:
    chosen = planned(pictures(40, side=side), lineage=lineage)
    assert chosen.outgrown is not None
    assert why in chosen.outgrown
    assert "Start from scratch to fit both anew." in chosen.outgrown


def test_some_boxes_too_small_for_a_lineage_outgrow_it_too() -> None:
    few = [*pictures(90, side=80), *pictures(10, side=30)]  # 18 pixels on the canvas, under 22.6
    chosen = planned(few, lineage=Lineage((384, 288), 32.0, "v2"))
    assert chosen.outgrown is not None
    assert "10% of them are too small" in chosen.outgrown
    assert "Start from scratch" in chosen.warnings[0]


def test_boxes_under_the_smallest_matchable_size_are_counted_by_class_with_the_remedy() -> None:
    chosen = planned(pictures(40, side=80), TrainConfig(image_size=(64, 64)))
    assert chosen.warnings == ()  # 8 pixels is what the smallest anchor is for
    tiny = [Picture(ImageSize(640, 480), (Annotation(Box(0, 0, 80, 80), 0), Annotation(Box(0, 0, 9, 9), 1)))]
    [warning] = planned(tiny * 7, TrainConfig(image_size=(384, 288))).warnings
    assert warning.startswith("dust: 7 of 7 boxes are smaller than about 6 pixels at the input size 384x288")
    assert "larger input size" in warning


def test_short_memory_makes_the_steps_smaller_and_says_so() -> None:
    usual, short = planned(pictures(200), memory=64e9), planned(pictures(200), memory=1.2e9)
    assert short.batch_size < usual.batch_size
    assert "only 1.2 GB of memory are free" in choice(short, "batch_size").reason
    assert planned(pictures(200), memory=1e6).batch_size == 1


def test_the_guess_of_time_grows_with_the_work_and_shrinks_with_the_hardware() -> None:
    base = planned(pictures(200), threads=2).seconds
    assert planned(pictures(200), TrainConfig(preset=Preset.R50_V2), threads=2).seconds > base
    assert planned(pictures(200), threads=8).seconds < base
    assert planned(pictures(200), TrainConfig(image_size=(384, 288)), device="cuda").seconds < base
    assert planned(pictures(200), replace(TrainConfig(), max_seconds=10), threads=2).seconds == 10
    assert sum(stage.seconds for stage in planned(pictures(200), threads=2).stages) < base


def test_the_warm_up_ends_well_before_the_run_does() -> None:
    chosen = planned(pictures(4), TrainConfig(epochs=5, batch_size=4))
    assert 1 <= chosen.warmup_steps <= 2


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(TooFewExamples, match="no box"):
        planned([Picture(ImageSize(640, 480))])
    with pytest.raises(TooFewExamples):
        plan(pictures(3), [], LabelSet((), ()), TrainConfig())


def test_planning_loads_no_torch() -> None:
    code = "import sys, detector.learning.planning; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
