"""The view Check labels on a page alone, with a server that waits, fails and changes its mind as a test needs it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Page, expect

from tests.gui.test_check_scripts import suspect

NAMES = ("the first", "the second", "the third")
LABELS = [{"id": f"b{n}", "class_id": 1, "x1": 0, "y1": 0, "x2": 10, "y2": 10, "source": "person"} for n in range(3)]
OPEN = """async (state) => {
  history.replaceState(null, "", "/check?project=1");
  sessionStorage.clear();
  const server = { state, asked: [], reads: 0, reading: null, down: false, refuse: null, held: Promise.resolve() };
  server.release = () => {};
  const log = (text) => {
    server.asked.push(text);
    sessionStorage.asked = server.asked.join();
  };
  server.hold = () => (server.held = new Promise((done) => (server.release = done)));
  window.server = server;
  window.fetch = async (url, { method = "GET", body }) => {
    const path = String(url).split("?")[0];
    const json = (value, status = 200) => new Response(JSON.stringify(value), { status });
    if (method !== "GET") {
      log(`${method} ${path.split("/").at(method === "DELETE" ? -2 : -1)} ${path.split("/")[3]}`);
      await server.held;
    }
    if (server.down) throw new TypeError("no network");
    if (method !== "GET" && server.refuse) return json({ error: server.refuse }, 422);
    if (path.endsWith("/check")) {
      server.reads += method === "GET";
      const answer = json(method === "GET" ? server.state : { id: 9, state: "queued" });
      await server.reading;
      return answer;
    }
    if (path.endsWith("/kept")) return json({ id: 5 }, 201);
    if (method === "PUT") {
      server.labels[path.split("/")[3]] = JSON.parse(body).boxes;
      return json({ revision: 2, state: "done" });
    }
    return json({ revision: 1, state: "done", annotations: server.labels[path.split("/")[3]] });
  };
  server.labels = Object.fromEntries(state.items.map((one) => [one.image_id, state.labels]));
  addEventListener("pagehide", () => log("left"));
  document.body.innerHTML = "<main></main>";
  const { open } = await import("/label_check/main.js");
  const classes = [{ id: 1, name: "cell", color: "#112233" }, { id: 2, name: "WBC", color: "#445566" }];
  window.begin = () => (window.view = open(document.querySelector("main"), { project: { id: 1, classes } }));
  begin();
}"""
ASK = "void document.dispatchEvent(new Event('visibilitychange'))"  # the page is seen again, and asks how it stands
LEAVE = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"  # whether the browser would ask
# Instead of leaving the page it is told that something leads elsewhere.
STAY = """void (navigation.onnavigate = (event) => {
  if (event.destination.sameDocument) return;
  event.preventDefault();
  server.asked.push("left");
})"""


def standing(places: tuple[int, ...] = (0, 1, 2), made_at: str = "2026-01-01", job: Any = None) -> dict[str, Any]:
    """What the server says of a check: each suspect on an image of its own, which is called after it."""
    items = [suspect(place, image_id=10 + place) for place in places]
    images = {10 + place: {"name": NAMES[place], "width": 100, "height": 100} for place in places}
    queue = {"made_at": made_at, "suspects": 3, "boxes": 3, "seen": 0.9}
    return {
        "queue": queue, "items": items, "images": images, "job": job, "done": 10, "seconds": 60, "reason": None,
        "labels": LABELS,
    }  # fmt: skip


def running(message: str) -> dict[str, Any]:
    return {"id": 9, "state": "running", "message": message, "progress": {"fraction": 0.1, "seconds_left": 60}}


def start(page: Page, state: dict[str, Any] | None = None) -> None:
    page.goto(urljoin(page.url, "/shared/dom.js"))
    page.evaluate(OPEN, standing() if state is None else state)
    shows(page, NAMES[0])


def shows(page: Page, name: str) -> None:
    expect(page.locator(".check-asked > .bl-cut")).to_have_text(name)


def dealt(page: Page, count: int) -> None:
    expect(page.locator(".check-progress")).to_contain_text(f"{count} of 3 dealt with")


def asks_to_stay(page: Page, expected: bool) -> None:
    page.wait_for_function(f"(expected) => ({LEAVE})() === expected", arg=expected)
