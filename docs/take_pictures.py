"""Take the pictures of the README and the guide, and every page to look at: `python docs/take_pictures.py URL FOLDER`.

URL is a running Boxloop with a project that has labels, a model and predictions; the demo after one training run will
do. Every page is taken in light and dark, 1280 and 1920 pixels wide, and as on a phone.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.install_browser import find_browser

PAGES = ("images", "label", "train", "predictions", "evaluate", "models")
SCREENS = {"1280": (1280, 800), "1920": (1920, 1080), "phone": (390, 844)}
THEMES = ("light", "dark")


def addresses(url: str) -> dict[str, str]:
    """Address of each page for the first project; Label opens a done image, so that there are boxes to see."""
    project = httpx.get(f"{url}/api/projects").json()[0]["id"]
    done = httpx.get(f"{url}/api/projects/{project}/images", params={"state": "done", "limit": 3}).json()["items"]
    found = {page: f"{url}/{page}?project={project}" for page in PAGES}
    if done:
        found["label"] += f"&image={done[-1]['id']}"
    return {"projects": f"{url}/", **found}


def take(browser: Browser, url: str, folder: Path) -> None:
    for theme in THEMES:
        for screen, (width, height) in SCREENS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if theme == "dark" else "light",
            )
            page = context.new_page()
            for name, address in addresses(url).items():
                page.goto(address)
                page.wait_for_selector(".top-bar", timeout=30_000)
                page.wait_for_timeout(1200)  # plots and thumbnails come in after the page
                page.screenshot(path=folder / f"{name}-{theme}-{screen}.png")
            context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        take(browser, options.url.rstrip("/"), options.folder)
        browser.close()


if __name__ == "__main__":
    main()
