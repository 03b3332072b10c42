"""A server, its workspace, and copies of the models that come out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.desk import copy_model


def test_a_kept_model_stays_as_it_was_and_another_one_cannot_take_its_place(tmp_path: Path) -> None:
    model, copy = tmp_path / "model", tmp_path / "copies" / "1"
    (model / "parts").mkdir(parents=True)
    (model / "head.txt").write_text("first", "utf-8")
    (model / "parts" / "body.txt").write_text("body", "utf-8")
    copy_model(model, copy)
    (model / "head.txt").unlink()  # what a folder that gives way to a better model goes through
    (model / "head.txt").write_text("second", "utf-8")
    assert (copy / "head.txt").read_text("utf-8") == "first"
    assert (copy / "parts" / "body.txt").read_text("utf-8") == "body"
    with pytest.raises(FileExistsError):
        copy_model(model, copy)
    assert (copy / "head.txt").read_text("utf-8") == "first"
