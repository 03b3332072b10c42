"""plotly's own script, which draws our charts: out of the installed package, never from another site.

The package is not imported (that takes a second and is needed for nothing): only its file is read.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
from importlib.metadata import version
from pathlib import Path

PREFIX = "/ui-plotly"
NAME = "plotly.min.js"


def url() -> str:
    """The address of the script on our server; it changes with the version."""
    return f"{PREFIX}/{installed_version()}/{NAME}"


@functools.cache
def installed_version() -> str:
    """Of the package, such as "7.1.0"."""
    return version("plotly")


def script() -> bytes:
    """The script as it lies in the package, about 5 MB of UTF-8."""
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        raise RuntimeError("plotly is not installed")
    return Path(found.origin).with_name("package_data").joinpath(NAME).read_bytes()


@functools.cache
def packed_script() -> bytes:
    """The same in gzip: a third of the size, for those who come over a network."""
    return gzip.compress(script(), 6, mtime=0)
