"""Numbers, times and sizes as a person says them."""

import pytest

from gui.wording import about, count, joined, size, took


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "about 5 s"),
        (22, "about 20 s"),
        (54, "about 55 s"),
        (58, "about 1 min"),
        (185, "about 3 min"),
        (7300, "about 2 h"),
        (5400, "about 1.5 h"),
    ],
)
def test_guesses_are_round(seconds: float, said: str) -> None:
    assert about(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (3600, "1 h"), (3900, "1 h 5 min")],
)
def test_measured_times_are_exact(seconds: float, said: str) -> None:
    assert took(seconds) == said


@pytest.mark.parametrize(
    ("bytes_", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (812_400, "812 kB"),
        (1_440_000, "1.4 MB"),
        (999_600_000, "1.0 GB"),
        (250_000_000, "250 MB"),
        (2.5e12, "2.5 TB"),
    ],
)
def test_sizes_are_as_disks_are_sold(bytes_: int, said: str) -> None:
    assert size(bytes_) == said


def test_counts_have_their_noun_in_the_right_number() -> None:
    assert count(1, "image") == "1 image"
    assert count(2341, "box", "boxes") == "2,341 boxes"
    assert count(0, "class", "classes") == "0 classes"


def test_names_are_joined_as_in_a_sentence() -> None:
    assert [joined(list(names)) for names in ("", "A", "AB", "ABC")] == ["", "A", "A and B", "A, B and C"]
