"""Where everything of a workspace lies on disk, and how a file gets there whole or not at all."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from storage.errors import DiskFull, StorageError

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "ncpfs", "afs", "9p", "ceph"}
    | {"glusterfs", "lustre", "beegfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.davfs2", "fuse.gvfsd-fuse"}
)
SHA256 = re.compile(r"[0-9a-f]{64}")
# what `temporary` names, and the folds that a check of labels had finished when it was stopped
UNFINISHED = re.compile(r"[0-9a-f]{32}(\..*)?|check-\d+")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One folder with one database and the files beside it. Methods give places; nothing is made before `create`."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "boxloop.sqlite3"

    @property
    def is_made(self) -> bool:
        """Whether anything was ever stored here."""
        return self.database.exists()

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def tmp(self) -> Path:
        """For what is not finished; on the same file system, so that `os.replace` into place is atomic."""
        return self.root / "tmp"

    @property
    def features(self) -> Path:
        """What networks' frozen parts see, for all projects. Nothing here must last: what is missing is made again."""
        return self.root / "features"

    @property
    def embeddings(self) -> Path:
        """What images look like to a network, a file each; can be deleted at any time."""
        return self.root / "features" / "embeddings"

    @property
    def cuts(self) -> Path:
        """Tiles to learn from, of pictures that are cut; kept for the next run, and made again where missing."""
        return self.root / "cuts"

    @property
    def waiting_lock(self) -> Path:
        """Held by the worker that waits for the next job."""
        return self.root / "waiting.lock"

    @property
    def identity_file(self) -> Path:
        return self.root / "workspace.id"

    @property
    def server_lock(self) -> Path:
        return self.root / "server.lock"

    @property
    def server_file(self) -> Path:
        return self.root / "server.json"

    def original(self, sha256: str) -> Path:
        """The uploaded file, byte for byte."""
        return self._by_digest("images", sha256, "")

    def view(self, sha256: str, extension: str) -> Path:
        """The browser-ready copy; `extension` is "png" or "jpg"."""
        if extension not in ("png", "jpg"):
            raise ValueError(f"a view is a png or a jpg, got {extension!r}")
        return self._by_digest("views", sha256, f".{extension}")

    def find_view(self, sha256: str) -> Path | None:
        """The browser-ready copy that there is, or None."""
        return next((path for e in ("png", "jpg") if (path := self.view(sha256, e)).is_file()), None)

    def thumb(self, sha256: str) -> Path:
        return self._by_digest("thumbs", sha256, ".jpg")

    def overview(self, sha256: str) -> Path:
        """A copy of a big picture that is small enough to be shown at once."""
        return self._by_digest("overviews", sha256, ".jpg")

    def tiles(self, sha256: str, band: int = 0) -> Path:
        """The tiles of a picture, or of one of its bands of grey."""
        return self._by_digest("tiles", sha256, f"-{int(band)}.tiles")

    def model(self, folder: str) -> Path:
        """The folder of a model version. Raises StorageError for a name that is more than a name."""
        if folder in ("", ".", "..") or Path(folder).name != folder or "\\" in folder:
            raise StorageError(f"{folder!r} is not the name of a model folder")
        return self.models / folder

    def log(self, job_id: int) -> Path:
        return self.logs / f"job-{int(job_id)}.log"

    def looking(self, project_id: int) -> Path:
        """Where the server notes what somebody looks at."""
        return self.tmp / f"looking-{int(project_id)}.json"

    def snapshot(self, digest: str) -> Path:
        return self.root / "snapshots" / f"{_checked(digest)}.json"

    def temporary(self, suffix: str = "") -> Path:
        """A fresh name in tmp/."""
        return self.tmp / f"{uuid.uuid4().hex}{suffix}"

    def create(self) -> None:
        """Make the folders that are missing. Raises StorageError where that is not allowed, DiskFull without room."""
        with file_errors(self.root):
            for folder in (self.root, self.models, self.logs, self.exports, self.backups, self.tmp):
                folder.mkdir(parents=True, exist_ok=True)

    def tidy(self, older_than_seconds: float) -> None:
        """Remove from tmp/ what a process that was killed has left there: uploads, copies and exports half done.

        What is younger may belong to somebody who works just now, and the folders of runs are kept for their resuming.
        A check that goes on later than that begins anew.
        """
        before = time.time() - older_than_seconds
        for place in self.tmp.iterdir():
            try:
                if UNFINISHED.fullmatch(place.name) is None or place.stat().st_mtime > before:
                    continue
                if place.is_dir() and not place.is_symlink():
                    shutil.rmtree(place)
                else:
                    place.unlink()
            except OSError as error:  # no reason not to start
                log.warning("cannot remove %s: %s", place, error)

    def identity(self) -> str:
        """A name that no other workspace has, made on first use; what a browser keeps is filed under it."""
        if not self.identity_file.exists():
            self.write(self.identity_file, uuid.uuid4().hex.encode())
        return self.identity_file.read_text("ascii")

    def write(self, path: Path, data: bytes) -> None:
        """Write a file beside and move it into place, both forced to disk.

        Raises:
            DiskFull: there is no room; what was there before is untouched.
            StorageError: the folder cannot be written.
        """
        beside = self.temporary()
        with file_errors(path):
            try:
                with beside.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                self.adopt(beside, path)
            finally:
                beside.unlink(missing_ok=True)

    def adopt(self, finished: Path, path: Path) -> None:
        """Move a finished file or folder of this workspace into place and force the move to disk."""
        with file_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            finished.replace(path)
            _sync_folder(path.parent)

    def disk_bytes(self) -> int:
        """How many bytes all files of the workspace take."""
        return tree_bytes(self.root)

    def _by_digest(self, kind: str, sha256: str, suffix: str) -> Path:
        digest = _checked(sha256)
        return self.root / kind / digest[:2] / digest[2:4] / f"{digest}{suffix}"


def _checked(sha256: str) -> str:
    if not SHA256.fullmatch(sha256):  # it becomes part of a path
        raise StorageError(f"{sha256[:80]!r} is not a sha256 in lower-case hexadecimal")
    return sha256


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders, and syncs names with the file
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into DiskFull or a StorageError that names it."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"there is no room to write {path}; free some space and try again") from error
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def tree_bytes(folder: Path) -> int:
    """Bytes of all files below a folder; 0 where there is none. Files that vanish meanwhile count as 0."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            total += file_bytes(Path(parent) / name)
    return total


def file_bytes(path: Path) -> int:
    """Bytes of a file, 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def is_network_drive(path: Path) -> bool:
    """Whether a path lies on a file system of another machine, where SQLite's locks cannot be trusted."""
    wanted = path.absolute().resolve()
    best, kind = -1, ""
    for partition in psutil.disk_partitions(all=True):
        mount = Path(partition.mountpoint)
        if wanted.is_relative_to(mount) and len(mount.parts) > best:
            best, kind = len(mount.parts), partition.fstype.lower()
    return kind in NETWORK_FILE_SYSTEMS or str(wanted).startswith("\\\\")
