"""Work that everything else on the machine comes before, within a process whose next job is urgent again.

A process that has lowered its own priority may not raise it again (without rights that no one-user program has). On
Linux priority belongs to threads, and threads inherit it from the one that starts them, torch's included: so the work
gets a thread of its own, and the priority ends with it. Windows lets a process rise again; elsewhere the priority of a
worker has to do.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from threading import Thread, get_native_id
from typing import TypeVar

import psutil

log = logging.getLogger(__name__)

LOWEST = 19
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
    with _WindowsInBackground():
        thread.start()
        thread.join()
    if errors:
        raise errors[0]
    return results[0]


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
