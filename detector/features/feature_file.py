"""How the features of one view lie in a file: a header of fixed size, then the bytes of the tensors.

    0   8s    magic          8   I    CRC-32 of all that follows, header and payload
    12  32s   the key        44  H    format     46  H   number of tensors     48  Q   bytes of payload
    56        eight times: B dtype, B dimensions, 2 empty, four I sizes        padded to 256

Little-endian. Each tensor begins at a multiple of 64 bytes. Tensors of three dimensions [C, h, w] lie channels last,
[h, w, C], as the networks compute, and are read back as [C, h, w] with those strides: making a batch is plain copying.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

import torch
from torch import Tensor

FORMAT = 1
HEADER = 256  # bytes
MOST_TENSORS, MOST_DIMENSIONS = 8, 4

_MAGIC = b"BLFEATS\n"
_START, _MIDDLE, _TENSOR = struct.Struct("<8sI"), struct.Struct("<32sHHQ"), struct.Struct("<BB2x4I")
_ALIGNMENT = 64
_DTYPES = (torch.uint8, torch.float32, torch.float16, torch.bfloat16)  # the place is the code in the file: only append


class DamagedFeatures(Exception):
    """A file that is cut short, altered, of another key, of another format, or no such file at all."""


class Encoded(NamedTuple):
    """What to write, one after the other.   size: bytes of all of it."""

    parts: list[bytes | memoryview]
    size: int


class _Layout(NamedTuple):
    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def padded(self) -> int:
        return -(-self.bytes // _ALIGNMENT) * _ALIGNMENT


def encode(key: str, features: Sequence[Tensor]) -> Encoded:
    """The file of these features; their bytes are not copied where they lie channels last on the CPU already.

    Args:
        key: 64 hexadecimal digits.
        features: up to 8 tensors of uint8, float32, float16 or bfloat16, of up to four dimensions.

    Raises:
        ValueError: something else.
    """
    layouts = [_Layout(tensor.dtype, tuple(tensor.shape)) for tensor in features]
    payload = list(_payload(features, layouts))
    size = sum(layout.padded for layout in layouts)
    rest = _MIDDLE.pack(_key_bytes(key), FORMAT, len(layouts), size) + b"".join(_described(one) for one in layouts)
    rest = rest.ljust(HEADER - _START.size, b"\0")
    if len(layouts) > MOST_TENSORS:
        raise ValueError(f"at most {MOST_TENSORS} tensors lie in one file, got {len(layouts)}")
    checksum = zlib.crc32(rest)
    for part in payload:
        checksum = zlib.crc32(part, checksum)
    return Encoded([_START.pack(_MAGIC, checksum), rest, *payload], HEADER + size)


def decode(file: BinaryIO, key: str, size: int) -> tuple[Tensor, ...]:
    """The features in a file opened for reading, unbuffered, at its start. They share one fresh block of memory.

    Args:
        size: of the whole file, in bytes.

    Raises:
        DamagedFeatures: it is not what was written under this key.
        OSError: it cannot be read.
    """
    header = bytearray(HEADER)
    _fill(file, memoryview(header))
    checksum, layouts, length = _read_header(bytes(header), key)
    if size != HEADER + length:
        raise DamagedFeatures(f"{size} bytes instead of {HEADER + length}")
    block = torch.empty(length, dtype=torch.uint8)
    buffer = block.numpy().data
    _fill(file, buffer)
    if zlib.crc32(buffer, zlib.crc32(header[_START.size :])) != checksum:
        raise DamagedFeatures("the checksum does not fit")
    return tuple(_cut(block, layouts))


def _payload(features: Sequence[Tensor], layouts: Sequence[_Layout]) -> Iterator[bytes | memoryview]:
    for tensor, layout in zip(features, layouts, strict=True):
        ordered = tensor.detach().cpu()
        ordered = ordered.permute(1, 2, 0) if ordered.dim() == 3 else ordered
        if layout.bytes:
            yield ordered.contiguous().reshape(-1).view(torch.uint8).numpy().data
        yield bytes(layout.padded - layout.bytes)


def _described(layout: _Layout) -> bytes:
    if layout.dtype not in _DTYPES or len(layout.shape) > MOST_DIMENSIONS:
        raise ValueError(f"features of {layout.dtype} with shape {layout.shape} cannot be kept")
    sizes = (*layout.shape, *[0] * (MOST_DIMENSIONS - len(layout.shape)))
    return _TENSOR.pack(_DTYPES.index(layout.dtype), len(layout.shape), *sizes)


def _read_header(header: bytes, key: str) -> tuple[int, list[_Layout], int]:
    """Checksum, tensors, bytes of payload."""
    magic, checksum = _START.unpack_from(header)
    if magic != _MAGIC:
        raise DamagedFeatures("no file of features")
    written_key, version, count, length = _MIDDLE.unpack_from(header, _START.size)
    if version != FORMAT or count > MOST_TENSORS:
        raise DamagedFeatures(f"of format {version}, not {FORMAT}")
    if written_key != _key_bytes(key):
        raise DamagedFeatures("of another key")
    layouts = []
    for place in range(count):
        code, dimensions, *sizes = _TENSOR.unpack_from(header, _START.size + _MIDDLE.size + place * _TENSOR.size)
        if code >= len(_DTYPES) or dimensions > MOST_DIMENSIONS:
            raise DamagedFeatures("the header makes no sense")
        layouts.append(_Layout(_DTYPES[code], tuple(sizes[:dimensions])))
    # Before memory is taken for it: a damaged number may ask for any amount.
    if length != sum(layout.padded for layout in layouts):
        raise DamagedFeatures("the header makes no sense")
    return checksum, layouts, length


def _cut(block: Tensor, layouts: Sequence[_Layout]) -> Iterator[Tensor]:
    start = 0
    for dtype, shape in layouts:
        layout = _Layout(dtype, shape)
        flat = block[start : start + layout.bytes].view(dtype)
        start += layout.padded
        if len(shape) == 3:
            channels, height, width = shape
            yield flat.reshape(height, width, channels).permute(2, 0, 1)
        else:
            yield flat.reshape(shape)


def _fill(file: BinaryIO, buffer: memoryview) -> None:
    """Read until the buffer is full; a file system may give less than was asked for."""
    filled = 0
    while filled < len(buffer):
        got = file.readinto(buffer[filled:])  # type: ignore[attr-defined]
        if not got:
            raise DamagedFeatures("cut short")
        filled += got


def _key_bytes(key: str) -> bytes:
    digest = bytes.fromhex(key)
    if len(digest) != 32:
        raise ValueError(f"a key has 64 hexadecimal digits, got {key!r}")
    return digest
