"""How well a model counts, for people who need to know how many there are and not where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from detector.measuring.thresholded import CountError
from gui.charts.chart import HOVER_END, Chart, Json
from gui.wording import count, share

EVEN = 0.05  # objects an image; less is as good as none
SMALLEST, LARGEST = 7.0, 26.0  # CSS pixels across of a dot


def counting(true: Sequence[int], found: Sequence[int], off: CountError | None) -> Chart:
    """A dot for each pair of counts, the larger the more images have it; on the line they agree.

    Args:
        true, found: boxes in each image; those of the model from the thresholds up.
        off: how far these are apart.
    """
    images = Counter(zip(true, found, strict=True))
    most = max(images.values(), default=1)
    top = max([1, *true, *found])
    pairs = sorted(images)
    dots: Json = {
        "type": "scatter",
        "mode": "markers",
        "x": [pair[0] for pair in pairs],
        "y": [pair[1] for pair in pairs],
        "marker": {
            "size": [round(SMALLEST + (LARGEST - SMALLEST) * (images[pair] / most) ** 0.5, 1) for pair in pairs],
            "color": "--bl-accent",
            "opacity": 0.7,
            "line": {"width": 1, "color": "--bl-panel"},
        },
        "text": [_sentence(*pair, images[pair]) for pair in pairs],
        "hovertemplate": f"%{{text}}{HOVER_END}",
        "showlegend": False,
    }
    line: Json = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, top],
        "y": [0, top],
        "line": {"color": "--bl-muted", "width": 1, "dash": "dash"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    span = [-0.04 * top - 0.3, 1.04 * top + 0.3]
    layout: Json = {
        "xaxis": {"title": {"text": "True objects in an image"}, "range": span, "tickformat": ",d"},
        "yaxis": {"title": {"text": "Boxes that are shown there"}, "range": span, "tickformat": ",d"},
    }
    empty = "No image to count in."
    return Chart(
        "counting",
        "Does the number come out right?",
        words(off),
        (line, dots) if pairs else (),
        layout,
        360,
        empty,
    )


def words(off: CountError | None) -> str:
    """How far counts are off an image, and whether that evens out over all of them."""
    if off is None:
        return ""
    told = (
        f"In {share(off.exact)} of the images the number of boxes is exactly right; "
        f"on average it is off by {off.mean_absolute:.1f} an image."
    )
    if abs(off.mean) < EVEN:
        return f"{told} Over all images together it comes out right."
    more = f"{abs(off.mean):.1f} too {'many' if off.mean > 0 else 'few'} an image"
    return f"{told} That does not even out: on average the model counts {more}."


def _sentence(true: int, found: int, images: int) -> str:
    return f"{count(images, 'image')}: {count(true, 'object')}, {count(found, 'box', 'boxes')} found"
