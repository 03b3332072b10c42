"""Columns of numbers as one body, which a browser reads as typed arrays without looking at each number.

The body: the length of a JSON head as 4 bytes, the head, and each column on a multiple of 8 bytes; all little-endian.
The head names the columns in their order with their types ("u1", "u2", "i4", "u4", "f4") and lengths; what else it
holds is up to the caller. gui/components/shared/columns.js reads it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/octet-stream"
TYPES = ("u1", "u2", "i4", "u4", "f4")
WORTH_IT = 4096  # bytes, from which compressing pays
QUICKEST = 1  # level of gzip: halves a body in a sixth of a second per 10 MB; higher ones gain little


def packed(head: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> bytes:
    """One body of a head and columns of any shape, which are laid out row by row.

    Raises:
        ValueError: a column of a type that is not taken.
    """
    listed, parts = [], []
    for name, column in columns.items():
        kind = column.dtype.str.lstrip("<|=")
        if kind not in TYPES:
            raise ValueError(f"column {name} has the type {column.dtype}; a browser is given {', '.join(TYPES)}")
        listed.append({"name": name, "type": kind, "length": int(column.size)})
        data = np.ascontiguousarray(column).astype(column.dtype.newbyteorder("<"), copy=False).tobytes()
        parts.append(data + bytes(-len(data) % 8))
    text = json.dumps({**head, "columns": listed}, separators=(",", ":")).encode()
    text += b" " * (-(4 + len(text)) % 8)
    return len(text).to_bytes(4, "little") + text + b"".join(parts)


def answer(request: Request, body: bytes) -> Response:
    """Compressed where the browser takes that."""
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if len(body) >= WORTH_IT and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, QUICKEST)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
