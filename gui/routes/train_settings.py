"""The settings of a run as a request may give them: types and bounds, so that no queued run holds what none can use."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detector.runs import Optimizer, Preset, Schedule, Scope, TrainConfig
from gui.messages import BadRequest

Side = Annotated[int, Field(ge=64, le=8192, multiple_of=32)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class TrainSettings(BaseModel):
    """A partial TrainConfig, whose docstring says what each means."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    preset: Annotated[Preset, Field(strict=False)] = Preset.LITE
    scope: Annotated[Scope, Field(strict=False)] | None = None
    epochs: Count | None = None
    max_seconds: Annotated[float, Field(gt=0)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=4096)] | None = None
    image_size: Annotated[tuple[Side, Side], Field(strict=False)] | None = None
    learning_rate: Annotated[float, Field(gt=0, le=10)] | None = None
    optimizer: Annotated[Optimizer, Field(strict=False)] = Optimizer.ADAMW
    schedule: Annotated[Schedule, Field(strict=False)] = Schedule.COSINE
    weight_decay: Annotated[float, Field(ge=0, le=10)] | None = None
    focal_alpha: Annotated[float, Field(ge=0, le=1)] | None = None
    focal_gamma: Annotated[float, Field(ge=0, le=10)] = 2.0
    patience: Count | None = None
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    augment: bool = True
    weights_file: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    start_from: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    from_scratch: bool = False
    tile_size: Annotated[int, Field(ge=0, le=100_000)] | None = None


def train_config(given: dict[str, Any]) -> TrainConfig:
    """The settings as the detector takes them; what is not given keeps its default.

    Raises:
        BadRequest: a name that is not known, or a value out of its type or bounds; the text names it.
    """
    try:
        checked = TrainSettings.model_validate(given)
        return TrainConfig(**checked.model_dump(exclude_unset=True))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name, reason = ".".join(str(part) for part in first["loc"]) or "config", str(first["msg"])
        raise BadRequest(f"This run cannot be set up: {name}: {reason[:1].lower()}{reason[1:]}.") from error
    except ValueError as error:
        raise BadRequest(f"This run cannot be set up: {error}") from error
