"""A model folder put to work: pictures in, boxes in pixels of the picture out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from detector import devices, pixels
from detector.architectures.interface import RawOutput
from detector.architectures.retinanet import RetinaNet
from detector.domain import ImageSize, LabelSet, Prediction
from detector.features.feature_cache import FeatureCache, feature_key
from detector.geometry import Letterbox, canvas_for
from detector.models.checkpoints import Meta, load_model
from detector.models.decoding import find, on_picture
from detector.models.inference import for_inference
from detector.pictures.cutting import Cutter, drawn_size, tile_key
from detector.pictures.dataset import Change, pixels_of
from detector.pictures.merging import limit_of, merge
from detector.pictures.tiling import Tile, Tiling

READERS = 2  # threads that read pictures while the network computes
AHEAD = 3  # pictures read before their batch's turn
ON_CUDA, ELSEWHERE = 16, 1  # pictures at once; one picture's maps fit into a CPU's cache, those of four do not


@dataclass(frozen=True, slots=True)
class ImagePredictions:
    """What a model finds on one picture.

    Attributes:
        predictions: best score first, in pixels of the picture as a person sees it.
        limit_reached: there were more; only the best are here.
        size: of the picture.
    """

    predictions: tuple[Prediction, ...]
    limit_reached: bool
    size: ImageSize


@dataclass(frozen=True, slots=True)
class _Read:
    """A picture of this size: its plain view [3, H, W] on `canvas`, or what the trunk gave for it, each [C, h, w]."""

    size: ImageSize
    canvas: ImageSize
    view: Tensor | None = None
    features: tuple[Tensor, ...] | None = None
    key: str | None = None  # to keep the features under


class Predictor:
    """A loaded model.

    Args:
        folder: of the model.   device: "auto", "cuda", "mps" or "cpu".   threads: of the CPU; None leaves torch's.
        cache: of features; a picture that it knows need be neither decoded nor sent through the trunk.

    Raises:
        CheckpointError: the folder holds no whole model.
    """

    def __init__(
        self,
        folder: Path,
        device: str = "auto",
        threads: int | None = None,
        cache: FeatureCache | None = None,
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        network, self.meta = load_model(folder)
        self._network = for_inference(network.to(devices.resolve(device)))
        self._cache = cache
        self._digest = self._network.frozen_digest() if cache is not None else ""

    @property
    def labels(self) -> LabelSet:
        return self.meta.labels

    def predict(
        self,
        paths: Iterable[Path | bytes | Image.Image],
        batch_size: int | None = None,
        *,
        keys: Iterable[str] | None = None,
        sizes: Iterable[ImageSize] | None = None,
    ) -> Iterator[ImagePredictions]:
        """Predictions in the order of the pictures, which are read a little ahead of the network.

        Pictures that stand the same way lie on the same canvas, so that a result does not depend on its neighbours in
        the batch.

        Args:
            paths: files, their bytes, or pictures as `pixels.load` gives them.
            batch_size: pictures at once; None chooses by the device.
            keys: one a path, each standing for the content of the file as `Example.key` does. What the cache knows
                under them is used, and what it does not know is put there.
            sizes: one a path, of the picture as a person sees it, where that is known; else headers are read.

        Raises:
            UnreadableImage: a file is no picture; the ones before it have been yielded.
        """
        together = batch_size or (ON_CUDA if self._network.device.type == "cuda" else ELSEWHERE)
        names, known = iter(keys or ()), iter(sizes or ())
        asked = ((path, next(names, None), next(known, None)) for path in paths)
        if self.meta.tiling is None:
            yield from self._predict((partial(self._read, *one) for one in asked), together)
            return
        for path, key, size in asked:
            yield self._on_tiles(self.meta.tiling, path, key, size or _size(path), together)

    def _predict(self, reads: Iterable[Callable[[], _Read]], size: int) -> Iterator[ImagePredictions]:
        """Predictions in order, each of what is read in a thread a little ahead."""
        asked: deque[Future[_Read]] = deque()
        with ThreadPoolExecutor(READERS, thread_name_prefix="pictures") as pool:
            try:
                for read in reads:
                    asked.append(pool.submit(read))
                    if len(asked) >= size + AHEAD:
                        yield from self._first(asked, size)
                while asked:
                    yield from self._first(asked, size)
            finally:
                for future in asked:
                    future.cancel()

    def _on_tiles(
        self, tiling: Tiling, path: Path | bytes | Image.Image, key: str | None, size: ImageSize, together: int
    ) -> ImagePredictions:
        """What is found on a picture that is looked at tile by tile; it is decoded if a tile is not known."""
        cutter = Cutter(path, tiling, self._network.spec.canvas)
        tiles = tiling.tiles(size)
        drawn = [drawn_size(tile, tiling, self._network.spec.canvas) for tile in tiles]
        reads = (partial(self._read_tile, cutter, tile, of, key) for tile, of in zip(tiles, drawn, strict=True))
        found = [one.predictions for one in self._predict(reads, together)]
        limit = limit_of(len(tiles), self.meta.max_boxes)
        merged, more = merge(list(zip(tiles, found, drawn, strict=True)), size, self.meta.nms_iou, limit)
        return ImagePredictions(merged, more, size)

    def _read_tile(self, cutter: Cutter, tile: Tile, drawn: ImageSize, key: str | None) -> _Read:
        named = None if key is None else tile_key(key, tile, drawn)
        return self._read(partial(cutter.draw, tile), named, drawn)

    def _first(self, asked: deque[Future[_Read]], size: int) -> Iterator[ImagePredictions]:
        """What is found on the first pictures asked for. Where one cannot be read, on those before it, and then why."""
        batch: list[_Read] = []
        error: Exception | None = None
        while asked and len(batch) < size and error is None:
            try:
                batch.append(asked.popleft().result())
            except Exception as caught:  # noqa: BLE001 - passed on below
                error = caught
        if batch:
            yield from self._predict_batch(batch)
        if error is not None:
            raise error

    def _read(
        self, item: Path | bytes | Image.Image | Callable[[], Image.Image], key: str | None, size: ImageSize | None
    ) -> _Read:
        """In a thread of the pool: all that is possible without the network. `item` may draw a picture of `size`."""
        size, named = size or _size(item), None
        canvas = canvas_for(size, self._network.spec.canvas)
        if key is not None and self._cache is not None:
            named = feature_key(self._digest, key, canvas, Change(), self._network.precision)
            features = self._cache.get(named)
            if features is not None:
                return _Read(size, canvas, features=features)
        if isinstance(item, Image.Image):
            picture = item.convert("RGB")
        elif callable(item):
            picture = item()
        else:
            picture, size = pixels.load_for(item, canvas)
        view = pixels_of(picture, canvas, self._network.pad_color, Change(), size)
        return _Read(size, canvas, view=view, key=named)

    def _predict_batch(self, batch: Sequence[_Read]) -> list[ImagePredictions]:
        """In the order of the batch; upright pictures and lying ones go through the network apart."""
        by_canvas: dict[ImageSize, list[int]] = {}
        for row, read in enumerate(batch):
            by_canvas.setdefault(read.canvas, []).append(row)
        found: dict[int, ImagePredictions] = {}
        for rows in by_canvas.values():
            found.update(zip(rows, self._predict_alike([batch[row] for row in rows]), strict=True))
        return [found[row] for row in range(len(batch))]

    @torch.inference_mode()
    def _predict_alike(self, batch: Sequence[_Read]) -> list[ImagePredictions]:
        """Predictions of pictures that lie on the same canvas."""
        network = self._network
        rows = self._features(batch)
        stacked = [
            torch.stack(level).to(network.device).contiguous(memory_format=torch.channels_last)
            for level in zip(*rows, strict=True)
        ]
        raw = network.predict_from(stacked)
        return [found_on(raw, row, network, self.meta, read.size) for row, read in enumerate(batch)]

    def _features(self, batch: Sequence[_Read]) -> list[tuple[Tensor, ...]]:
        """What the trunk gives for each picture. On a CPU it sees one at a time, as in training: it is quicker, and
        features are the same bits whoever computed them."""
        network = self._network
        views = [read.view for read in batch if read.view is not None]
        together = ON_CUDA if network.device.type == "cuda" else 1
        made: deque[tuple[Tensor, ...]] = deque()
        for first in range(0, len(views), together):
            levels = network.frozen_features(torch.stack(views[first : first + together]).to(network.device))
            made.extend(zip(*levels, strict=True))
        rows = [read.features if read.features is not None else made.popleft() for read in batch]
        if self._cache is not None:
            for read, features in zip(batch, rows, strict=True):
                if read.key is not None:
                    self._cache.put(read.key, features)
        return rows


def found_on(raw: RawOutput, row: int, network: RetinaNet, meta: Meta, size: ImageSize) -> ImagePredictions:
    """Predictions of one picture of a batch that was laid on its canvas unchanged; `size` is the picture's."""
    canvas = network.spec.canvas.turned if raw.turned else network.spec.canvas
    boxes, scores, labels, more = find(
        raw,
        row,
        network.anchors(turned=raw.turned),
        network.anchors_per_level(),
        canvas=canvas,
        threshold=meta.score_threshold,
        nms_iou=meta.nms_iou,
        limit=meta.max_boxes,
    )
    letterbox = Letterbox.fit(size, canvas)
    return ImagePredictions(on_picture(boxes, scores, labels, letterbox, size), more, size)


def _size(item: Path | bytes | Image.Image | Callable[[], Image.Image]) -> ImageSize:
    if callable(item):
        item = item()
    return ImageSize(item.width, item.height) if isinstance(item, Image.Image) else pixels.inspect(item).size
