"""A model folder put to work: pictures in, boxes in pixels of the picture out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from PIL import Image

from detector import devices, pixels
from detector.architectures.interface import RawOutput
from detector.architectures.retinanet import RetinaNet
from detector.checkpoints import Meta, load_model
from detector.dataset import Change, place
from detector.decoding import find, on_picture
from detector.domain import ImageSize, LabelSet, Prediction
from detector.geometry import Letterbox
from detector.precision import quicker_precision


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


class Predictor:
    """A loaded model.

    Args:
        folder: of the model.   device: "auto", "cuda", "mps" or "cpu".   threads: of the CPU; None leaves torch's.

    Raises:
        CheckpointError: the folder holds no whole model.
    """

    def __init__(self, folder: Path, device: str = "auto", threads: int | None = None) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        network, self.meta = load_model(folder)
        self._network = network.to(devices.resolve(device)).eval()
        network.precision = quicker_precision(network.device)

    @property
    def labels(self) -> LabelSet:
        return self.meta.labels

    def predict(self, paths: Iterable[Path | Image.Image], batch_size: int | None = None) -> Iterator[ImagePredictions]:
        """Predictions in the order of the pictures, read a batch at a time.

        Every picture lies on the same canvas, so that its result does not depend on its neighbours in the batch.

        Args:
            paths: files, or pictures as `pixels.load` gives them.
            batch_size: pictures at once; None chooses by the device.

        Raises:
            UnreadableImage: a file is no picture; the ones before it have been yielded, those of its batch have not.
        """
        size = batch_size or (16 if self._network.device.type == "cuda" else 4)
        pictures = (_picture(item) for item in paths)
        while group := list(islice(pictures, size)):
            yield from self._predict_batch(group)

    @torch.inference_mode()
    def _predict_batch(self, pictures: list[Image.Image]) -> list[ImagePredictions]:
        network = self._network
        canvas = network.spec.canvas
        views = [place(picture, (), canvas, network.pad_color, Change()).pixels for picture in pictures]
        raw = network(torch.stack(views).to(network.device))
        sizes = [ImageSize(picture.width, picture.height) for picture in pictures]
        return [found_on(raw, row, network, self.meta, size) for row, size in enumerate(sizes)]


def found_on(raw: RawOutput, row: int, network: RetinaNet, meta: Meta, size: ImageSize) -> ImagePredictions:
    """Predictions of one picture of a batch that was laid on the canvas unchanged; `size` is the picture's."""
    boxes, scores, labels, more = find(
        raw,
        row,
        network.anchors(),
        network.anchors_per_level(),
        canvas=network.spec.canvas,
        threshold=meta.score_threshold,
        nms_iou=meta.nms_iou,
        limit=meta.max_boxes,
    )
    letterbox = Letterbox.fit(size, network.spec.canvas)
    return ImagePredictions(on_picture(boxes, scores, labels, letterbox, size), more, size)


def _picture(item: Path | Image.Image) -> Image.Image:
    return item.convert("RGB") if isinstance(item, Image.Image) else pixels.load(item)
