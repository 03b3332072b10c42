from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from detector.models import precision
from detector.models.precision import FILE, bfloat16_pays, quicker_precision


@pytest.fixture
def gains(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is found when it is timed, one after the other."""
    found: list[float] = []
    monkeypatch.setattr(precision, "_gain", lambda: found.pop(0))
    return found


def test_what_was_found_once_is_not_asked_again_whatever_the_load(tmp_path: Path, gains: list[float]) -> None:
    gains += [2.0, 0.5]
    assert bfloat16_pays(tmp_path / "new" / FILE, 2)
    assert bfloat16_pays(tmp_path / "new" / FILE, 2)
    assert not bfloat16_pays(tmp_path / "new" / FILE, 1), "another number of threads is another question"
    assert gains == []
    assert [p.name for p in (tmp_path / "new").iterdir()] == [FILE]


def test_a_little_quicker_is_not_worth_the_lost_digits(tmp_path: Path, gains: list[float]) -> None:
    gains.append(1.1)
    assert not bfloat16_pays(tmp_path / FILE, 2)


@pytest.mark.parametrize("content", ["", "[1]", json.dumps({"torch": "yes"}), "\x00"])
def test_a_damaged_file_is_found_out_anew(tmp_path: Path, gains: list[float], content: str) -> None:
    gains.append(2.0)
    (tmp_path / FILE).write_text(content)
    assert bfloat16_pays(tmp_path / FILE, 2)
    assert bfloat16_pays(tmp_path / FILE, 2)


def test_where_nothing_can_be_written_it_is_timed_each_time(tmp_path: Path, gains: list[float]) -> None:
    gains += [2.0, 2.0]
    (tmp_path / "file").write_text("no folder")
    assert bfloat16_pays(tmp_path / "file" / FILE, 2)
    assert bfloat16_pays(tmp_path / "file" / FILE, 2)
    assert gains == []


def test_one_answer_holds_for_a_process() -> None:
    cpu = torch.device("cpu")
    assert quicker_precision(cpu) is quicker_precision(cpu)
