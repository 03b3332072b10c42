"""What the view Try it keeps, names and asks for, run where it runs."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

__all__ = ["script_page"]
pytestmark = pytest.mark.browser

VIDEO = Path(__file__).parent.parent / "e2e" / "assets" / "moving.webm"


def test_files_are_told_apart_and_walked_through_in_their_order(script_page: Page) -> None:
    found = call(
        script_page,
        "try_out/items.js",
        """(() => {
          const items = new m.Items();
          const file = (name, type = "") => new File(["x"], name, { type });
          items.add([file("a.png", "image/png"), file("b.MOV"), file("c.tiff"), file("d", "video/webm")]);
          const kinds = items.list.map(({ kind }) => kind);
          items.addCamera();
          items.addCamera();
          const names = [items.current.name, items.beside(-1).name, items.beside(1)];
          items.remove(items.current);
          const after = items.current.name;
          items.list.slice().forEach((item) => items.remove(item));
          return { kinds, names, after, left: items.list.length, current: items.current };
        })()""",
    )
    assert found == {
        "kinds": ["picture", "video", "picture", "video"],
        "names": ["Camera", "d", None],
        "after": "d",
        "left": 0,
        "current": None,
    }


def test_a_strip_has_an_end_and_says_how_many_were_left_out(script_page: Page) -> None:
    left, length = call(
        script_page,
        "try_out/items.js",
        """(() => {
          const items = new m.Items();
          const files = Array.from({ length: m.MOST_ITEMS + 7 }, (_, k) => new File(["x"], `${k}.png`));
          return [items.add(files.slice(0, 5)) + items.add(files.slice(5)), items.list.length];
        })()""",
    )
    assert (left, length) == (7, 200)


def test_the_open_picture_is_asked_for_first_then_those_after_it_one_at_a_time(script_page: Page) -> None:
    asked, told, most = call(
        script_page,
        "try_out/asks.js",
        """(async () => {
          const item = (name, kind = "picture") => ({ name, kind, file: name, answers: new Map(), errors: new Map() });
          const list = ["a", "b", "c"].map((name) => item(name));
          list.splice(2, 0, item("film", "video"));
          const items = { list, current: list[1] };
          const asked = [], told = [];
          let now = 0, most = 0;
          const look = async (file) => {
            asked.push(file);
            most = Math.max(most, (now += 1));
            await new Promise((done) => setTimeout(done));
            now -= 1;
            if (file === "c" && asked.length < 3) throw new Error("It failed.");
            return file;
          };
          const signal = new AbortController().signal;
          const tell = (one) => told.push([one.name, one.errors.get(4)?.text ?? null]);
          const asks = new m.Asks({ items, modelId: 4, look, told: tell, signal });
          await Promise.all([asks.go(), asks.go()]);
          items.current = list[0];
          await asks.go();
          asks.again(list[3]);
          while (!list[3].answers.has(4)) await new Promise((done) => setTimeout(done));
          return [asked, told, most];
        })()""",
    )
    assert asked == ["b", "c", "a", "c"]
    assert told == [["b", None], ["c", "It failed."], ["a", None], ["c", None], ["c", None]]
    assert most == 1


def test_frames_and_pasted_pictures_get_names_that_say_what_they_are(script_page: Page) -> None:
    names = call(
        script_page,
        "try_out/names.js",
        """(() => {
          const now = new Date(2026, 10, 2, 3, 5, 9);
          const film = { kind: "video", name: "the.street.mp4" };
          const pasted = (name, type) => m.named(new File(["x"], name, { type }), now).name;
          return [
            m.frameName(film, 63.4), m.frameName(film, 59.999), m.frameName({ kind: "camera", name: "Camera" }, 2, now),
            pasted("image.png", "image/png"), pasted("image.png", "image/jpeg"), pasted("cells.png", "image/png"),
          ];
        })()""",
    )
    assert names == [
        "the.street 1m03.40s.jpg",
        "the.street 1m00.00s.jpg",
        "camera 2026-11-02 03.05.09.jpg",
        "pasted 2026-11-02 03.05.09.png",
        "pasted 2026-11-02 03.05.09.jpg",
        "cells.png",
    ]


def test_a_frame_waits_for_the_answer_to_the_last_and_is_the_one_in_sight_then(script_page: Page) -> None:
    found = call(
        script_page,
        "try_out/frames.js",
        """(async () => {
          const video = document.createElement("video");
          const event = (type) => new Promise((done) => video.addEventListener(type, done, { once: true }));
          video.muted = true;
          video.src = `data:video/webm;base64,${given}`;
          await event("loadeddata");
          let answer, fail, come;
          const asked = [], found = [], failed = [];
          const look = (blob) => {
            asked.push([blob.type, video.currentTime]);
            come?.();
            return new Promise((resolve, reject) => { answer = resolve; fail = reject; });
          };
          const came = () => new Promise((done) => { come = done; });
          const frames = new m.Frames(video, {
            look,
            found: (what, frame) => found.push([what, frames.isOf(frame)]),
            failed: (error) => failed.push(error.message),
          });
          frames.ask();
          while (asked.length < 1) await new Promise((done) => setTimeout(done));
          for (const place of [0.5, 1]) { video.currentTime = place; await event("seeked"); }
          const next = came();
          answer("first");
          await next;
          answer("second");
          while (found.length < 2) await new Promise((done) => setTimeout(done));
          const third = came();
          frames.ask();
          await third;
          fail(new Error("It failed."));
          while (failed.length < 1) await new Promise((done) => setTimeout(done));
          const fourth = came();
          frames.ask();
          await fourth;
          frames.close();
          answer("too late");
          await new Promise((done) => setTimeout(done));
          return { asked, found, failed, rate: frames.rate };
        })()""",
        base64.b64encode(VIDEO.read_bytes()).decode(),
    )
    assert found == {
        "asked": [["image/jpeg", 0], ["image/jpeg", 1], ["image/jpeg", 1], ["image/jpeg", 1]],
        "found": [["first", False], ["second", True]],
        "failed": ["It failed."],
        "rate": None,
    }


# Presses the button with a clipboard of these entries, each a list of its types; null: the browser does not give it.
PASTE = """(async () => {
  const read = async () => {
    if (given === null) throw new DOMException("no", "NotAllowedError");
    return given.map((types) => ({ types, getType: async (type) => new Blob(["x"], { type }) }));
  };
  Object.defineProperty(navigator, "clipboard", { value: { read }, configurable: true });
  document.querySelector(".bl-toasts")?.remove();
  const came = [];
  await m.paste((files) => came.push(...files.map(({ name, type }) => [name.replace(/\\d/g, "0"), type])));
  return { came, said: document.querySelector(".bl-toast-text")?.textContent ?? null };
})()"""


@pytest.mark.parametrize(
    ("clipboard", "came", "said"),
    [
        ([["text/html", "image/png"]], [["pasted 0000-00-00 00.00.00.png", "image/png"]], None),
        ([["text/plain"]], [], "There is no picture in the clipboard"),
        (None, [], "Press Ctrl+V instead"),
    ],
)
def test_the_button_pastes_the_picture_in_the_clipboard_or_says_why_not(
    script_page: Page, clipboard: list[list[str]] | None, came: list[list[str]], said: str | None
) -> None:
    found = call(script_page, "try_out/sources.js", PASTE, clipboard)
    assert found["came"] == came
    assert (said is None and found["said"] is None) or said in found["said"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotAllowedError", "Allow it in the browser's address bar"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "in use by another program"),
        ("AbortError", "cannot be used (what it says)"),
    ],
)
def test_why_there_is_no_camera_is_said_with_what_to_do(script_page: Page, error: str, said: str) -> None:
    sentence = call(script_page, "try_out/camera.js", f'm.cameraSentence(new DOMException("what it says", "{error}"))')
    assert said in sentence


def test_a_page_that_may_not_ask_for_the_camera_says_so(script_page: Page) -> None:
    sentence = call(
        script_page,
        "try_out/camera.js",
        """(() => {
          Object.defineProperty(window, "isSecureContext", { value: false, configurable: true });
          return m.openCamera().catch((error) => error.message).finally(() => delete window.isSecureContext);
        })()""",
    )
    assert "over https" in sentence


MOVING = """
  const stage = { show: () => {} };
  const transport = { attach: () => {}, detach: () => {}, offerOther: () => {}, showRate: () => {} };
  const acts = { stage, transport, look: async () => ({}), changed: () => {} };
  const until = async (is) => {
    for (let n = 0; n < 5000 && !is(); n += 1) await new Promise((done) => setTimeout(done));
    if (!is()) throw new Error(`waited in vain for ${is}`);
  };
"""


def test_a_camera_that_comes_after_another_one_was_asked_for_is_turned_off(script_page: Page) -> None:
    script_page.goto(script_page.url)  # with the camera that a test before took away
    found = call(
        script_page,
        "try_out/moving.js",
        f"(async () => {{ {MOVING}"
        """
          const streams = [0, 1].map(() => document.createElement("canvas").captureStream());
          const given = [];
          const getUserMedia = () => new Promise((done) => given.push(done));
          const mediaDevices = { getUserMedia, enumerateDevices: async () => [] };
          Object.defineProperty(navigator, "mediaDevices", { value: mediaDevices, configurable: true });
          const states = () => streams.map((stream) => stream.getTracks()[0].readyState);
          const moving = new m.Moving({ kind: "camera", name: "Camera", added: null }, acts);
          moving.open("other");
          await until(() => given.length === 2);
          given[1](streams[1]);
          given[0](streams[0]);
          await until(() => states()[0] === "ended");
          const while_shown = states();
          moving.close();
          delete navigator.mediaDevices;
          return [while_shown, states()];
        })()""",
    )
    assert found == [["ended", "live"], ["ended", "ended"]]


def test_a_frame_that_was_taken_is_told_from_those_after_it(script_page: Page) -> None:
    found = call(
        script_page,
        "try_out/moving.js",
        f"(async () => {{ {MOVING}"
        """
          const url = `data:video/webm;base64,${given}`;
          const item = { kind: "video", name: "film.webm", url, added: { imageId: 7 } };
          const moving = new m.Moving(item, acts);
          await until(() => moving.canBeTaken);
          const before = item.added;
          const taken = await moving.take();
          const there = taken.isInSight();
          moving.video.currentTime = 1;
          await until(() => !taken.isInSight());
          moving.close();
          return [before, there];
        })()""",
        base64.b64encode(VIDEO.read_bytes()).decode(),
    )
    assert found == [None, True], "what was added before is not what is in sight after coming back"


def test_the_picture_that_is_taken_off_the_strip_hands_the_focus_to_the_one_that_is_shown(script_page: Page) -> None:
    focused = call(
        script_page,
        "try_out/strip.js",
        """(() => {
          const item = (key) => ({ key, kind: "picture", name: `${key}.png` });
          const [a, b] = [item("a"), item("b")];
          const shown = m.strip({ choose: () => {}, remove: () => {} });
          const state = () => ({ boxes: null, source: null, failed: false });
          document.body.append(shown.element);
          shown.show({ list: [a, b], current: a }, state);
          shown.element.querySelector("[aria-label='Take a.png off']").focus();
          shown.show({ list: [b], current: b }, state);
          const focused = document.activeElement.ariaLabel;
          shown.element.remove();
          return focused;
        })()""",
    )
    assert focused == "b.png"
