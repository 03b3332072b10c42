"""Whether bfloat16 is worth it on a device: it must be there, and it must be quicker."""

from __future__ import annotations

import time
from functools import lru_cache

import torch
from torch import nn

WORTH_IT = 1.15  # times quicker; under it the exacter one is kept


def quicker_precision(device: torch.device) -> torch.dtype:
    """bfloat16 or float32 for backbone and head on this device."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return _cpu_precision(torch.get_num_threads()) if device.type == "cpu" else torch.float32


@lru_cache(maxsize=8)
def _cpu_precision(threads: int) -> torch.dtype:
    """Timed on a convolution such as the head's: many CPUs compute bfloat16, few of them faster."""
    try:
        gain = _conv_seconds(torch.float32) / _conv_seconds(torch.bfloat16)
    except RuntimeError:  # not supported by this build
        return torch.float32
    return torch.bfloat16 if gain > WORTH_IT else torch.float32


@torch.inference_mode()
def _conv_seconds(dtype: torch.dtype) -> float:
    conv = nn.Conv2d(64, 64, 3, padding=1).to(dtype).to(memory_format=torch.channels_last)
    x = torch.zeros(4, 64, 40, 48, dtype=dtype).contiguous(memory_format=torch.channels_last)
    best = float("inf")
    for _ in range(8):
        start = time.perf_counter()
        conv(x)
        best = min(best, time.perf_counter() - start)
    return best
