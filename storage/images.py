"""Pictures of a project: what is known of each, pages of them, the bin, and their splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, insert, or_, select, update

from detector.domain import ImageSize
from storage import split_drawing
from storage.activity import record
from storage.clock import now
from storage.engine import Database
from storage.image_filter import ImageFilter
from storage.image_pages import ImagePages
from storage.image_rows import to_image
from storage.lookups import chunks, folded, need_image, need_project, storable
from storage.records import ImagePage, ImageState, Neighbours, NewImage, Split, Standing, StoredImage
from storage.review import kept_in_step
from storage.tables import HistogramRow, ImageRow, ModelRow, ProjectRow

UNLABELLED = (ImageState.NEW.value, ImageState.IN_PROGRESS.value)


class ImageStore:
    """The images of each project. Methods raise NotFound for an image or project that is not there."""

    def __init__(self, database: Database, pages: ImagePages) -> None:
        self._database = database
        self._pages = pages

    def add(
        self,
        project_id: int,
        *,
        sha256: str,
        name: str,
        size: ImageSize,
        format: str,
        exif_orientation: int,
        has_view: bool,
        bytes: int,
        split: Split | None = None,
    ) -> tuple[StoredImage, bool]:
        """Add one picture, whose files lie in the workspace already; see `add_many`."""
        image = NewImage(sha256, name, size, format, exif_orientation, has_view, bytes, split)
        return self.add_many(project_id, [image])[0]

    def add_many(self, project_id: int, images: Sequence[NewImage]) -> list[tuple[StoredImage, bool]]:
        """Add pictures in one transaction.

        Returns:
            For each, in the order given, the stored image and whether it is new. One that the project has already
            stays as it is (name and boxes), leaves the bin if it lies there, and gets the split if it has none.
        """
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            wanted = {image.sha256: image for image in reversed(images)}
            known = _by_sha(connection, project_id, list(wanted))
            moment = now(connection)
            fresh = [_values(project_id, image, moment) for sha, image in wanted.items() if sha not in known]
            if fresh:
                connection.execute(insert(ImageRow), fresh[::-1])  # ids in the order given
            _welcome_back(connection, project_id, [(known[sha], wanted[sha]) for sha in known], moment)
            stored = _by_sha(connection, project_id, list(wanted))
            new = set(wanted) - set(known)
            result = []
            for image in images:
                result.append((to_image(stored[image.sha256]), image.sha256 in new))
                new.discard(image.sha256)  # the same picture twice in one call is new once
            return result

    def get(self, image_id: int, deleted: bool = False) -> StoredImage:
        """One image; with `deleted`, also one in the bin."""
        with self._database.reading() as connection:
            return to_image(need_image(connection, image_id, deleted))

    def get_many(self, image_ids: Iterable[int]) -> dict[int, StoredImage]:
        """Images by id; those that are in the bin or not there are left out."""
        found = {}
        with self._database.reading() as connection:
            for part in chunks(sorted(set(image_ids))):
                query = select(ImageRow).join(ProjectRow, ProjectRow.id == ImageRow.project_id)
                live = (ImageRow.deleted_at.is_(None), ProjectRow.deleted_at.is_(None))
                for row in connection.execute(query.where(ImageRow.id.in_(part), *live)):
                    found[row.id] = to_image(row)
        return found

    def are_there(self, image_ids: Iterable[int]) -> bool:
        """Whether none of these images was deleted for good; they may be in the bin."""
        with self._database.reading() as connection:
            for part in chunks(sorted(set(image_ids))):
                if connection.scalar(select(func.count()).where(ImageRow.id.in_(part))) != len(part):
                    return False
        return True

    def big_or_deep(self, after: int, pixels: int, limit: int = 100) -> list[StoredImage]:
        """Images of any project with a greater id and more than so many pixels, or more than 8 bits a sample."""
        wanted = or_(ImageRow.width * ImageRow.height > pixels, ImageRow.bit_depth > 8)
        query = select(ImageRow).where(ImageRow.id > after, wanted, ImageRow.deleted_at.is_(None))
        with self._database.reading() as connection:
            return [to_image(row) for row in connection.execute(query.order_by(ImageRow.id).limit(limit))]

    def set_bit_depth(self, image_id: int, bits: int) -> None:
        """Keep what was found out about an image that came before this was kept."""
        with self._database.transaction() as connection:
            connection.execute(update(ImageRow).where(ImageRow.id == image_id).values(bit_depth=bits))

    def find_by_sha(self, project_id: int, sha256: str) -> StoredImage | None:
        """The image outside the bin with these bytes."""
        return self._first(project_id, ImageRow.sha256 == sha256)

    def find_by_name(self, project_id: int, name: str) -> StoredImage | None:
        """The first image outside the bin with this original file name."""
        return self._first(project_id, ImageRow.name == storable(name))

    def ids(self, project_id: int) -> list[int]:
        """Ids of all images outside the bin, ascending."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            return list(connection.scalars(select(ImageRow.id).where(*_live(project_id)).order_by(ImageRow.id)))

    def done_since(self, project_id: int, moment: datetime) -> int:
        """How many done images outside the bin were saved after a moment."""
        with self._database.reading() as connection:
            fresh = (*_live(project_id), ImageRow.saved_at > moment, ImageRow.state == ImageState.DONE.value)
            return connection.execute(select(func.count()).select_from(ImageRow).where(*fresh)).scalar_one()

    def standing(self, project_id: int) -> Standing:
        """How the images of a project stand, cheaply enough to be asked every few seconds."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            done = func.sum(case((ImageRow.state == ImageState.DONE.value, 1), else_=0))
            query = select(func.count(), func.max(ImageRow.id), done).where(*_live(project_id))
            images, newest, are_done = connection.execute(query).one()
            added = select(ImageRow.created_at).where(ImageRow.id == newest)
            return Standing(images, newest, connection.execute(added).scalar(), are_done or 0)

    def page(
        self,
        project_id: int,
        *,
        after: str | None = None,
        limit: int = 100,
        states: Collection[ImageState] | None = None,
        split: Split | None = None,
        class_id: int | None = None,
        query: str | None = None,
        deleted: bool = False,
    ) -> ImagePage:
        """Some images by ascending id; other orders and filters are in storage.image_pages.

        Args:
            after: the `next_cursor` of the page before.
            limit: how many at most, 1..1000.
            states, split: only images with one of these.
            class_id: only images that carry a box of this class, or of one that was merged with it.
            query: only images whose file name holds this text, in upper or lower case.
            deleted: those in the bin instead of the others.

        Raises:
            InvalidValue: the cursor was not made by this method.
        """
        wanted = ImageFilter(
            states=frozenset(states or ()),
            splits=frozenset() if split is None else frozenset({split}),
            class_ids=frozenset() if class_id is None else frozenset({class_id}),
            query=query or "",
            deleted=deleted,
        )
        return self._pages.page(project_id, wanted, after=after, limit=limit)

    def neighbours(self, image_id: int, *, unlabelled_only: bool = False) -> Neighbours:
        """The images before and after one by id, of all or of those that are neither done nor skipped."""
        with self._database.reading() as connection:
            image = need_image(connection, image_id)
            live = _live(image.project_id)
            wanted = select(ImageRow.id).where(*live)
            if unlabelled_only:
                wanted = wanted.where(ImageRow.state.in_(UNLABELLED))
            before = wanted.where(ImageRow.id < image_id).order_by(ImageRow.id.desc()).limit(1)
            after = wanted.where(ImageRow.id > image_id).order_by(ImageRow.id).limit(1)
            count = select(func.count()).select_from(ImageRow).where(*live)
            return Neighbours(
                connection.execute(before).scalar(),
                connection.execute(after).scalar(),
                connection.execute(count.where(ImageRow.id <= image_id)).scalar_one(),
                connection.execute(count).scalar_one(),
            )

    def delete(self, image_ids: Iterable[int], author: str = "") -> int:
        """Put images into the bin. Ids that are not there are passed over. Returns how many went."""
        return self._move(image_ids, author, to_bin=True)

    def restore(self, image_ids: Iterable[int], author: str = "") -> int:
        """Take images out of the bin with their boxes. Returns how many came back."""
        return self._move(image_ids, author, to_bin=False)

    def set_split(self, image_ids: Iterable[int], split: Split | None) -> int:
        """Give images a split, or take it away. Returns how many there were."""
        changed = 0
        with self._database.transaction() as connection:
            moment = now(connection)
            for part in chunks(sorted(set(image_ids))):
                values = {"split": None if split is None else split.value, "updated_at": moment}
                changed += connection.execute(update(ImageRow).where(ImageRow.id.in_(part)).values(values)).rowcount
        return changed

    def fix_splits(self, project_id: int) -> None:
        """Give each done image that has none a split for good, by the rule of storage.splits, in turns with others."""
        split_drawing.give(self._database, project_id)

    def _first(self, project_id: int, condition: Any) -> StoredImage | None:
        with self._database.reading() as connection:
            need_project(connection, project_id)
            query = select(ImageRow).where(*_live(project_id), condition).order_by(ImageRow.id).limit(1)
            row = connection.execute(query).one_or_none()
            return None if row is None else to_image(row)

    def _move(self, image_ids: Iterable[int], author: str, to_bin: bool) -> int:
        moved: Counter[int] = Counter()  # by project
        with self._database.transaction() as connection:
            moment = now(connection)
            for part in chunks(sorted(set(image_ids))):
                here = ImageRow.deleted_at.is_(None) if to_bin else ImageRow.deleted_at.is_not(None)
                which = (ImageRow.id.in_(part), here)
                moved.update(connection.scalars(select(ImageRow.project_id).where(*which)))
                values = {"deleted_at": moment if to_bin else None, "updated_at": moment}
                with kept_in_step(connection, part):
                    connection.execute(update(ImageRow).where(*which).values(values))
            for project_id, images in moved.items():
                forget_histograms(connection, project_id)
                kind = "images_deleted" if to_bin else "images_restored"
                record(connection, project_id, kind, author, {"images": images})
        return moved.total()


def _live(project_id: int) -> tuple[Any, Any]:
    return (ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None))


def _by_sha(connection: Connection, project_id: int, digests: list[str]) -> dict[str, Row[Any]]:
    found = {}
    for part in chunks(digests):
        query = select(ImageRow).where(ImageRow.project_id == project_id, ImageRow.sha256.in_(part))
        found.update({row.sha256: row for row in connection.execute(query)})
    return found


def _values(project_id: int, image: NewImage, moment: Any) -> dict[str, Any]:
    name = storable(image.name)
    return {
        "project_id": project_id,
        "sha256": image.sha256,
        "name": name,
        "search_name": folded(name),
        "width": image.size.width,
        "height": image.size.height,
        "format": image.format,
        "exif_orientation": image.exif_orientation,
        "has_view": image.has_view,
        "bit_depth": image.bit_depth,
        "bytes": image.bytes,
        "state": ImageState.NEW.value,
        "split": None if image.split is None else image.split.value,
        "revision": 0,
        "boxes": 0,
        "created_at": moment,
        "updated_at": moment,
    }


def _welcome_back(connection: Connection, project_id: int, pairs: list[tuple[Row[Any], NewImage]], moment: Any) -> None:
    """Take images that are added again out of the bin, and give them a split where they have none."""
    with kept_in_step(connection, [row.id for row, _ in pairs if row.deleted_at is not None]):
        for row, image in pairs:
            values: dict[str, Any] = {}
            if row.deleted_at is not None:
                values["deleted_at"] = None
            if row.split is None and image.split is not None:
                values["split"] = image.split.value
            if values:
                connection.execute(update(ImageRow).where(ImageRow.id == row.id).values(updated_at=moment, **values))
    if any(row.deleted_at is not None for row, _ in pairs):
        forget_histograms(connection, project_id)


def forget_histograms(connection: Connection, project_id: int) -> None:
    """Let the scores of its models be counted anew: images came or went."""
    theirs = select(ModelRow.id).where(ModelRow.project_id == project_id)
    connection.execute(delete(HistogramRow).where(HistogramRow.model_version_id.in_(theirs)))
