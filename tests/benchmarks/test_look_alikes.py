"""The drawn stand-in for phone pictures of things that look alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import look_alikes
from storage.formats import voc
from storage.records import Split


def test_the_same_number_gives_the_same_picture_with_every_box_inside() -> None:
    for index in range(4):
        picture, boxes = look_alikes.draw(index)
        again, same = look_alikes.draw(index)
        assert boxes == same
        assert np.array_equal(np.asarray(picture), np.asarray(again))
        assert picture.size in {(960, 540), (540, 960)}
        assert 1 <= len(boxes) <= look_alikes.MOST_CARDS
        for one in boxes:
            assert one.class_name in look_alikes.CLASS_NAMES
            assert one.box.x2 <= picture.width
            assert one.box.y2 <= picture.height


def test_it_is_written_as_a_data_set_that_can_be_imported(tmp_path: Path) -> None:
    look_alikes.write(tmp_path, {Split.TRAIN: 2, Split.VAL: 1, Split.TEST: 1})
    read = voc.read(tmp_path)
    assert [image.split for image in read.images] == [Split.TRAIN, Split.TRAIN, Split.VAL, Split.TEST]
    assert not read.skipped
    assert all(image.boxes for image in read.images)
