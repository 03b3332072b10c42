"""Everything that `detector` refuses or fails at.

DetectorError
├── InvalidBox          a box that is empty, not finite or outside its picture
├── UnreadableImage     a file that is not a picture we take, and why
├── WeightsUnavailable  pretrained weights that could not be found, fetched or trusted
├── CheckpointError     a model folder that is damaged or of another kind
├── TooFewExamples      not enough labelled pictures to train or evaluate on
├── TrainingDiverged    a loss that is no longer finite
└── OutOfMemory         the device cannot hold even the smallest batch
"""


class DetectorError(Exception):
    """Base of all errors of this package; its text is written for the person who reads it."""


class InvalidBox(DetectorError, ValueError):
    """A box that is empty, not finite or outside its picture."""


class UnreadableImage(DetectorError):
    """A file that is not a picture we take; the text says why and what to do."""


class WeightsUnavailable(DetectorError):
    """Pretrained weights that could not be found, fetched or trusted."""


class CheckpointError(DetectorError):
    """A model folder that is damaged, incomplete or of another kind."""


class TooFewExamples(DetectorError):
    """Not enough labelled pictures to train or evaluate on."""


class TrainingDiverged(DetectorError):
    """The loss is no longer finite; the last good checkpoint is kept."""


class OutOfMemory(DetectorError):
    """The device cannot hold even the smallest batch."""
