"""The server's end of the process that looks at pictures (gui.trials.trial): starts it, asks it, and ends it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from threading import Event, Timer
from typing import Any

from gui.process import SOURCES
from gui.trials.framing import Garbled, read_message, write_message


class ProcessEnded(Exception):
    """It ended, by itself or by another's hand, before it answered."""


class TookTooLong(Exception):
    """It did not answer in time, and was ended."""


class TrialProcess:
    """One such process. One thread at a time asks it; any may end it meanwhile.

    It leads a session of its own, so that Ctrl+C in the server's terminal does not reach it: the server ends it in
    order, and where the server dies, it ends by itself. What it logs goes where the server's log goes.

    Args:
        command: how to start it.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._child = subprocess.Popen(
            command, cwd=SOURCES, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def runs(self) -> bool:
        return self._child.poll() is None

    def ask(self, head: Mapping[str, Any], body: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send a message and wait for the answer.

        Where it raises, the process does not run any more.

        Raises:
            TookTooLong: there was none after `seconds`.
            ProcessEnded: there will be none.
        """
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        late = Event()

        def give_up() -> None:
            late.set()
            self._child.kill()

        timer = Timer(seconds, give_up)
        timer.start()
        answer = None
        try:
            write_message(self._child.stdin, head, body)
            answer = read_message(self._child.stdout)
        except (OSError, ValueError, Garbled):  # ValueError: the pipe was closed by `end` in another thread
            answer = None
        finally:
            timer.cancel()
        if answer is None:
            self.end()
            raise TookTooLong if late.is_set() else ProcessEnded
        return answer

    def end(self) -> None:
        """End it at once, whatever it is doing: it has nothing to keep."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            with contextlib.suppress(OSError):  # what nobody has read is lost
                assert pipe is not None
                pipe.close()


def trial_command(threads: int | None) -> list[str]:
    """The argument list of a process that ends with this one."""
    command = [sys.executable, "-m", "gui.trials.trial", "--server", str(os.getpid())]
    return command if threads is None else [*command, "--threads", str(threads)]
