"""The device is found once, and a process without torch can ask for it."""

import json
import subprocess
import sys

import pytest
import torch

from detector import devices


def test_the_module_prints_what_it_found_as_json() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "detector.devices"], check=True, capture_output=True, text=True
    ).stdout
    found = json.loads(printed)
    assert found == {"device": devices.describe().device, "name": devices.describe().name}
    assert found["name"]


def test_auto_is_the_device_that_is_described() -> None:
    assert devices.resolve("auto").type == devices.describe().device


def test_the_best_device_that_is_there_is_taken() -> None:
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert devices.describe().device == expected


def test_a_device_that_is_not_there_is_refused_by_name() -> None:
    absent = next(d for d in ("cuda", "mps") if d != devices.describe().device)
    with pytest.raises(ValueError, match=absent):
        devices.resolve(absent)
    with pytest.raises(ValueError, match="abacus"):
        devices.resolve("abacus")


def test_the_cpu_can_always_be_asked_for() -> None:
    assert devices.resolve("cpu") == torch.device("cpu")
    assert devices.available_cores() >= 1
