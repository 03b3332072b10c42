"""Messages through a pipe: a head of JSON and a body of bytes, with the lengths of both before them.

No delimiter can stand in a picture by chance, and whoever reads knows whether a message is whole.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

MARK = b"bxl1"
LENGTHS = struct.Struct(">4sIQ")
LONGEST_HEAD = 64 * 2**20  # far more than any; what is longer was written by something else


class Garbled(Exception):
    """What came through the pipe is no message."""


def write_message(stream: IO[bytes], head: Mapping[str, Any], body: bytes = b"") -> None:
    """Send a message. Raises OSError where nobody reads the pipe any more."""
    encoded = json.dumps(head).encode()
    stream.write(LENGTHS.pack(MARK, len(encoded), len(body)) + encoded)
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Wait for the next message; None where the pipe has ended, before one or in the middle of it.

    Raises:
        Garbled: something else came.
    """
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    mark, head_length, body_length = LENGTHS.unpack(lengths)
    if mark != MARK or head_length > LONGEST_HEAD:
        raise Garbled(f"a message begins with {lengths[:8]!r}")
    encoded = stream.read(head_length)
    body = stream.read(body_length)
    if len(encoded) < head_length or len(body) < body_length:
        return None
    try:
        head = json.loads(encoded)
    except ValueError as error:
        raise Garbled("the head of a message is no JSON") from error
    if not isinstance(head, dict):
        raise Garbled("the head of a message is no object")
    return head, body
