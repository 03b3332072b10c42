"""What was decided at the front door. Built once by launch.py and passed on; nothing else reads the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from detector.pixels import BIG_PIXELS


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process serves.

    Attributes:
        workspace: the folder with the database and the files.
        host, port: where it listens; port 0 lets the system choose.
        auth_file: names and password hashes; None where nobody logs in, which only loopback may do.
        desktop: open an own window.
        import_roots: folders of this machine that a page may import from; with a login in force, only these.
        max_upload_bytes: of one request.
        threads: CPU threads of a worker; None leaves one core for the page.
        linger_minutes: how long a worker of the server stays after its last job, so that the next one begins at once.
        big_pixels: images with more are shown from tiles.
        background_features: build the features of new images while nothing else is to be done.
    """

    workspace: Path
    host: str = "127.0.0.1"
    port: int = 7860
    auth_file: Path | None = None
    desktop: bool = False
    import_roots: tuple[Path, ...] = ()
    max_upload_bytes: int = 2 * 1024**3
    threads: int | None = None
    linger_minutes: float = 5.0
    background_features: bool = True
    big_pixels: int = BIG_PIXELS

    @property
    def is_loopback(self) -> bool:
        return self.host in ("127.0.0.1", "localhost", "::1")
