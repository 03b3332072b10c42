"""Guesses of memory and time grow with the work, and a container's limit counts as the machine's."""

from pathlib import Path

import psutil
import pytest

from detector.learning.costs import batch_that_fits, free_memory, parts_of_a_step, stage_seconds, step_bytes
from detector.runs import Preset, Scope

SIZE = (384, 288)


@pytest.mark.parametrize("preset", list(Preset))
def test_memory_grows_with_batch_size_and_depth(preset: Preset) -> None:
    small = step_bytes(preset, Scope.HEAD, SIZE, 2)
    assert small < step_bytes(preset, Scope.HEAD, SIZE, 4) < step_bytes(preset, Scope.HEAD, (768, 576), 4)
    assert small < step_bytes(preset, Scope.DEEP, SIZE, 2) < step_bytes(preset, Scope.ALL, SIZE, 2)


def test_the_batch_is_halved_until_it_fits_and_never_to_nothing() -> None:
    plenty, short = 64e9, 2 * step_bytes(Preset.LITE, Scope.DEEP, SIZE, 4)
    assert batch_that_fits(Preset.LITE, Scope.DEEP, SIZE, 16, plenty) == 16
    assert batch_that_fits(Preset.LITE, Scope.DEEP, SIZE, 16, short) == 4
    assert batch_that_fits(Preset.LITE, Scope.DEEP, SIZE, 16, 0.0) == 1


@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("scope", list(Scope))
def test_a_step_on_large_pictures_is_cut_so_that_it_takes_no_more_memory_than_usual(
    preset: Preset, scope: Scope
) -> None:
    assert parts_of_a_step(Preset.LITE, Scope.DEEP, SIZE, 8) == 1
    assert parts_of_a_step(Preset.LITE, Scope.DEEP, (640, 480), 8) == 3
    assert parts_of_a_step(preset, scope, (4000, 3000), 8) == 8, "one picture at a time is the least"
    assert parts_of_a_step(preset, scope, SIZE, 1) == 1


def test_time_grows_with_the_work_and_shrinks_with_the_hardware() -> None:
    def guess(scope: Scope = Scope.HEAD, epochs: int = 10, device: str = "cpu", threads: int = 2) -> float:
        return stage_seconds(Preset.LITE, scope, SIZE, epochs, (200, 50), device, threads)

    assert guess() < guess(Scope.DEEP) < guess(Scope.ALL)
    assert guess(epochs=20) == pytest.approx(2 * guess())
    assert guess(device="cuda") < guess(threads=8) < guess()


def control_group(folder: Path, limit: str, used: int, cached: int) -> Path:
    (folder / "memory.max").write_text(f"{limit}\n", "ascii")
    (folder / "memory.current").write_text(f"{used}\n", "ascii")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {cached}\nactive_file 0\n", "ascii")
    return folder


def test_in_a_container_its_limit_counts(tmp_path: Path) -> None:
    assert free_memory(control_group(tmp_path, "2000000", 1_500_000, 300_000)) == 800_000


def test_without_a_limit_the_machines_free_memory_counts(tmp_path: Path) -> None:
    free = psutil.virtual_memory().available
    assert free_memory(tmp_path / "none") == pytest.approx(free, rel=0.5)
    assert free_memory(control_group(tmp_path, "max", 1, 1)) == pytest.approx(free, rel=0.5)
