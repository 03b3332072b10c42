"""Which device computes: CUDA, else Apple's MPS, else the CPU.

`python -m detector.devices` prints it as JSON, so that a process without torch can ask.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import torch


@dataclass(frozen=True, slots=True)
class Device:
    """A device by torch's name for it ("cuda", "mps", "cpu"), and what a person calls it."""

    device: str
    name: str


def describe() -> Device:
    """The device that `device="auto"` means on this machine."""
    if torch.cuda.is_available():
        return Device("cuda", torch.cuda.get_device_name())
    if torch.backends.mps.is_available():
        return Device("mps", f"Apple GPU ({platform.machine()})")
    return Device("cpu", f"{_processor()}, {available_cores()} cores")


def resolve(wanted: str) -> torch.device:
    """The torch device for "auto", "cuda", "mps" or "cpu".

    Raises:
        ValueError: the device is unknown or not there.
    """
    if wanted == "auto":
        return torch.device(describe().device)
    if wanted == "cpu":
        return torch.device("cpu")
    if wanted == "cuda" and torch.cuda.is_available():
        return torch.device("cuda")
    if wanted == "mps" and torch.backends.mps.is_available():
        return torch.device("mps")
    raise ValueError(f"this machine has no device {wanted!r}; take auto or cpu")


def available_cores() -> int:
    """Cores that this process may use; containers and task sets often give fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "CPU"


def main() -> None:
    sys.stdout.write(json.dumps(asdict(describe())) + "\n")


if __name__ == "__main__":
    main()
