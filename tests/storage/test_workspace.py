from __future__ import annotations

import errno
import os
import sys
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from storage.errors import DiskFull, StorageError
from storage.workspace import Workspace, file_errors, is_network_drive, tree_bytes
from tests.storage.samples import sha


def test_files_lie_where_the_agreement_says(tmp_path: Path) -> None:
    place, digest = Workspace(tmp_path), sha("x")
    folders = f"{digest[:2]}/{digest[2:4]}"
    assert place.database == tmp_path / "boxloop.sqlite3"
    assert place.original(digest) == tmp_path / f"images/{folders}/{digest}"
    assert place.view(digest, "png") == tmp_path / f"views/{folders}/{digest}.png"
    assert place.thumb(digest) == tmp_path / f"thumbs/{folders}/{digest}.jpg"
    assert place.model("m-1") == tmp_path / "models/m-1"
    assert place.log(7) == tmp_path / "logs/job-7.log"
    assert place.snapshot(digest) == tmp_path / f"snapshots/{digest}.json"
    assert place.features == tmp_path / "features"
    assert place.looking(3) == tmp_path / "tmp/looking-3.json"


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n"])
def test_a_digest_that_is_none_makes_no_path(tmp_path: Path, digest: str) -> None:
    place = Workspace(tmp_path)
    for make in (place.original, place.thumb, place.snapshot):
        with pytest.raises(StorageError):
            make(digest)


@pytest.mark.parametrize("folder", ["", ".", "..", "a/b", "../a", "/etc", "a\\b"])
def test_a_model_folder_stays_in_its_place(tmp_path: Path, folder: str) -> None:
    with pytest.raises(StorageError, match="model folder"):
        Workspace(tmp_path).model(folder)


def test_a_view_is_found_whatever_its_kind(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    place.create()
    assert place.find_view(sha("x")) is None
    place.write(place.view(sha("x"), "jpg"), b"jpeg")
    assert place.find_view(sha("x")) == place.view(sha("x"), "jpg")
    with pytest.raises(ValueError, match="png or a jpg"):
        place.view(sha("x"), "svg")


def test_a_file_is_written_whole_and_replaces_what_was_there(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    place.create()
    path = place.original(sha("x"))
    for data in (b"first", b"second"):
        place.write(path, data)
        assert path.read_bytes() == data
    assert list(place.tmp.iterdir()) == []
    assert place.disk_bytes() == tree_bytes(tmp_path) == 6


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    place.create()
    target = place.exports / "full"
    target.mkdir()
    (target / "inside").write_bytes(b"kept")
    with pytest.raises(StorageError, match="cannot write"):
        place.write(target, b"a file cannot replace a folder")
    assert (target / "inside").read_bytes() == b"kept"
    assert list(place.tmp.iterdir()) == []


def test_what_a_killed_process_left_is_removed_once_nobody_can_want_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create()
    old, new, run = workspace.temporary(".zip"), workspace.temporary(), workspace.tmp / "run-7"
    left, check, young_check = workspace.temporary(), workspace.tmp / "check-3", workspace.tmp / "check-4"
    for file in (old, new, run / "run.json", left / "deep" / "a.jpg", check / "fold", young_check / "fold"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    for place in (old, run, left, check):
        os.utime(place, (1, 1))

    workspace.tidy(older_than_seconds=3600)

    assert sorted(workspace.tmp.iterdir()) == sorted([new, run, young_check])  # a run can be resumed for ever
    assert (run / "run.json").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_named_as_such() -> None:
    path = Path("/dev/full")
    with pytest.raises(DiskFull, match="free some space"), file_errors(path), path.open("wb", buffering=0) as file:
        file.write(b"x")


def test_other_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there") as raised, file_errors(tmp_path / "there"):
        raise OSError(errno.EACCES, "Permission denied")
    assert not isinstance(raised.value, DiskFull)


def test_a_workspace_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file"):
        Workspace(tmp_path / "file" / "workspace").create()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
def test_a_network_drive_is_told_by_its_nearest_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Mount = namedtuple("Mount", "mountpoint fstype")
    here = os.fspath(tmp_path.resolve())
    mounts = [Mount("/", "ext4"), Mount(f"{here}/share", "nfs4"), Mount(f"{here}/share/disk", "xfs")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    assert not is_network_drive(tmp_path / "local")
    assert is_network_drive(tmp_path / "share" / "not" / "yet" / "there")
    assert not is_network_drive(tmp_path / "share" / "disk")
    assert not is_network_drive(tmp_path / "shared")  # a name that begins alike
