"""Boxes of models: one packed row per image and model version, and a score histogram per model version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from storage import class_aliases, counting, packing, review
from storage.counting import Counting
from storage.engine import Database
from storage.errors import NotFound
from storage.lookups import chunks, need_model
from storage.packing import Histogram
from storage.records import PredictedImage, StoredPrediction
from storage.tables import HistogramRow, ImageRow, PredictionRow

AT_ONCE = 500  # images that are counted together


class PredictionStore:
    """What each model version found. Nothing here ever touches the boxes of people.

    Methods raise NotFound for a model version that is not there; what a model in the bin found can still be read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counting = Counting(database, HistogramRow, count_anew)

    def put(
        self, model_version_id: int, image_id: int, predictions: Sequence[StoredPrediction], limit_reached: bool
    ) -> None:
        """Store what a model found on one image, instead of what it found before."""
        self.put_many(model_version_id, [(image_id, predictions, limit_reached)])

    def put_many(self, model_version_id: int, rows: Iterable[tuple[int, Sequence[StoredPrediction], bool]]) -> None:
        """Store (image id, predictions, limit reached) for many images in one transaction.

        Raises:
            NotFound: an image that the model's project does not have; nothing is stored then.
        """
        given: dict[int, dict[str, Any]] = {
            image_id: {"packed": packing.pack(predictions), "limit_reached": limit_reached, "best": _best(predictions)}
            for image_id, predictions, limit_reached in rows
        }
        with self._database.transaction() as connection:
            model = need_model(connection, model_version_id, deleted=True)
            in_bin = _places(connection, model.project_id, list(given))
            histogram = counting.stored(connection, HistogramRow, [model_version_id]).get(model_version_id)
            before = _packed(connection, model_version_id, list(given))
            review.begin(connection, model)
            with review.kept_in_step(connection, given):
                for part in chunks(list(before)):
                    connection.execute(delete(PredictionRow).where(*_of(model_version_id, part)))
                values = [{"model_version_id": model_version_id, "image_id": i} | row for i, row in given.items()]
                if values:
                    connection.execute(insert(PredictionRow), values)
            if histogram is None:
                return  # it is counted anew when somebody asks
            for image_id, row in given.items():
                if not in_bin[image_id]:
                    histogram.add(row["packed"], +1)
                    if image_id in before:
                        histogram.add(before[image_id].packed, -1)
            counting.store(connection, HistogramRow, model_version_id, histogram)

    def get(self, model_version_id: int, image_id: int) -> PredictedImage | None:
        """What a model found on an image, best score first; None where it was not asked."""
        return self.of_images(model_version_id, [image_id]).get(image_id)

    def of_images(self, model_version_id: int, image_ids: Iterable[int]) -> dict[int, PredictedImage]:
        """What a model found, by image id; images that it was not asked about are left out."""
        with self._database.reading() as connection:
            need_model(connection, model_version_id, deleted=True)
            rows = _packed(connection, model_version_id, list(dict.fromkeys(image_ids)))
            seen = class_aliases.read(connection).predictions
        return {
            image_id: PredictedImage(image_id, model_version_id, seen(packing.unpack(row.packed)), row.limit_reached)
            for image_id, row in rows.items()
        }

    def as_seen(self, found: Sequence[StoredPrediction]) -> tuple[StoredPrediction, ...]:
        """What a model found just now, in the classes of today, as `of_images` gives what is stored."""
        with self._database.reading() as connection:
            return class_aliases.read(connection).predictions(found)

    def missing(self, model_version_id: int) -> list[int]:
        """Ids of the project's images outside the bin that the model was not asked about yet, ascending."""
        with self._database.reading() as connection:
            model = need_model(connection, model_version_id, deleted=True)
            asked = select(PredictionRow.image_id).where(PredictionRow.model_version_id == model_version_id)
            query = select(ImageRow.id).where(*_live(model.project_id), ImageRow.id.not_in(asked))
            return list(connection.scalars(query.order_by(ImageRow.id)))

    def count(self, model_version_id: int) -> int:
        """On how many images outside the bin the model was asked."""
        with self._database.reading() as connection:
            model = need_model(connection, model_version_id, deleted=True)
            query = (
                select(func.count()).select_from(PredictionRow).join(ImageRow, ImageRow.id == PredictionRow.image_id)
            )
            query = query.where(PredictionRow.model_version_id == model_version_id, *_live(model.project_id))
            return connection.execute(query).scalar_one()

    def histogram(self, model_version_id: int) -> dict[int, tuple[int, ...]]:
        """How many boxes a model found on images outside the bin, by class id in 100 bins of score.

        Bin b counts the scores in [b/100, (b+1)/100), the last one 1.0 too; so boxes from a threshold of t hundredths
        up are the sum of the bins from t on. Classes that were never found and archived ones are left out. Merged
        classes count together, an object that was found as two of them twice.
        """
        with self._database.reading() as connection:
            need_model(connection, model_version_id, deleted=True)
            aliases = class_aliases.read(connection)
        return aliases.summed_bins(self._counting.get(model_version_id).bins())


def _best(predictions: Sequence[StoredPrediction]) -> float:
    return max((p.score for p in predictions), default=0.0)


def _of(model_version_id: int, image_ids: list[int]) -> tuple[Any, Any]:
    return (PredictionRow.model_version_id == model_version_id, PredictionRow.image_id.in_(image_ids))


def _live(project_id: int) -> tuple[Any, Any]:
    return (ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None))


def _places(connection: Connection, project_id: int, image_ids: list[int]) -> dict[int, bool]:
    """Whether each image lies in the bin."""
    found: dict[int, bool] = {}
    for part in chunks(image_ids):
        query = select(ImageRow.id, ImageRow.deleted_at).where(ImageRow.project_id == project_id)
        found.update(
            {row.id: row.deleted_at is not None for row in connection.execute(query.where(ImageRow.id.in_(part)))}
        )
    if missing := [image_id for image_id in image_ids if image_id not in found]:
        raise NotFound(f"project {project_id} has no image {missing[0]}")
    return found


def _packed(connection: Connection, model_version_id: int, image_ids: list[int]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for part in chunks(image_ids):
        rows = connection.execute(select(PredictionRow).where(*_of(model_version_id, part)))
        found.update({row.image_id: row for row in rows})
    return found


def count_anew(connection: Connection, model_version_id: int) -> Histogram:
    """What a model found on images outside the bin, looked up image by image."""
    histogram = Histogram()
    model = need_model(connection, model_version_id, deleted=True)
    query = select(PredictionRow.packed).join(ImageRow, ImageRow.id == PredictionRow.image_id)
    query = query.where(PredictionRow.model_version_id == model_version_id, *_live(model.project_id))
    for part in connection.scalars(query.execution_options(yield_per=AT_ONCE)).partitions():
        histogram.add(b"".join(part), +1)
    return histogram
