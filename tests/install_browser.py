"""Make sure that there is a Chromium for the browser tests: `python -m tests.install_browser`.

Debian's own package is preferred, because it comes with every library that it needs;
elsewhere Playwright brings its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Path of a Chromium on this machine, or None. BOXLOOP_BROWSER names one that lies elsewhere."""
    named = os.environ.get("BOXLOOP_BROWSER")
    if named:
        return named
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True, env=quiet)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=True)


if __name__ == "__main__":
    if find_browser() is None:
        sys.stderr.write("No Chromium found; installing one for the browser tests.\n")
        install()
