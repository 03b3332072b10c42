"""Small pictures of single boxes, cut from the pictures as people see them."""

from __future__ import annotations

import io
from collections import OrderedDict
from threading import Lock

from PIL import Image

from detector import pixels
from detector.domain import Box
from storage.errors import NotFound
from storage.records import StoredImage
from storage.workspace import Workspace

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

    def crop(self, image: StoredImage, box: Box) -> tuple[bytes, Box]:
        """JPEG bytes of a box with some of what is round it, and where the cut lies, in pixels of the picture.

        Raises:
            NotFound: the file of the picture is missing.
            UnreadableImage: it cannot be decoded.
        """
        cut = around(box, image)
        picture = self._picture(image).crop((round(cut.x1), round(cut.y1), round(cut.x2), round(cut.y2)))
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=85)
        return written.getvalue(), cut

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
