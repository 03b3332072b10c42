"""Archives give their pictures and nothing else: no path, no bomb, no link gets through."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.archive_intake import ZipLimits, add_zip
from gui.intake import Intake, IntakeResult
from storage.records import Project
from storage.store import Store
from storage.workspace import Workspace
from tests.gui.picture_files import picture, zipped


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    with Store(Workspace(tmp_path / "workspace")) as opened:
        yield Intake(opened)


@pytest.fixture
def project(intake: Intake) -> Project:
    return intake.store.projects.create("Cells")


def statuses(results: list[IntakeResult]) -> dict[str, str]:
    return {result.name: result.status for result in results}


def test_pictures_of_all_folders_come_in_and_bad_ones_stop_nothing(intake: Intake, project: Project) -> None:
    files = {
        "a.png": picture(1),
        "deep/er/b.png": picture(2),
        "again.png": picture(1),
        "broken.jpg": b"no picture",
        "notes.txt": b"hello",
        "__MACOSX/._a.png": b"junk",
        "deep/.DS_Store": b"junk",
        "inner.zip": zipped({"c.png": picture(3)}),
    }
    results = add_zip(intake, project.id, "all.zip", zipped(files))
    assert statuses(results) == {
        "a.png": "added",
        "b.png": "added",
        "again.png": "duplicate",
        "broken.jpg": "failed",
        "notes.txt": "failed",
        "inner.zip": "failed",
    }
    assert all(result.reason for result in results if result.status != "added")


def test_an_archive_may_be_given_as_a_file(intake: Intake, project: Project, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zipped({"a.png": picture()}))
    assert statuses(add_zip(intake, project.id, path.name, path)) == {"a.png": "added"}


@pytest.mark.parametrize("name", ["../../../evil.png", "/tmp/evil.png", "..\\..\\evil.png", "C:\\evil.png"])
def test_paths_that_lead_out_are_only_text(intake: Intake, project: Project, tmp_path: Path, name: str) -> None:
    results = add_zip(intake, project.id, "slip.zip", zipped({name: picture()}))
    assert statuses(results) == {"evil.png": "added"}
    assert not list(tmp_path.rglob("evil.png"))
    assert not Path("/tmp/evil.png").exists()


def test_names_in_utf_8_that_the_archive_does_not_declare_are_read(intake: Intake, project: Project) -> None:
    """Made under ASCII names of the same length and then patched, as archives of old tools look."""
    for shade, (stand_in, raw, expected) in enumerate(
        [("QQQQQQ.png", "写真".encode(), "写真.png"), ("RR.png", b"\x81\xfe", "ü■.png")]  # the second is code page 437
    ):
        data = zipped({stand_in: picture(shade)}).replace(stand_in[:-4].encode(), raw)
        assert statuses(add_zip(intake, project.id, "names.zip", data)) == {expected: "added"}


def test_a_bomb_is_refused_by_what_it_declares(intake: Intake, project: Project) -> None:
    data = zipped({"a.png": picture(), "huge.bmp": bytes(500_000)})
    assert len(data) < 5_000
    results = add_zip(intake, project.id, "bomb.zip", data, ZipLimits(total_bytes=100_000))
    assert statuses(results) == {"bomb.zip": "failed"}
    results = add_zip(intake, project.id, "bomb.zip", data, ZipLimits(file_bytes=100_000))
    assert statuses(results) == {"a.png": "added", "huge.bmp": "failed"}
    results = add_zip(intake, project.id, "bomb.zip", data, ZipLimits(files=1))
    assert statuses(results) == {"bomb.zip": "failed"}


def test_a_bomb_that_lies_about_its_size_does_not_get_through(intake: Intake, project: Project) -> None:
    """5 MB of zeros that both headers declare as 1000 bytes."""
    data = zipped({"huge.bmp": bytes(5_000_000)})
    lying = data.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 1000))
    assert lying != data
    results = add_zip(intake, project.id, "bomb.zip", lying, ZipLimits(total_bytes=2000))
    assert [result.status for result in results] == ["failed"]
    assert not [path for path in intake.store.workspace.root.rglob("*") if path.is_file() and path.stat().st_size > 4e6]


def test_an_archive_is_taken_up_to_its_limit_and_refused_above(intake: Intake, project: Project) -> None:
    plain = {f"{shade}.bmp": picture(shade, format="BMP") for shade in range(3)}
    all_of_them = sum(len(data) for data in plain.values())
    refused = add_zip(intake, project.id, "a.zip", zipped(plain), ZipLimits(total_bytes=all_of_them - 1))
    assert statuses(refused) == {"a.zip": "failed"}
    taken = add_zip(intake, project.id, "a.zip", zipped(plain), ZipLimits(total_bytes=all_of_them))
    assert [result.status for result in taken] == ["added"] * 3


def test_links_and_locked_entries_are_reported(intake: Intake, project: Project) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.png", picture())
    results = add_zip(intake, project.id, "links.zip", held.getvalue())
    assert statuses(results) == {"link.png": "failed", "a.png": "added"}
    locked = bytearray(zipped({"b.png": picture(9)}))
    locked[6] |= 1  # the flag in the entry's own header
    locked[locked.index(b"PK\x01\x02") + 8] |= 1  # and in the list at the end
    (result,) = add_zip(intake, project.id, "locked.zip", bytes(locked))
    assert result.reason is not None and "password" in result.reason


def test_a_damaged_entry_costs_only_itself(intake: Intake, project: Project) -> None:
    data = bytearray(zipped({"a.png": picture(1), "b.png": picture(2)}, zipfile.ZIP_STORED))
    data[data.index(b"IDAT") + 6] ^= 0xFF  # in a.png: the checksum no longer fits
    results = add_zip(intake, project.id, "torn.zip", bytes(data))
    assert statuses(results) == {"a.png": "failed", "b.png": "added"}


@pytest.mark.parametrize("data", [b"", b"no zip", zipped({"a.png": picture()})[:-30], zipped({})])
def test_what_is_no_archive_is_reported_under_its_own_name(intake: Intake, project: Project, data: bytes) -> None:
    results = add_zip(intake, project.id, "folder/x.zip", data)
    assert statuses(results) == {"x.zip": "failed"}
    assert results[0].reason
