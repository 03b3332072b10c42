"""Work that everything else on the machine comes before, within a process whose next job is urgent again.

A process that has lowered its own priority may not raise it again (without rights that no one-user program has). On
Linux priority belongs to threads, and threads inherit it from the one that starts them, torch's included: so the work
gets a thread of its own, and the priority ends with it. Windows lets a process rise again; elsewhere the priority of a
worker has to do.

Desktop Linux gives each session (in the sense of setsid) the same share of the processor, whatever the priorities
within it: a worker, which has a session of its own, would get as much as the server and the browser. So the session
that a worker leads gets a priority too.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread, get_native_id
from typing import TypeVar

import psutil

log = logging.getLogger(__name__)

LOWEST = 19
SESSION = Path("/proc/self/autogroup")  # reads as "/autogroup-7 nice 0"; takes a number
TRIES, PAUSE = 5, 0.12  # Linux takes ten changes a second from all its users together
Result = TypeVar("Result")


def at_low_priority(work: Callable[[], Result]) -> Result:
    """Do the work in a thread, with the lowest priority for processor and disk that can be had for it alone.

    Raises whatever `work` raises.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def do() -> None:
        _lower_this_thread()
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  it is raised again where somebody waits for it
            errors.append(error)

    thread = Thread(target=do, name="low-priority")
    with _WindowsInBackground(), _session_at(LOWEST):
        thread.start()
        thread.join()
    if errors:
        raise errors[0]
    return results[0]


def lower_session(niceness: int) -> None:
    """Give the session that this process leads a priority, where sessions have one; another's is left alone."""
    if not sys.platform.startswith("linux") or os.getsid(0) != os.getpid():
        return
    for _ in range(TRIES):
        try:
            SESSION.write_text(str(niceness), "ascii")
            return
        except OSError as error:
            if error.errno != errno.EAGAIN:
                log.debug("the priority of the session was not lowered: %s", error)
                return
            time.sleep(PAUSE)


def session_niceness() -> int | None:
    """That of the session; None where sessions have none."""
    try:
        return int(SESSION.read_text("ascii").rpartition(" ")[2])
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def _session_at(niceness: int) -> Iterator[None]:
    before = session_niceness()
    if before is None:
        yield
        return
    lower_session(niceness)
    try:
        yield
    finally:
        lower_session(before)


def _lower_this_thread() -> None:
    if not sys.platform.startswith("linux"):
        return
    thread = get_native_id()
    try:
        os.setpriority(os.PRIO_PROCESS, thread, LOWEST)
        psutil.Process(thread).ionice(psutil.IOPRIO_CLASS_IDLE)
    except (OSError, psutil.Error) as error:  # a container may forbid it
        log.debug("the priority of the background work was not lowered: %s", error)


class _WindowsInBackground:
    """On Windows the process is idle while the block runs; elsewhere nothing happens."""

    def __enter__(self) -> None:
        self._before = None
        if sys.platform == "win32":
            self._before = psutil.Process().nice()
            psutil.Process().nice(psutil.IDLE_PRIORITY_CLASS)

    def __exit__(self, *_: object) -> None:
        if sys.platform == "win32" and self._before is not None:
            psutil.Process().nice(self._before)
