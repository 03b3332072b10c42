"""Small pictures as bytes, for tests of what comes in and goes out."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from PIL import Image


def picture(shade: int = 0, size: tuple[int, int] = (40, 30), format: str = "PNG", **options: Any) -> bytes:
    """A plain picture; another shade gives other bytes."""
    held = io.BytesIO()
    Image.new("RGB", size, (shade, 100, 200)).save(held, format, **options)
    return held.getvalue()


def turned_picture(orientation: int, size: tuple[int, int] = (40, 30)) -> bytes:
    """A JPEG that its EXIF says to turn."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture(size=size, format="JPEG", exif=exif.tobytes())


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()
