"""Work in the background has the lowest priority, and the process goes on with its own."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id

import psutil
import pytest

from gui.low_priority import LOWEST, at_low_priority, session_niceness
from gui.process import SOURCES
from gui.worker import NICENESS

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux gives threads a priority each")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, get_native_id())


def test_what_comes_out_is_handed_on() -> None:
    assert at_low_priority(lambda: 7) == 7


def test_what_goes_wrong_is_raised_where_somebody_waits() -> None:
    def fail() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        at_low_priority(fail)


@linux
def test_the_work_and_the_threads_that_it_starts_are_last_in_line_and_the_rest_is_not() -> None:
    def work() -> tuple[int, int, int]:
        with ThreadPoolExecutor(1) as pool:
            return niceness(), pool.submit(niceness).result(), psutil.Process(get_native_id()).ionice().ioclass

    before = niceness(), psutil.Process().ionice()
    assert at_low_priority(work) == (LOWEST, LOWEST, psutil.IOPRIO_CLASS_IDLE)
    assert (niceness(), psutil.Process().ionice()) == before


sessions = pytest.mark.skipif(session_niceness() is None, reason="sessions have no priority here")
SESSIONS = """
from gui.low_priority import at_low_priority, session_niceness
from gui.worker import lower_priority
lower_priority()
print(session_niceness(), at_low_priority(session_niceness), session_niceness())
"""


def told_by(code: str, *, own_session: bool) -> list[str]:
    command = [sys.executable, "-c", code]
    return subprocess.check_output(command, cwd=SOURCES, text=True, start_new_session=own_session).split()


@sessions
def test_the_session_of_a_worker_comes_after_others_and_last_while_it_works_in_the_background() -> None:
    assert told_by(SESSIONS, own_session=True) == [str(NICENESS), str(LOWEST), str(NICENESS)]


@sessions
def test_a_session_of_somebody_else_keeps_its_priority() -> None:
    before = str(session_niceness())
    assert told_by(SESSIONS, own_session=False) == [before, before, before]
