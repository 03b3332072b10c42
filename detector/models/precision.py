"""Whether bfloat16 is worth it on a device: it must be there, and it must be quicker.

On a CPU that is timed once and remembered: a choice that went with the load of the moment would make two runs differ,
and features kept in one precision useless to the other.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

from detector.architectures.weights import default_cache

WORTH_IT = 1.15  # times quicker; under it the exacter one is kept
ROUNDS = 8
FILE = "precision.json"


def quicker_precision(device: torch.device) -> torch.dtype:
    """bfloat16 or float32 for backbone and head on this device."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return _cpu_precision(torch.get_num_threads()) if device.type == "cpu" else torch.float32


@lru_cache(maxsize=8)
def _cpu_precision(threads: int) -> torch.dtype:
    return torch.bfloat16 if bfloat16_pays(default_cache().parent / FILE, threads) else torch.float32


def bfloat16_pays(file: Path, threads: int) -> bool:
    """What was found on this machine before, or is found now and written to `file`, where that can be written."""
    machine = f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {threads} of {os.cpu_count()}"
    known = _read(file)
    if machine not in known:
        known[machine] = _gain() > WORTH_IT
        _write(file, known)
    return known[machine]


def _gain() -> float:
    """How many times quicker bfloat16 is in a convolution such as the head's: many CPUs compute it, few of them faster.

    Timed in turns, and by the best of each, so that other programs do not decide.
    """
    try:
        seconds = [[_conv_seconds(dtype) for dtype in (torch.float32, torch.bfloat16)] for _ in range(ROUNDS)]
    except RuntimeError:  # not supported by this build
        return 0.0
    return min(full for full, _ in seconds) / min(half for _, half in seconds)


@torch.inference_mode()
def _conv_seconds(dtype: torch.dtype) -> float:
    conv = nn.Conv2d(64, 64, 3, padding=1).to(dtype).to(memory_format=torch.channels_last)
    x = torch.zeros(4, 64, 40, 48, dtype=dtype).contiguous(memory_format=torch.channels_last)
    conv(x)
    start = time.perf_counter()
    conv(x)
    return time.perf_counter() - start


def _read(file: Path) -> dict[str, bool]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, bool)} if isinstance(found, dict) else {}


def _write(file: Path, known: dict[str, bool]) -> None:
    beside = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    with suppress(OSError):  # then it is timed again next time
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(known, indent=2), "utf-8")
        beside.replace(file)
    with suppress(OSError):
        beside.unlink(missing_ok=True)
