"""What is done where memory, of the device or of the machine, is short: it is told from other errors, and said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from detector.errors import OutOfMemory

TOO_LITTLE = (
    "There is not enough memory even for one image at a time. Choose a smaller input size, or close other programs."
)

# What torch says where it raises a plain RuntimeError: on the CPU of Linux and Windows, in libraries of CUDA, on MPS.
_WORDS = ("can't allocate memory", "not enough memory", "ALLOC_FAILED", "out of memory")


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that memory, of the device or the host, is short."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _WORDS)


@contextmanager
def shortage_is_said() -> Iterator[None]:
    """Raises OutOfMemory, whose text is written for a person, for a shortage that nothing inside could cope with."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_shortage(error):
            raise
        raise OutOfMemory(TOO_LITTLE) from error
