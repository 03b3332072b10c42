from __future__ import annotations

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch
from safetensors.torch import save_file

from detector.architectures.weights import R50_COCO, RemoteFile, WeightSource, default_cache, lite0_imagenet, load_file
from detector.errors import WeightsUnavailable

CONTENT = bytes(range(256)) * 20_000
FILE = RemoteFile("net.pth", hashlib.sha256(CONTENT).hexdigest()[:8])


class Shelf(BaseHTTPRequestHandler):
    """Serves CONTENT, by range where asked for; `broken_after` cuts the first answer short."""

    asked: list[str | None]
    broken_after: int | None

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        if self.path != "/weights/net.pth":
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        cut, type(self).broken_after = self.broken_after, None
        self.wfile.write(CONTENT[start : start + cut] if cut else CONTENT[start:])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def shelf() -> Iterator[type[Shelf]]:
    class Fresh(Shelf):
        asked: list[str | None] = []  # noqa: RUF012
        broken_after = None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fresh)
    Fresh.url = f"http://127.0.0.1:{server.server_port}/weights"  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Fresh
    server.shutdown()
    thread.join()
    server.server_close()


def source(shelf: type[Shelf], tmp_path: Path) -> WeightSource:
    return WeightSource(shelf.url, tmp_path, timeout=5.0)  # type: ignore[attr-defined]


def test_a_file_is_fetched_once_and_progress_is_told(shelf: type[Shelf], tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    notes: list[str] = []
    path = source(shelf, tmp_path).fetch(FILE, on_note=notes.append, on_bytes=lambda *now: seen.append(now))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert notes[-1].endswith("5 of 5 MB")
    source(shelf, tmp_path).fetch(FILE)
    assert len(shelf.asked) == 1
    assert [item.name for item in tmp_path.iterdir()] == ["net.pth"]


def test_a_broken_download_goes_on_where_it_stopped(shelf: type[Shelf], tmp_path: Path) -> None:
    shelf.broken_after = 1_500_000
    with pytest.raises(WeightsUnavailable):
        source(shelf, tmp_path).fetch(FILE)
    assert not (tmp_path / "net.pth").exists()
    have = (tmp_path / "net.pth.part").stat().st_size
    assert 0 < have <= 1_500_000
    assert source(shelf, tmp_path).fetch(FILE).read_bytes() == CONTENT
    assert shelf.asked == [None, f"bytes={have}-"]


def test_a_part_that_is_whole_already_only_needs_its_checksum(shelf: type[Shelf], tmp_path: Path) -> None:
    (tmp_path / "net.pth.part").write_bytes(CONTENT)
    assert source(shelf, tmp_path).fetch(FILE).read_bytes() == CONTENT


def test_a_damaged_file_is_removed_and_said_to_be_damaged(shelf: type[Shelf], tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="damaged"):
        source(shelf, tmp_path).fetch(RemoteFile("net.pth", "00000000"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/nothing-listens", None])
def test_without_the_file_it_is_said_what_to_do(shelf: type[Shelf], tmp_path: Path, url: str | None) -> None:
    wanted = RemoteFile("other.pth", "00") if url is None else FILE
    base = url or shelf.url  # type: ignore[attr-defined]
    with pytest.raises(WeightsUnavailable, match=r"retinanet-lite.*--weights FILE"):
        WeightSource(base, tmp_path, timeout=5.0).fetch(wanted)


def test_the_coco_weights_carry_torchvisions_checksum() -> None:
    assert R50_COCO.name.endswith(f"-{R50_COCO.sha256}.pth")
    assert len(bytes.fromhex(R50_COCO.sha256)) == 4


def test_the_cache_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOXLOOP_CACHE", str(tmp_path))
    assert default_cache() == tmp_path / "weights"


def test_the_installed_package_holds_the_small_networks_weights() -> None:
    assert len(lite0_imagenet()) == 296


def test_tensors_are_read_from_both_kinds_of_file(tmp_path: Path) -> None:
    tensors = {"a": torch.arange(3.0)}
    save_file(tensors, tmp_path / "x.safetensors")
    torch.save({"state_dict": tensors}, tmp_path / "x.pth")
    for name in ("x.safetensors", "x.pth"):
        assert torch.equal(load_file(tmp_path / name)["a"], tensors["a"])


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("this ran",))


def test_a_pickle_that_would_run_code_is_not_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a": Harmful()}, tmp_path / "x.pth")
    with pytest.raises(WeightsUnavailable, match="run code"):
        load_file(tmp_path / "x.pth")
    assert "this ran" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["x.pth", "x.safetensors"])
def test_what_is_no_weights_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsUnavailable):
        load_file(tmp_path / name)
    (tmp_path / name).write_bytes(b"no weights")
    with pytest.raises(WeightsUnavailable):
        load_file(tmp_path / name)
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(WeightsUnavailable, match="named tensors"):
        load_file(tmp_path / "list.pth")
