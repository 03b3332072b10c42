"""The process that looks at pictures of no project: `python -m gui.trials.trial --server PID [--threads N]`.

Messages (gui.trials.framing) come in on stdin, each with the folder of a model and a picture, and are answered on
stdout one after the other. It ends with stdin, and with the server, even in the middle of a picture. It writes nothing
to the disk.

A message: `{"folder": path}` and the bytes of a picture; without bytes the model is only loaded.
The answer: `{"width", "height", "boxes": [[class id, x1, y1, x2, y2, score], ...], "limit_reached"}`, best score first,
in pixels of the picture as a person sees it, and a JPEG of it where browsers do not show the file itself so; or
`{"refused": why}` for a picture that is not taken, `{"failed": sentence}` for all else that went wrong.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

from PIL import Image

from detector import pixels
from detector.errors import UnreadableImage
from detector.models.predictor import Predictor
from detector.shortage import shortage_is_said
from gui.messages import explain
from gui.trials.framing import Garbled, read_message, write_message
from gui.waiting import end_of
from gui.worker import thread_count

log = logging.getLogger("boxloop.trial")

KEPT = 2  # models; going from one to another and back loads nothing
VIEW_SIDE = 2400  # pixels of a copy for the browser; it is looked at once, and sent with the boxes
WATCH_SECONDS = 1.0

Answer = tuple[dict[str, Any], bytes]


class Looker:
    """Keeps the models that were used last, and looks at one picture at a time.

    Args:
        load: gives the model of a folder.
    """

    def __init__(self, load: Callable[[Path], Predictor]) -> None:
        self._load = load
        self._kept: OrderedDict[Path, Predictor] = OrderedDict()

    def answer(self, head: dict[str, Any], body: bytes) -> Answer:
        """What to say to a message; nothing that goes wrong with it ends the process."""
        try:
            with shortage_is_said():
                return self._look(Path(head["folder"]), body)
        except UnreadableImage as error:
            return {"refused": str(error)}, b""
        except Exception as error:
            log.exception("looking at a picture failed")
            return {"failed": explain(error)}, b""

    def _look(self, folder: Path, body: bytes) -> Answer:
        if not body:
            self._predictor(folder)
            return {}, b""
        as_it_is = pixels.inspect(body).browser_ready
        decoded = None if as_it_is else pixels.load(body)
        predictor = self._predictor(folder)
        [found] = predictor.predict([body if decoded is None else decoded])
        ids = predictor.labels.ids
        head = {
            "width": found.size.width,
            "height": found.size.height,
            "boxes": [[ids[p.label], *p.box.as_tuple(), p.score] for p in found.predictions],
            "limit_reached": found.limit_reached,
        }
        return head, b"" if decoded is None else _view(decoded)

    def _predictor(self, folder: Path) -> Predictor:
        if folder not in self._kept:
            while len(self._kept) >= KEPT:
                self._kept.popitem(last=False)
            self._kept[folder] = self._load(folder)
        self._kept.move_to_end(folder)
        return self._kept[folder]


def _view(picture: Image.Image) -> bytes:
    """JPEG of a decoded picture, which is made smaller in place where it is larger than a screen."""
    picture.thumbnail((VIEW_SIDE, VIEW_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=92, subsampling=0)
    return written.getvalue()


def serve(asked: BinaryIO, answers: BinaryIO, answer: Callable[[dict[str, Any], bytes], Answer]) -> None:
    """Answer messages until nobody asks any more, or nobody reads the answers."""
    while (message := read_message(asked)) is not None:
        try:
            write_message(answers, *answer(*message))
        except OSError:
            return


def end_with(server: int) -> None:
    """End this process when the server has, whatever it is doing then; nothing of it has to be kept."""
    gone = end_of(server)

    def watch() -> None:
        while not gone():
            time.sleep(WATCH_SECONDS)
        os._exit(0)

    Thread(target=watch, name="watch", daemon=True).start()


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """stdin and stdout for messages alone: what a library prints goes to stderr from now on."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return sys.stdin.buffer, answers


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gui.trials.trial", description=__doc__)
    parser.add_argument("--server", type=int, required=True, help="process id of the server to end with")
    parser.add_argument("--threads", type=int, help="CPU threads; chosen where it is not given")
    given = parser.parse_args(arguments)
    asked, answers = _own_pipes()
    end_with(given.server)
    threads = thread_count(given.threads)
    looker = Looker(lambda folder: Predictor(folder, threads=threads))
    try:
        serve(asked, answers, looker.answer)
    except Garbled:
        log.exception("the server sent something else than a message")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
