"""Curves as a picture. matplotlib comes with the extra `bench`; without it there is a sentence instead of a plot."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

Curve = Sequence[tuple[float, float]]  # (seconds, figure)


def plot_curves(path: Path, title: str, y_label: str, curves: Mapping[str, Sequence[Curve]]) -> Path | None:
    """Draw each named group of curves (one a seed) in one colour over a logarithmic time axis; see `plot_lines`."""
    return plot_lines(path, title, "seconds since the click", y_label, curves, logarithmic=True, marker=".")


def plot_lines(
    path: Path,
    title: str,
    x_label: str,
    y_label: str,
    curves: Mapping[str, Sequence[Curve]],
    *,
    logarithmic: bool = False,
    marker: str = "",
) -> Path | None:
    """Draw each named group of curves (one a seed) in one colour.

    Args:
        path: of the SVG or PNG.
        logarithmic: the axis to the right.

    Returns:
        `path`, or None where matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        print("No plot: matplotlib is not installed. `pip install boxloop[bench]` brings it.", file=sys.stderr)
        return None
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "boxloop"  # the same figures give the same file
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 4.5))
    for color, (name, group) in enumerate(curves.items()):
        for number, curve in enumerate(group):
            places, values = zip(*curve, strict=True) if curve else ((), ())
            label = name if number == 0 else None
            axes.plot(places, values, marker=marker, linewidth=1.2, color=f"C{color}", label=label)
    if logarithmic:
        axes.set_xscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.set_title(title)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="lower right" if logarithmic else "best")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)
    return path
