"""Messages through a pipe come out as they went in, and what is none is told from what is cut short."""

from __future__ import annotations

import io

import pytest

from gui.trials.framing import LENGTHS, MARK, Garbled, read_message, write_message


def sent(*messages: tuple[dict[str, object], bytes]) -> io.BytesIO:
    pipe = io.BytesIO()
    for head, body in messages:
        write_message(pipe, head, body)
    pipe.seek(0)
    return pipe


def test_messages_come_out_as_they_went_in_one_after_the_other() -> None:
    given = [({"folder": "/models/größer"}, bytes(range(256)) * 1000), ({}, b""), ({"boxes": [[1, 0.5]]}, b"bxl1")]
    pipe = sent(*given)
    assert [read_message(pipe) for _ in given] == given
    assert read_message(pipe) is None


@pytest.mark.parametrize("length", [1, LENGTHS.size - 1, LENGTHS.size, LENGTHS.size + 3, -1])
def test_a_message_that_is_cut_short_is_the_end_of_the_pipe(length: int) -> None:
    whole = sent(({"a": 1}, b"picture")).getvalue()
    assert read_message(io.BytesIO(whole[:length])) is None


@pytest.mark.parametrize(
    "written",
    [
        b"UserWarning: something that a library prints\n",
        LENGTHS.pack(MARK, 2**31, 0),
        LENGTHS.pack(MARK, 3, 0) + b"{a}",
        LENGTHS.pack(MARK, 2, 0) + b"[]",
    ],
)
def test_what_is_no_message_is_not_taken_for_one(written: bytes) -> None:
    with pytest.raises(Garbled):
        read_message(io.BytesIO(written))
