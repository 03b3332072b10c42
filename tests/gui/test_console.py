"""How a command ends: one object on stdout, a sentence on stderr, and an exit code."""

from __future__ import annotations

import json
import os
import signal
from threading import Event

import pytest

from gui.commands.console import Console, WrongUse, ending_well
from storage.errors import NotFound


@pytest.mark.parametrize(
    ("error", "code"),
    [(NotFound("there is no cake"), 1), (WrongUse("there is no cake"), 2), (KeyboardInterrupt(), 130)],
    ids=["refused", "wrong use", "stopped"],
)
def test_what_goes_wrong_is_one_object_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    with pytest.raises(SystemExit) as ended, ending_well(Console(as_json=True)):
        raise error
    assert ended.value.code == code
    said = capsys.readouterr()
    assert set(json.loads(said.out)) == {"error"}
    assert "Traceback" not in said.err


def test_what_nobody_foresaw_is_one_object_too_and_its_trace_is_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, ending_well(Console(as_json=True)):
        raise ZeroDivisionError("by accident")
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert "by accident" in json.loads(said.out)["error"]
    assert "Traceback" in said.err


def test_sigterm_tidies_up_as_ctrl_c_does(capsys: pytest.CaptureFixture[str]) -> None:
    before, tidied = signal.getsignal(signal.SIGTERM), Event()
    with pytest.raises(SystemExit) as ended, ending_well(Console(as_json=True)):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            Event().wait(10)
        finally:
            tidied.set()
    assert tidied.is_set()
    assert ended.value.code == 130
    assert json.loads(capsys.readouterr().out) == {"error": "Stopped."}
    assert signal.getsignal(signal.SIGTERM) is before
