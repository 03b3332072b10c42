"""Small pictures of single boxes, cut from the pictures as people see them, or from the tiles of big ones."""

from __future__ import annotations

import io
import logging
import math
from collections import OrderedDict
from threading import Lock

from PIL import Image

from detector import pixels
from detector.domain import Box
from gui.tile_cutting import can_cut, cut_from_tiles
from storage.errors import NotFound, StorageError
from storage.records import StoredImage
from storage.tile_file import open_tiles
from storage.workspace import Workspace

log = logging.getLogger(__name__)

MARGIN = 0.2  # of the longer side of the box, so that one sees where it is
LEAST = 24.0  # pixels of the picture on each side: a box of a few pixels alone shows nothing
SIDE = 144  # pixels of the longer side of a crop
KEPT_BYTES = 96 * 2**20  # of decoded pictures: the boxes of a picture are asked for one after the other


class Cropper:
    """Cuts boxes out of pictures; keeps the pictures that were decoded last. Threads may share it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = Lock()
        self._kept: OrderedDict[str, Image.Image] = OrderedDict()

    def crop(self, image: StoredImage, box: Box, side: int = SIDE, *, exact: bool = False) -> tuple[bytes, Box]:
        """JPEG bytes of a box with some of what is round it, and where the cut lies, in pixels of the picture.

        Args:
            side: pixels of the longer side of the crop, at most; a small box is not blown up.
            exact: cut out the box itself, with nothing round it but what makes whole pixels.

        Raises:
            NotFound: the file of the picture is missing.
            UnreadableImage: it cannot be decoded.
        """
        cut = _on_whole_pixels(box) if exact else around(box, image)
        picture, place = self._from_tiles(image, cut, side) or (self._picture(image), cut)
        scale = min(1.0, side / max(cut.width, cut.height))
        size = max(1, round(cut.width * scale)), max(1, round(cut.height * scale))
        picture = picture.resize(size, Image.Resampling.LANCZOS, place.as_tuple(), reducing_gap=2.0)
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=85)
        return written.getvalue(), cut

    def _from_tiles(self, image: StoredImage, cut: Box, side: int) -> tuple[Image.Image, Box] | None:
        """A picture and where the cut lies in it; None where no tiles show the picture as people see it (yet)."""
        try:
            found = open_tiles(self._workspace.tiles(image.sha256))
            return cut_from_tiles(found, cut, side) if found and can_cut(found, image.size) else None
        except (StorageError, OSError) as error:
            log.warning("a box of %s is cut from the whole picture: %s", image.name, error)
            return None

    def _picture(self, image: StoredImage) -> Image.Image:
        with self._lock:  # one at a time: the next request wants the same picture most often
            if (known := self._kept.get(image.sha256)) is not None:
                self._kept.move_to_end(image.sha256)
                return known
            original = self._workspace.original(image.sha256)
            if not original.is_file():
                raise NotFound(f"the picture of {image.name} is missing in the workspace folder")
            picture = self._kept[image.sha256] = pixels.load(original)
            while len(self._kept) > 1 and sum(3 * p.width * p.height for p in self._kept.values()) > KEPT_BYTES:
                self._kept.popitem(last=False)
            return picture


def around(box: Box, image: StoredImage) -> Box:
    """A box with a margin, cut at the borders of the picture, on whole pixels."""
    margin = MARGIN * max(box.width, box.height)
    across, down = (max(margin, (LEAST - side) / 2) for side in (box.width, box.height))
    left, top = int(max(0, box.x1 - across)), int(max(0, box.y1 - down))
    right = min(image.size.width, max(left + 1, int(box.x2 + across + 1)))
    bottom = min(image.size.height, max(top + 1, int(box.y2 + down + 1)))
    return Box(left, top, right, bottom)


def _on_whole_pixels(box: Box) -> Box:
    """The least box on whole pixels that holds this one."""
    return Box(math.floor(box.x1), math.floor(box.y1), math.ceil(box.x2), math.ceil(box.y2))
