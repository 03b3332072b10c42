from __future__ import annotations

import io
import struct
import zlib

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from detector.features.feature_file import FORMAT, HEADER, DamagedFeatures, decode, encode

KEY, OTHER_KEY = "ab" * 32, "cd" * 32
DTYPES = [torch.uint8, torch.float32, torch.float16, torch.bfloat16]

layouts = st.lists(
    st.tuples(st.sampled_from(DTYPES), st.lists(st.integers(0, 5), max_size=4), st.integers(0, 2**31)), max_size=8
)


def tensor(dtype: torch.dtype, shape: list[int], seed: int) -> Tensor:
    """Any bits there may be, NaN of every kind among them."""
    count = torch.Size(shape).numel()
    generator = torch.Generator().manual_seed(seed)
    bits = torch.randint(0, 256, (count * dtype.itemsize,), dtype=torch.uint8, generator=generator)
    return bits.view(dtype).reshape(shape)


def written(features: list[Tensor], key: str = KEY) -> bytes:
    encoded = encode(key, features)
    data = b"".join(encoded.parts)
    assert len(data) == encoded.size
    return data


def read(data: bytes, key: str = KEY) -> tuple[Tensor, ...]:
    return decode(io.BytesIO(data), key, len(data))


def bits(one: Tensor) -> Tensor:
    return one.contiguous().reshape(-1).view(torch.uint8)


SOME = [tensor(torch.bfloat16, [3, 4, 5], 1), tensor(torch.float32, [7], 2)]


@given(layouts)
def test_every_bit_comes_back_with_shape_and_kind(drawn: list[tuple[torch.dtype, list[int], int]]) -> None:
    features = [tensor(*one) for one in drawn]
    again = read(written(features))
    assert [(one.shape, one.dtype) for one in again] == [(one.shape, one.dtype) for one in features]
    assert all(torch.equal(bits(a), bits(b)) for a, b in zip(again, features, strict=True))


@given(st.integers(0, len(written(SOME)) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, change: int) -> None:
    data = bytearray(written(SOME))
    data[place] ^= change
    with pytest.raises(DamagedFeatures):
        read(bytes(data))


@given(st.integers(0, len(written(SOME)) - 1))
def test_any_cut_is_noticed(length: int) -> None:
    with pytest.raises(DamagedFeatures):
        read(written(SOME)[:length])


@pytest.mark.parametrize("data", [b"", b"\0" * 4096, written(SOME) + b"\0", b"GIF89a" * 100])
def test_what_was_never_written_so_is_refused(data: bytes) -> None:
    with pytest.raises(DamagedFeatures):
        read(data)


def test_a_file_under_the_name_of_another_is_refused() -> None:
    with pytest.raises(DamagedFeatures, match="another key"):
        read(written(SOME, OTHER_KEY))


def test_a_sound_file_of_another_format_is_refused() -> None:
    data = bytearray(written(SOME))
    struct.pack_into("<H", data, 44, FORMAT + 1)
    struct.pack_into("<I", data, 8, zlib.crc32(data[12:]))
    with pytest.raises(DamagedFeatures, match="format"):
        read(bytes(data))


def test_a_header_that_asks_for_too_much_memory_is_refused_before_it_is_taken() -> None:
    data = bytearray(written([tensor(torch.uint8, [64], 0)]))
    struct.pack_into("<Q", data, 48, 1 << 60)
    struct.pack_into("<IIII", data, 60, 1 << 30, 1 << 30, 1, 1)
    struct.pack_into("<I", data, 8, zlib.crc32(data[12:]))
    with pytest.raises(DamagedFeatures):
        read(bytes(data))


def test_maps_come_back_channels_last_and_aligned() -> None:
    for one in read(written([tensor(torch.bfloat16, [5, 3, 3], 0), tensor(torch.float32, [5, 3, 3], 1)])):
        assert one.permute(1, 2, 0).is_contiguous()
        assert one.data_ptr() % one.element_size() == 0
    assert HEADER % 64 == 0


@pytest.mark.parametrize("features", [[torch.zeros(2, dtype=torch.int64)], [torch.zeros(1, 1, 1, 1, 1)], [SOME[1]] * 9])
def test_what_cannot_be_kept_is_refused(features: list[Tensor]) -> None:
    with pytest.raises(ValueError, match=r"kept|at most"):
        encode(KEY, features)


@pytest.mark.parametrize("key", ["ab", "zz" * 32])
def test_a_key_is_64_hexadecimal_digits(key: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        encode(key, SOME)
