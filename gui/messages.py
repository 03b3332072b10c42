"""The one place where an error becomes what a person reads: what happened, to which thing, and what to do."""

from __future__ import annotations

import errno
import re

from detector.errors import DetectorError, OutOfMemory, TrainingDiverged, WeightsUnavailable
from storage.errors import DatabaseBusy, DiskFull, StaleRevision, StorageError

_VERSION = re.compile(r"v\d")


class ServiceError(Exception):
    """A use case that cannot be done as asked; its text is written for the person who reads it.

    Attributes:
        status: the HTTP status that says it best.
    """

    status = 400


class NotYet(ServiceError):
    """Something must be done first: predict before evaluating, label before training."""

    status = 409


class NotAllowed(ServiceError):
    """A folder or a file that this server may not touch."""

    status = 403


class SomebodyElse(ServiceError):
    """A page of one person in a browser where another has logged in meanwhile."""

    status = 401


class NobodyWaits(ServiceError):
    """The page that asked has gone, or has asked for something else, before its question was answered."""

    status = 499  # the usual number for it; no page is there to read it


class ManyWait(ServiceError):
    """So many wait for figures that no more may, or nothing else would be answered."""

    status = 429


class BadRequest(ServiceError, ValueError):
    """An argument that means nothing here; the text names it."""

    status = 422


_REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (OutOfMemory, "Choose a smaller input size or batch, or train on the CPU."),
    (TrainingDiverged, "Lower the learning rate and train again; the best model before that is kept."),
    (WeightsUnavailable, "Name a weights file, or choose the preset retinanet-lite, which needs no download."),
    (DiskFull, "Free some space and try again."),
    (DatabaseBusy, "Try again in a moment."),
    (StaleRevision, "Load the image again."),
)


def explain(error: BaseException) -> str:
    """One or two sentences for a person; never a traceback."""
    if isinstance(error, MemoryError):
        return "This machine has run out of memory. Close other programs, or choose a smaller input size or batch."
    if isinstance(error, (DetectorError, StorageError, ServiceError)):
        return _with_remedy(_sentence(str(error)), error)
    if _is_full_disk(error):
        where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
        return f"There is no room left on the disk{where}. Free some space and try again."
    if isinstance(error, OSError):
        what = error.strerror or type(error).__name__
        where = f" ({error.filename})" if error.filename else ""
        return _sentence(f"{what}{where}")
    return f"Something unexpected happened ({type(error).__name__}: {_first_line(error)}). The log says more."


def _is_full_disk(error: BaseException) -> bool:
    """Whether a file could not be written for want of room; safetensors and torch say so by their texts alone."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    text = str(error)
    return "No space left on device" in text or ("inline_container" in text and "unexpected pos" in text)


def _with_remedy(text: str, error: BaseException) -> str:
    for kind, remedy in _REMEDIES:
        if isinstance(error, kind) and remedy.split()[0].lower() not in text.lower():
            return f"{text} {remedy}"
    return text


def _sentence(text: str) -> str:
    text = text.strip() or "Something went wrong"
    if not _VERSION.match(text):  # a name, small wherever it stands
        text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else f"{text}."


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else "no message"
