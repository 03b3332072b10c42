"""Figures as the JSON of our routes, with the words that explain them. Pure."""

from __future__ import annotations

from dataclasses import asdict

from gui.figures import plotter
from gui.figures.figure_words import FEWER, MAIN, SIZES, shown_in_words
from gui.figures.figuring import Figured
from gui.figures.model_card import model_card
from gui.view_models import Json


def figures(found: Figured) -> Json:
    """All of the page at once, but for the intervals, which take longer."""
    values = found.of.figures
    return {
        "model_version_id": found.of.seen.model.id,
        "card": [asdict(fact) for fact in model_card(found.of.seen, found.threshold)],
        "images": values.images,
        "boxes": values.boxes,
        "threshold": found.threshold,
        "shown": shown_in_words(values.at_threshold.all),
        "notes": [asdict(note) for note in found.of.notes],
        "main": [asdict(words) | {"value": getattr(values, words.key)} for words in MAIN],
        "sizes": [
            {"name": name, "words": words, "ap": getattr(values, f"ap_{key}"), "ar": getattr(values, f"ar_{key}")}
            for key, name, words in SIZES
        ],
        "fewer": [asdict(words) | {"value": getattr(values, words.key)} for words in FEWER],
        "per_class": _per_class(found),
        "mix_ups": [asdict(one) for one in found.confusion.mix_ups()],
        "charts": [chart.to_json() for chart in found.charts()],
        "plotter": plotter.url(),
    }


def _per_class(found: Figured) -> list[Json]:
    values = found.of.figures
    rows = zip(found.classes, values.per_class, values.at_threshold.per_class, strict=True)
    return [
        {
            "class_id": of.id,
            "name": of.name,
            "color": of.color,
            "boxes": figures.boxes,
            "images": figures.images,
            "ap": figures.ap,
            "ap50": figures.ap50,
            "found": shown.recall,
            "right": shown.precision,
            "threshold": shown.threshold,
        }
        for of, figures, shown in rows
    ]
