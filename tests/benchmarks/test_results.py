"""What a measurement leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import results


def test_figures_are_kept_with_the_machine_they_were_measured_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = results.keep("speed", {"seconds": 1.25, "rows": [{"what": "R", "ap": 0.5}]}, tmp_path)
    kept = json.loads(path.read_text("utf-8"))
    assert kept["figures"] == {"seconds": 1.25, "rows": [{"what": "R", "ap": 0.5}]}
    assert {"cpu", "cores", "memory_gb", "torch", "gpu", "load_at_start", "load_at_end"} <= set(kept["machine"])
    assert results.kept("speed", tmp_path) == kept["figures"]
    assert "seconds  1.250" in capsys.readouterr().err
    assert results.kept("never", tmp_path) is None


def test_a_table_is_aligned_and_has_a_dash_where_nothing_is_known() -> None:
    text = results.table(("what", "seconds"), [("R", 712.34), ("warm cache", None)])
    assert text.splitlines() == [
        "what        seconds",
        "----------  -------",
        "R             712.3",
        "warm cache        -",
    ]
