"""What training costs in memory and time, guessed before it begins. No torch here.

Both tables are for one picture on a canvas of BASE_PIXELS and grow with the number of its pixels. To calibrate them on
a machine, divide what a run of some hundred steps took (its peak of memory less that of one with half the batch) by the
pictures it went through.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import psutil

from detector.runs import Preset, Scope

BASE_PIXELS = 288 * 384
MEMORY_SHARE = 0.5  # of what is free; the rest is for the cache of features and for the person's other programs
FEW_VAL = 10  # validation images; figures from fewer jump

# Bytes that one picture of a step keeps until its gradients are there, in float32.
_STEP_BYTES = {
    (Preset.LITE, Scope.HEAD): 30e6,
    (Preset.LITE, Scope.HEAD_FPN): 30e6,
    (Preset.LITE, Scope.DEEP): 50e6,
    (Preset.LITE, Scope.ALL): 200e6,
    (Preset.R50_V2, Scope.HEAD): 70e6,
    (Preset.R50_V2, Scope.HEAD_FPN): 100e6,
    (Preset.R50_V2, Scope.DEEP): 250e6,
    (Preset.R50_V2, Scope.ALL): 450e6,
}
PART_BYTES = 450e6  # on a CPU; enough for a usual batch of the light network at the usual input size
# What a run holds whatever its batch: the weights, their gradients and moments, and on a CPU torch itself.
_FIXED_BYTES = {Preset.LITE: 500e6, Preset.R50_V2: 1100e6}

# Seconds of one picture on two CPU cores: (as part of a training step, as one to validate on).
_CPU_SECONDS = {
    (Preset.LITE, Scope.HEAD): (0.028, 0.012),
    (Preset.LITE, Scope.HEAD_FPN): (0.028, 0.012),
    (Preset.LITE, Scope.DEEP): (0.055, 0.012),
    (Preset.LITE, Scope.ALL): (0.115, 0.030),
    (Preset.R50_V2, Scope.HEAD): (0.9, 0.35),
    (Preset.R50_V2, Scope.HEAD_FPN): (1.0, 0.35),
    (Preset.R50_V2, Scope.DEEP): (1.2, 0.35),
    (Preset.R50_V2, Scope.ALL): (1.4, 0.35),
}
_GPU_SPEEDUP = {"cuda": 25.0, "mps": 5.0}
_MOST_SPEEDUP = 4.0  # of a CPU over two cores; runs gain little past eight
_RAN_THROUGH = 0.85  # of the epochs, on the average: with enough validation images some runs end early
START_SECONDS = 8.0  # loading torch and the weights


def step_bytes(preset: Preset, scope: Scope, canvas: tuple[int, int], batch: int) -> float:
    """Memory that a run needs at its peak, in bytes, without the cache of features."""
    return _FIXED_BYTES[preset] + batch * _STEP_BYTES[preset, scope] * canvas[0] * canvas[1] / BASE_PIXELS


def batch_that_fits(preset: Preset, scope: Scope, canvas: tuple[int, int], wanted: int, free: float) -> int:
    """The wanted batch, halved until it fits into half of the free memory (bytes); at least 1."""
    batch = wanted
    while batch > 1 and step_bytes(preset, scope, canvas, batch) > MEMORY_SHARE * free:
        batch //= 2
    return batch


def parts_of_a_step(preset: Preset, scope: Scope, canvas: tuple[int, int], batch: int) -> int:
    """Into how many parts a step on a CPU is cut from the start; it takes as long, and its memory is bounded."""
    each = _STEP_BYTES[preset, scope] * canvas[0] * canvas[1] / BASE_PIXELS
    return math.ceil(batch / max(1, PART_BYTES // each))


def stage_seconds(
    preset: Preset,
    scope: Scope,
    canvas: tuple[int, int],
    epochs: int,
    images: tuple[int, int],
    device: str,
    threads: int | None = None,
) -> float:
    """Guess the wall clock of a stage.

    Args:
        images: how many to learn from, and how many to check on.
        device: "cuda", "mps" or "cpu".   threads: of the CPU; None counts its cores.
    """
    learn, check = _CPU_SECONDS[preset, scope]
    train, val = images
    speed = _GPU_SPEEDUP.get(device) or min(_MOST_SPEEDUP, (threads or os.cpu_count() or 1) / 2)
    # with few validation images the patience is so long that a stage seldom ends early
    passes = epochs * (1.0 if val < FEW_VAL else _RAN_THROUGH)
    return passes * (train * learn + val * check) * canvas[0] * canvas[1] / BASE_PIXELS / speed


def free_memory(control_group: Path = Path("/sys/fs/cgroup")) -> float:
    """Bytes that a new process may take: what the machine has free, or what the container leaves, if that is less."""
    free = float(psutil.virtual_memory().available)
    try:
        limit = float((control_group / "memory.max").read_text("ascii"))
        used = float((control_group / "memory.current").read_text("ascii"))
        rows = [row.split() for row in (control_group / "memory.stat").read_text("ascii").splitlines()]
    except (OSError, ValueError):  # not Linux, or without a limit ("max")
        return free
    cached = sum(float(number) for name, number in rows if name in ("active_file", "inactive_file"))
    return max(0.0, min(free, limit - used + cached))
