"""Looking at pictures that belong to no project, with a model that does: nothing of them is kept.

The server has no torch, and a picture must not wait for the seconds that loading it takes. So a process of its own
(gui.trials.trial) is started by the first picture and stays for some minutes after the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from detector import pixels
from detector.domain import Box, ImageSize
from detector.errors import UnreadableImage
from gui.messages import ServiceError
from gui.settings import Settings
from gui.trials.trial_process import ProcessEnded, TookTooLong, TrialProcess, trial_command
from storage.errors import NotFound
from storage.records import ModelVersion, StoredPrediction
from storage.store import Store

IDLE_SECONDS = 5 * 60.0  # without a picture, after which the process gives back its memory
ANSWER_SECONDS = 120.0  # the first one of a process loads torch and the model too
MOST_AT_ONCE = 6  # pictures that are received or wait; each lies in memory


class CannotTry(ServiceError):
    """This model looks at no picture any more."""

    status = 409


class Overtaken(ServiceError):
    """A later picture of the same source came meanwhile."""

    status = 409


class TooBusy(ServiceError):
    """Others try pictures, or the server is about to end."""

    status = 503


class NoAnswer(ServiceError):
    """The process failed at this picture."""

    status = 503


@dataclass(frozen=True, slots=True)
class Tried:
    """What a model finds on a picture.

    Attributes:
        predictions: in the classes of today, best score first.
        limit_reached: there were more; only the best are here.
        view: JPEG bytes of the picture where browsers do not show the file itself as the model sees it; maybe smaller.
        seconds: that looking took, without waiting for others.
    """

    model: ModelVersion
    size: ImageSize
    predictions: tuple[StoredPrediction, ...]
    limit_reached: bool
    view: bytes | None
    seconds: float


class Trying:
    """Threads may share it; they take turns, as one process looks at one picture at a time.

    Args:
        start: starts a process; a test brings its own.   clock: seconds that never go back.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        start: Callable[[], TrialProcess] | None = None,
        clock: Callable[[], float] = time.monotonic,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._store = store
        self._start = start or (lambda: TrialProcess(trial_command(settings.threads)))
        self._clock = clock
        self._answer_seconds = answer_seconds
        self._turn = Lock()  # held while the process is asked
        self._lock = Lock()  # for what stands below; held for moments only
        self._process: TrialProcess | None = None
        self._used_at = 0.0
        self._here = 0
        self._newest: dict[str, int] = {}
        self._closed = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """For one picture, from before it is received until it is answered. Raises TooBusy where there is none."""
        with self._lock:
            if self._here >= MOST_AT_ONCE:
                raise TooBusy("Others are trying pictures just now. Try again in a few seconds.")
            self._here += 1
        try:
            yield
        finally:
            with self._lock:
                self._here -= 1

    def model(self, project_id: int, model_id: int) -> ModelVersion:
        """The model to look with.

        Raises:
            CannotTry: it lies in the bin, or another one has taken its place. NotFound: the project has no such model.
        """
        model = self._store.models.get(model_id, deleted=True)
        if model.project_id != project_id:
            raise NotFound(f"there is no model {model_id} in this project")
        if model.superseded_by is not None:
            raise CannotTry(f"A better v{model.number} has taken the place of this one. Reload the page to try that.")
        if model.deleted_at is not None:
            raise CannotTry(f"v{model.number} lies in the bin. Choose another version, or restore it under Models.")
        return model

    def get_ready(self, model: ModelVersion) -> None:
        """Start the process and load the model, so that the first picture need not wait for it."""
        with self._turn:
            self._ask(model, b"")

    def look(self, model: ModelVersion, picture: bytes, source: str = "") -> Tried:
        """Look at a picture, given as the bytes of its file.

        Args:
            source: a name for the camera or video that it is a frame of: frames that still wait when a later one of
                the same source comes are not looked at. "" for single pictures.

        Raises:
            UnreadableImage: the bytes are no picture that is taken. Overtaken: a later frame came.
            NoAnswer: the process failed; the next picture gets a new one. TooBusy: the server ends.
        """
        pixels.inspect(picture)  # what is no picture at all is refused without starting anything
        with self._newest_of(source) as is_newest, self._turn:
            if not is_newest():
                raise Overtaken("A later frame was looked at instead.")
            began = self._clock()
            head, view = self._ask(model, picture)
            seconds = self._clock() - began
        found = [StoredPrediction(int(b[0]), Box(*b[1:5]), b[5]) for b in head["boxes"]]
        seen = self._store.predictions.as_seen(found)
        size = ImageSize(head["width"], head["height"])
        return Tried(model, size, seen, head["limit_reached"], view or None, seconds)

    def tend(self) -> None:
        """End the process when nobody has tried anything for some minutes; called every few seconds."""
        if self._turn.acquire(blocking=False):
            try:
                if self._process is not None and self._clock() - self._used_at > IDLE_SECONDS:
                    self._process.end()
                    self._process = None
            finally:
                self._turn.release()

    def close(self) -> None:
        """End the process, in the middle of a picture too, and start no other one."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.end()

    @contextmanager
    def _newest_of(self, source: str) -> Iterator[Callable[[], bool]]:
        """For one picture: gives a function that says whether it is the newest of its source still."""
        with self._lock:
            number = self._newest[source] = self._newest.get(source, 0) + 1
        try:
            yield lambda: not source or self._newest.get(source) == number
        finally:
            with self._lock:
                if self._newest.get(source) == number:
                    del self._newest[source]

    def _ask(self, model: ModelVersion, picture: bytes) -> tuple[dict[str, Any], bytes]:
        """Within a turn. Raises UnreadableImage, NoAnswer and TooBusy as `look`."""
        folder = self._store.workspace.model(model.folder).resolve()
        try:
            answer = self._running().ask({"folder": str(folder)}, picture, self._answer_seconds)
        except TookTooLong as error:
            raise NoAnswer(
                "Looking at this picture took too long and was stopped. "
                "Make it smaller, or try again when no run is under way."
            ) from error
        except ProcessEnded as error:
            raise self._why_it_ended() from error
        finally:
            self._used_at = self._clock()
        if (reason := answer[0].get("refused")) is not None:
            raise UnreadableImage(reason)
        if (sentence := answer[0].get("failed")) is not None:
            raise NoAnswer(sentence)
        return answer

    def _running(self) -> TrialProcess:
        """The process, started where there is none or where it has ended since the last picture."""
        with self._lock:
            if self._closed:
                raise TooBusy("The server is about to end.")
            if self._process is None or not self._process.runs:
                self._process = self._start()
            return self._process

    def _why_it_ended(self) -> ServiceError:
        if self._closed:
            return TooBusy("The server is about to end.")
        return NoAnswer(
            "The process that looks at pictures ended before it answered. Try again; if it ends again, "
            "this machine may have too little memory for it: close other programs, or try a smaller picture."
        )
