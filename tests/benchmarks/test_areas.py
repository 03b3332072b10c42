"""Rectangles to drag."""

from __future__ import annotations

from benchmarks.areas import best_area, contains


def test_an_area_takes_in_what_is_wanted_and_leaves_out_what_costs_more_than_it_brings() -> None:
    row = [((10.0 * n, 5.0), 1.0) for n in range(4)]
    found = best_area(row, [])
    assert found is not None
    assert found[0] == 4
    found = best_area(row, [((25.0, 5.0), 3.0)])
    assert found is not None
    gain, area = found
    assert gain == 3
    assert [contains(area, point) for point, _ in row] == [True, True, True, False]


def test_where_nothing_is_gained_there_is_no_area() -> None:
    assert best_area([], []) is None
    assert best_area([((5.0, 5.0), 1.0)], [((5.0, 5.0), 1.0)]) is None
