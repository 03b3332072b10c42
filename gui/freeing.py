"""Gives back the memory of a job that is done, since its process may stay for the next one."""

from __future__ import annotations

import ctypes
import gc
import sys


def free_memory() -> None:
    """Collect what is unreachable, empty torch's caches, and hand free pages back to the system where it can be asked.

    Loads nothing: a process that has not needed torch has nothing of torch's to free.
    """
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if torch is not None and torch.backends.mps.is_available():
        torch.mps.empty_cache()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if trim is not None:
            trim(0)
