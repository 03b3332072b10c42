"""Labels that looked wrong and that people said are right: they are not asked about again.

They are kept by image, class and box and not by the id of a box, so that whoever reads them can tell a label that was
moved since then, and a box of a model that comes back a little off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from detector.domain import Box, ImageSize
from storage import class_aliases
from storage.clock import now
from storage.engine import Database
from storage.errors import NotFound
from storage.lookups import chunks, need_image, new_id
from storage.tables import KeptLabelRow


@dataclass(frozen=True, slots=True)
class KeptLabel:
    """What somebody said is right as it is.

    Attributes:
        kind: what was thought to be wrong, as in detector.advising.suspects.
        class_id, box: of the label; where there is none, and none is wanted, of what was proposed.
        drawn: whether it is a label.
    """

    id: int
    image_id: int
    kind: str
    class_id: int
    box: Box
    drawn: bool
    author: str
    at: datetime


class KeptLabelStore:
    """What was kept, by image."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, image_id: int, kind: str, class_id: int, box: Box, *, drawn: bool, author: str = "") -> KeptLabel:
        """Raises NotFound for an image that is not there or lies in the bin, InvalidBox for a box that sticks out."""
        with self._database.transaction() as connection:
            image = need_image(connection, image_id)
            box.must_lie_in(ImageSize(image.width, image.height))
            details = {"class_id": class_id, "box": list(box.as_tuple()), "drawn": drawn}
            moment = now(connection)
            values = {"image_id": image_id, "kind": kind, "details": details, "author": author, "at": moment}
            kept_id = new_id(connection.execute(insert(KeptLabelRow).values(values)))
            return KeptLabel(kept_id, image_id, kind, class_id, box, drawn, author, moment)

    def remove(self, kept_id: int) -> None:
        """Ask about it again. Raises NotFound for what is not there."""
        with self._database.transaction() as connection:
            if connection.execute(delete(KeptLabelRow).where(KeptLabelRow.id == kept_id)).rowcount != 1:
                raise NotFound(f"there is no kept label {kept_id}")

    def of_images(self, image_ids: Iterable[int]) -> dict[int, tuple[KeptLabel, ...]]:
        """By image id, in the classes of today; images without any are left out."""
        found: dict[int, list[KeptLabel]] = {}
        with self._database.reading() as connection:
            aliases = class_aliases.read(connection)
            for part in chunks(list(dict.fromkeys(image_ids))):
                query = select(KeptLabelRow).where(KeptLabelRow.image_id.in_(part)).order_by(KeptLabelRow.id)
                for row in connection.execute(query):
                    class_id = int(row.details["class_id"])
                    kept = KeptLabel(
                        row.id,
                        row.image_id,
                        row.kind,
                        aliases.shown(class_id),
                        Box(*row.details["box"]),
                        bool(row.details["drawn"]),
                        row.author,
                        row.at,
                    )
                    found.setdefault(row.image_id, []).append(kept)
        return {image_id: tuple(kept) for image_id, kept in found.items()}
