"""What is stored of runs can be read again, by later versions too; a config that contradicts itself is refused."""

import json
from dataclasses import replace

import pytest

from detector.runs import EpochReport, Optimizer, Schedule, Scope, TrainConfig

REPORT = EpochReport(2, 9, 40, 12.5, None, 0.4, 0.2, 0.31, 0.6, 1e-3, True, ("half the batch",), "deep")


def test_a_config_comes_back_from_json_as_it_was() -> None:
    config = TrainConfig(
        scope=Scope.DEEP, optimizer=Optimizer.SGD, schedule=Schedule.STEP, image_size=(96, 64), from_scratch=True
    )
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
    assert TrainConfig.from_json(json.loads(json.dumps(TrainConfig().to_json()))) == TrainConfig()


def test_a_config_from_before_there_were_stages_keeps_its_scope() -> None:
    row = {"preset": "retinanet-lite", "scope": "head", "epochs": 3, "image_size": None, "start_from": "p1-run2"}
    read = TrainConfig.from_json(row)
    assert (read.scope, read.epochs, read.start_from, read.optimizer) == (Scope.HEAD, 3, "p1-run2", Optimizer.ADAMW)


def test_a_setting_that_is_not_known_is_named() -> None:
    with pytest.raises(ValueError, match="momentum"):
        TrainConfig.from_json({"momentum": 0.9})


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"epochs": 0}, "epochs"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"focal_alpha": 1.5}, "focal_alpha"),
        ({"focal_gamma": -1.0}, "focal_gamma"),
        ({"weight_decay": -0.1}, "weight_decay"),
        ({"image_size": (100, 96)}, "image_size"),
        ({"from_scratch": True, "start_from": "p1-run2"}, "exclude each other"),
    ],
)
def test_a_config_that_cannot_be_meant_is_refused(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        replace(TrainConfig(), **wrong)  # type: ignore[arg-type]


def test_a_report_comes_back_from_json_and_an_older_one_is_of_the_head() -> None:
    row = json.loads(json.dumps(REPORT.to_json()))
    assert EpochReport.from_json(row) == REPORT
    del row["stage"]
    assert EpochReport.from_json(row).stage == "head"
