"""What is chosen for a run follows from the data, and what the caller stated is never touched."""

import subprocess
import sys
from dataclasses import replace

import pytest

from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.errors import TooFewExamples
from detector.planning import Lineage, Picture, Plan, plan
from detector.runs import Preset, Scope, TrainConfig

LABELS = LabelSet((1, 2), ("cell", "dust"))


def pictures(count: int, size: tuple[int, int] = (640, 480), side: float = 80) -> list[Picture]:
    return [Picture(ImageSize(*size), (Annotation(Box(0, 0, side, side), 0),)) for _ in range(count)]


def planned(train: list[Picture], config: TrainConfig | None = None, **more: object) -> Plan:
    return plan(train, pictures(20), LABELS, config or TrainConfig(), **more)  # type: ignore[arg-type]


def test_photos_of_4_to_3_are_seen_at_384x288_on_a_cpu() -> None:
    assert planned(pictures(200)).image_size == (384, 288)


def test_upright_photos_get_an_upright_canvas() -> None:
    assert planned(pictures(200, size=(480, 640))).image_size == (288, 384)


def test_a_gpu_gets_a_larger_canvas() -> None:
    large = pictures(200, size=(1600, 1200), side=200)
    width, height = planned(large, device="cuda").image_size
    assert width * height > 2 * 384 * 288


def test_small_objects_get_a_larger_canvas_and_the_reason_says_so() -> None:
    chosen = planned(pictures(200, size=(1600, 1200), side=30))
    assert chosen.image_size[0] > 384
    assert any("larger than usual" in reason for reason in chosen.reasons)


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


def test_whatever_the_caller_states_is_taken_as_it_stands() -> None:
    stated = TrainConfig(epochs=3, batch_size=5, image_size=(96, 64), learning_rate=0.01, patience=2)
    chosen = planned(pictures(40), stated)
    assert chosen.config == stated


def test_the_filled_config_leaves_nothing_open_and_every_choice_has_a_reason() -> None:
    chosen = planned(pictures(40))
    config = chosen.config
    assert (config.image_size, config.batch_size, config.epochs) == (
        chosen.image_size,
        chosen.batch_size,
        chosen.epochs,
    )
    assert (config.learning_rate, config.patience) == (chosen.learning_rate, chosen.patience)
    text = " ".join(chosen.reasons)
    for word in ("Input 384x288", "anchor", "a step", f"{chosen.epochs} passes", "Learning rate", "stops after"):
        assert word in text


def test_a_lineage_fixes_canvas_and_anchors() -> None:
    chosen = planned(pictures(40), TrainConfig(image_size=(64, 64)), lineage=Lineage((320, 256), 12.0))
    assert (chosen.image_size, chosen.smallest_anchor) == ((320, 256), 12.0)


def test_training_everything_uses_a_lower_learning_rate() -> None:
    assert planned(pictures(40), TrainConfig(scope=Scope.ALL)).learning_rate < planned(pictures(40)).learning_rate


def test_the_guess_of_time_grows_with_the_work_and_shrinks_with_the_hardware() -> None:
    base = planned(pictures(200), threads=2).seconds
    assert planned(pictures(200), TrainConfig(preset=Preset.R50_V2), threads=2).seconds > base
    assert planned(pictures(200), threads=8).seconds < base
    assert planned(pictures(200), TrainConfig(image_size=(384, 288)), device="cuda").seconds < base
    assert planned(pictures(200), replace(TrainConfig(), max_seconds=10), threads=2).seconds == 10


def test_the_warm_up_ends_well_before_the_run_does() -> None:
    chosen = planned(pictures(4), TrainConfig(epochs=5, batch_size=4))
    assert 1 <= chosen.warmup_steps <= 2


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(TooFewExamples, match="no box"):
        planned([Picture(ImageSize(640, 480))])
    with pytest.raises(TooFewExamples):
        plan(pictures(3), [], LabelSet((), ()), TrainConfig())


def test_planning_loads_no_torch() -> None:
    code = "import sys, detector.planning; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
