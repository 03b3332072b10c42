"""Pictures out of a zip archive. Nothing is ever written under a name that the archive gives."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gui.intake import Intake, IntakeResult, SourceUnreadable, free_bytes, opened, plain_name, staged
from storage.formats.reading import has_picture_ending, is_junk

_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError),
    *(NotImplementedError, EOFError, struct.error, OverflowError, UnicodeError),
)


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """What an archive may hold. Both what it declares and what really comes out are held against the sizes."""

    files: int = 200_000
    file_bytes: int = 2 * 1024**3
    total_bytes: int = 64 * 1024**3


def add_zip(
    intake: Intake, project_id: int, name: str, data: bytes | Path, limits: ZipLimits | None = None
) -> list[IntakeResult]:
    """Take every picture of an archive, folders within it included; what a system left behind is passed over.

    Returns:
        One result for each file. An archive that is refused as a whole gives one, under its own name.
    """
    intake.store.projects.get(project_id)
    limits = limits or ZipLimits()
    try:
        with opened(data) as file, zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_junk(entry)]
            if reason := _refusal(entries, limits, free_bytes(intake.store.workspace)):
                return [IntakeResult(plain_name(name), "failed", reason=reason)]
            return list(_add_entries(intake, project_id, archive, entries, limits))
    except SourceUnreadable as error:
        return [IntakeResult(plain_name(name), "failed", reason=str(error))]
    except (*_ZIP_ERRORS, OSError) as error:
        return [
            IntakeResult(plain_name(name), "failed", reason=f"this zip archive is damaged ({error}); make it again")
        ]


def _add_entries(
    intake: Intake, project_id: int, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: ZipLimits
) -> Iterator[IntakeResult]:
    left = limits.total_bytes
    for entry in entries:
        name = plain_name(entry_name(entry))
        if reason := _entry_refusal(entry, name, limits):
            yield IntakeResult(name, "failed", reason=reason)
            continue
        result, taken = _add_entry(intake, project_id, archive, entry, min(limits.file_bytes, left))
        left -= taken
        yield result


def _add_entry(
    intake: Intake, project_id: int, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int
) -> tuple[IntakeResult, int]:
    """The result, and how many bytes really came out."""
    name = plain_name(entry_name(entry))
    workspace = intake.store.workspace
    try:
        with archive.open(entry) as packed, staged(workspace, packed, most) as (copy, sha256):
            taken = copy.stat().st_size
            return intake.add_staged(project_id, name, copy, sha256), taken
    except SourceUnreadable as error:
        return IntakeResult(name, "failed", reason=str(error)), min(most, entry.file_size)
    except _ZIP_ERRORS as error:
        return IntakeResult(name, "failed", reason=f"it is damaged inside the archive ({error})"), 0


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name as meant. Many tools write UTF-8 without saying so, which zipfile reads as code page 437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _is_junk(entry: zipfile.ZipInfo) -> bool:
    return any(is_junk(part) for part in PurePosixPath(entry_name(entry).replace("\\", "/")).parts if part != "..")


def _refusal(entries: list[zipfile.ZipInfo], limits: ZipLimits, free: int) -> str | None:
    """Why an archive is refused as a whole, by what it declares."""
    if not entries:
        return "this zip archive holds no files"
    if len(entries) > limits.files:
        return f"this zip archive holds {len(entries)} files; at most {limits.files} are taken at once"
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes:
        return f"this zip archive unpacks to {_size(total)}; at most {_size(limits.total_bytes)} are taken at once"
    if total > free:
        return f"this zip archive unpacks to {_size(total)}, but only {_size(free)} are free on the disk"
    return None


def _entry_refusal(entry: zipfile.ZipInfo, name: str, limits: ZipLimits) -> str | None:
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "this is a link, which is not followed"
    if entry.flag_bits & 1:
        return "it is protected by a password; unpack the archive first"
    if entry.file_size > limits.file_bytes:
        return f"it unpacks to {_size(entry.file_size)}; at most {_size(limits.file_bytes)} are taken"
    if name.lower().endswith(".zip"):
        return "this is an archive inside an archive; upload it by itself"
    if PurePosixPath(name).suffix and not has_picture_ending(Path(name)):
        return "not a picture, judging by its ending"
    return None


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
