"""Which classes are taken for which: a matrix with a row and a column for "nothing"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from gui.charts.chart import HOVER_END, LONGEST, Chart, ClassName, Json, as_text

NOT_FOUND = "not found"
NOTHING_THERE = "nothing there"
MOST_WITH_NUMBERS = 24  # classes; numbers in smaller fields cannot be read
FIELD, TALLEST = 34, 760  # CSS pixels of height: of a row, of the whole
LETTER = 6  # CSS pixels of width
FEW_CLASSES = 4  # whose names stand side by side
DARK = 0.5  # share of a row from which numbers are written in white
MOST_MIX_UPS = 5


@dataclass(frozen=True, slots=True)
class MixUp:
    """A field off the diagonal: how many boxes, what happened to them, and the address of these mistakes."""

    boxes: int
    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many boxes of which class were found as which.

    Attributes:
        matrix: [K + 1][K + 1]; rows are what is true, columns what the model says. The last row are boxes where nothing
            is, the last column is true but not found.
        classes: [K].
    """

    matrix: Sequence[Sequence[int]]
    classes: Sequence[ClassName]

    def chart(self) -> Chart:
        """Shades are shares of a row; a click on a field gives its address."""
        places = list(range(len(self.classes) + 1)) if self.matrix else []
        heat: Json = {
            "type": "heatmap",
            "z": [[self._share(truth, said) for said in places] for truth in places],
            "x": places,
            "y": places,
            "zmin": 0,
            "zmax": 1,
            "colorscale": [[0, "--bl-panel"], [1, "--bl-accent"]],
            "showscale": False,
            "xgap": 1,
            "ygap": 1,
            "text": [[as_text(self._hover(truth, said), 80) for said in places] for truth in places],
            "customdata": [[self._mark(truth, said) for said in places] for truth in places],
            "hovertemplate": f"%{{text}}{HOVER_END}",
        }
        names = [of.text for of in self.classes]
        longest = max([len(NOTHING_THERE), *(min(len(of.name), LONGEST) for of in self.classes)])
        slanting = len(names) > FEW_CLASSES or longest > len(NOTHING_THERE)
        head = {"side": "top", "tickangle": -40 if slanting else 0}
        across, up = LETTER * longest, (LETTER * longest * 2 // 3 if slanting else 0) + 24
        layout: Json = {
            "xaxis": self._axis("What the model says", [*names, f"<i>{NOT_FOUND}</i>"]) | head,
            "yaxis": self._axis("What is true", [*names, f"<i>{NOTHING_THERE}</i>"]) | {"autorange": "reversed"},
            "margin": {"l": 40 + across, "t": 40 + up, "b": 12},
            "annotations": [] if self._is_large else self._numbers(),
        }
        words = (
            "What became of the boxes of each row. On the diagonal: right. Beside it: taken for another class. "
            "Last column: missed. Last row: boxes where nothing is."
        )
        anything = any(any(row) for row in self.matrix)
        height = min(TALLEST, 52 + up + FIELD * len(places))
        empty = "Neither a true box nor one of the model in these images."
        return Chart("confusion", "What is taken for what", words, (heat,) if anything else (), layout, height, empty)

    def mix_ups(self) -> list[MixUp]:
        """What goes wrong most often, in words."""
        fields = [
            (number, truth, said)
            for truth, row in enumerate(self.matrix)
            for said, number in enumerate(row)
            if number and truth != said
        ]
        fields.sort(key=lambda field: -field[0])
        return [
            MixUp(number, self._sentence(truth, said), self._address(truth, said))
            for number, truth, said in fields[:MOST_MIX_UPS]
        ]

    @property
    def _is_large(self) -> bool:
        return len(self.classes) > MOST_WITH_NUMBERS

    def _axis(self, title: str, names: list[str]) -> Json:
        ticks = {"tickvals": list(range(len(names))), "ticktext": names}
        return {"title": {"text": title}, "showgrid": False, "automargin": False, **ticks}

    def _share(self, truth: int, said: int) -> float | None:
        whole = sum(self.matrix[truth])
        if truth == said == len(self.classes):
            return None  # nothing there and nothing found: nobody can count that
        if not self.matrix[truth][said] and self._is_large:
            return None  # thousands of fields, nearly all of them empty, weigh nothing then
        return round(self.matrix[truth][said] / whole, 4) if whole else 0.0

    def _numbers(self) -> list[Json]:
        return [
            {
                "x": said,
                "y": truth,
                "text": f"{number:,}",
                "showarrow": False,
                "font": {"color": "--bl-accent-text" if (self._share(truth, said) or 0) > DARK else "--bl-text"},
            }
            for truth, row in enumerate(self.matrix)
            for said, number in enumerate(row)
            if number and self._share(truth, said) is not None
        ]

    def _hover(self, truth: int, said: int) -> str:
        if self._share(truth, said) is None:
            return ""
        return f"{self._sentence(truth, said)}: {self.matrix[truth][said]:,} of {sum(self.matrix[truth]):,}"

    def _mark(self, truth: int, said: int) -> str:
        return "" if self._share(truth, said) is None else self._address(truth, said)

    def _sentence(self, truth: int, said: int) -> str:
        nothing = len(self.classes)
        if truth == nothing:
            return f"{self.classes[said].name} found where nothing is"
        if said == nothing:
            return f"{self.classes[truth].name} not found"
        true = self.classes[truth].name
        return f"{true} found" if truth == said else f"{true} taken for {self.classes[said].name}"

    def _address(self, truth: int, said: int) -> str:
        """What the view of mistakes is to show, as part of its address."""
        nothing = len(self.classes)
        if truth == said:
            return urlencode({"kind": "right", "class": self.classes[said].id})
        if truth == nothing:
            return urlencode({"kind": "background", "class": self.classes[said].id})
        if said == nothing:
            return urlencode({"kind": "missed", "truth": self.classes[truth].id})
        pair = {"truth": self.classes[truth].id, "class": self.classes[said].id}
        return urlencode({"kind": "wrong_class", **pair})
