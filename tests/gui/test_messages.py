"""What a person reads names the thing and the remedy, and never shows the inside of the program."""

import errno

import pytest

from detector.errors import OutOfMemory, TrainingDiverged, WeightsUnavailable
from gui.messages import NotYet, explain
from storage.errors import DiskFull, NotFound


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotFound("there is no job 7"), "There is no job 7."),
        (NotYet("Predict first."), "Predict first."),
        (DiskFull("there is no room"), "There is no room. Free some space and try again."),
        (TrainingDiverged("The loss is not finite."), "Lower the learning rate"),
        (OutOfMemory("one image does not fit"), "Choose a smaller input size"),
        (WeightsUnavailable("could not be downloaded"), "retinanet-lite"),
        (OSError(errno.EACCES, "Permission denied", "/data"), "Permission denied (/data)."),
        (MemoryError(), "out of memory"),
        (OSError(errno.ENOSPC, "No space left on device", "/data"), "no room left on the disk (/data). Free some"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "no room left on the disk. Free some"),
        # as safetensors and torch say it
        (RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)"), "Free some space"),
        (RuntimeError("[enforce fail at inline_container.cc:671] . unexpected pos 704 vs 598"), "Free some space"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_errors_become_sentences_with_their_remedy(error: Exception, said: str) -> None:
    text = explain(error)
    assert said in text
    assert text[0].isupper()
    assert text.endswith((".", "!", "?"))


def test_a_version_keeps_its_name_at_the_beginning_of_a_sentence() -> None:
    assert explain(NotYet("v2 has not looked at these images yet.")) == "v2 has not looked at these images yet."


def test_a_remedy_that_the_text_gives_already_is_not_said_twice() -> None:
    text = explain(OutOfMemory("It does not fit. Choose a smaller input size."))
    assert text.count("Choose") == 1


def test_what_nobody_foresaw_is_one_line_without_a_traceback() -> None:
    text = explain(KeyError("x\nFile 'a.py', line 3"))
    assert "\n" not in text
    assert text.startswith("Something unexpected happened (KeyError")
