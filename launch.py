"""Boxloop's front door: `python launch.py` opens the pages, sub-commands do the same jobs without them (docs/cli.md).

Nothing heavy is imported before it is known what is asked for: `predict` loads no gradio, the server no torch.
"""

from __future__ import annotations

import json
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from platformdirs import user_data_path

from detector.runs import Optimizer, Preset, Schedule, Scope, TrainConfig
from gui.commands.options import AsJson
from gui.commands.user_app import user

STARTED = time.time()  # --max-minutes counts from here
UsageError: Any = typer.BadParameter.__base__  # Typer brings a copy of click along, and does not name this one
DEFAULT_PORT = 7860
DEFAULT_WORKSPACE = user_data_path("boxloop", appauthor=False)

app = typer.Typer(
    help="Turn a folder of images into an object detector you trust, on your own machine.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(user, name="user")


class LabelFormat(StrEnum):
    VOC = "voc"
    COCO = "coco"
    YOLO = "yolo"


class FolderFormat(StrEnum):
    IMAGES = "images"
    VOC = "voc"
    COCO = "coco"
    YOLO = "yolo"


class SplitName(StrEnum):
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


Workspace = Annotated[
    Path, typer.Option("--workspace", help="Folder that holds everything.", envvar="BOXLOOP_WORKSPACE", file_okay=False)
]
ProjectName = Annotated[str, typer.Option("--project", help="Name of the project.")]
ModelNumber = Annotated[int | None, typer.Option("--model", min=1, help="Number of a model version; else the active.")]
Strict = Annotated[bool, typer.Option("--strict", help="End with exit code 1 where something was skipped.")]
Host = Annotated[str, typer.Option(help="Address to listen on; other than this machine's own needs a login.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help=f"Port; else the first free one from {DEFAULT_PORT} on.")
]
AuthFile = Annotated[Path | None, typer.Option(help="Who may log in, as made by `user add`.", dir_okay=False)]
Desktop = Annotated[bool, typer.Option("--desktop", help="Open a window of its own instead of a browser.")]
ImportRoots = Annotated[
    list[Path] | None,
    typer.Option("--import-root", help="Folder here that pages may import from once a login is in force; repeatable."),
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]
NoBackground = Annotated[
    bool, typer.Option("--no-background-features", help="Prepare no images for training while nothing else is done.")
]


@app.command()
def serve(
    workspace: Workspace = DEFAULT_WORKSPACE,
    host: Host = "127.0.0.1",
    port: Port = None,
    auth_file: AuthFile = None,
    desktop: Desktop = False,
    import_roots: ImportRoots = None,
    no_browser: NoBrowser = False,
    no_background_features: NoBackground = False,
    as_json: AsJson = False,
) -> None:
    """Open the pages. This is what happens without a sub-command."""
    from gui.commands.serve import run_server
    from gui.settings import Settings

    settings = Settings(
        workspace=workspace,
        host=host,
        port=DEFAULT_PORT if port is None else port,
        auth_file=auth_file,
        desktop=desktop,
        import_roots=tuple(import_roots or ()),
        background_features=not no_background_features,
    )
    raise typer.Exit(run_server(as_json, settings, exact_port=port is not None, browser=not no_browser))


@app.command()
def demo(
    workspace: Workspace = DEFAULT_WORKSPACE,
    port: Port = None,
    desktop: Desktop = False,
    no_browser: NoBrowser = False,
    as_json: AsJson = False,
) -> None:
    """Open the pages with a project to try: drawn blood smears, a third of them labelled."""
    from gui.commands.serve import run_server
    from gui.settings import Settings

    settings = Settings(workspace=workspace, port=DEFAULT_PORT if port is None else port, desktop=desktop)
    raise typer.Exit(run_server(as_json, settings, exact_port=port is not None, browser=not no_browser, with_demo=True))


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="Folder of the images or the data set.")],
    project: ProjectName,
    form: Annotated[FolderFormat, typer.Option("--format", help="What the folder holds.")] = FolderFormat.IMAGES,
    split: Annotated[SplitName | None, typer.Option(help="Split for images that the data set gives none.")] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Copy a folder of images or a labelled data set into a project, which is made if it is missing."""
    from gui.commands.console import Console
    from gui.commands.jobs import import_dataset
    from storage.records import Split

    chosen = None if split is None else Split(split.value)
    raise typer.Exit(import_dataset(Console(as_json), workspace, project, form.value, path, chosen, strict))


@app.command()
def train(
    project: ProjectName,
    preset: Annotated[Preset, typer.Option(help="Which network.")] = Preset.LITE,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="From pretrained weights, whatever model there is.")
    ] = False,
    weights: Annotated[
        Path | None, typer.Option(help="Pretrained weights instead of the preset's own.", exists=True, dir_okay=False)
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Wall clock from now; the best model so far is kept.")
    ] = None,
    scope: Annotated[
        Scope | None, typer.Option(help="The deepest part that is trained; else chosen by itself.")
    ] = None,
    image_size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Input size in pixels, multiples of 32; else fitted to the data.")
    ] = None,
    tile_size: Annotated[
        int | None, typer.Option(min=0, help="Width of the tiles that pictures are cut into; 0 for whole pictures.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, max=4096, help="Images a step.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the images at most.")] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, help="Epochs without a better figure after which a stage ends.")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak of the first stage.")] = None,
    optimizer: Annotated[Optimizer, typer.Option(help="What turns gradients into steps.")] = Optimizer.ADAMW,
    schedule: Annotated[Schedule, typer.Option(help="How the learning rate falls.")] = Schedule.COSINE,
    weight_decay: Annotated[float | None, typer.Option(min=0, help="Not applied to norms and biases.")] = None,
    focal_alpha: Annotated[float | None, typer.Option(min=0, max=1, help="Of the focal loss.")] = None,
    focal_gamma: Annotated[float, typer.Option(min=0, help="Of the focal loss.")] = 2.0,
    no_augment: Annotated[bool, typer.Option("--no-augment", help="Show each picture only as it is.")] = False,
    seed: Annotated[int, typer.Option(help="Of all chance in the run.")] = 0,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Train on the done images of a project, and wait for the run to end. What is not given is chosen by itself."""
    from gui.commands.console import Console
    from gui.commands.jobs import train as train_and_wait

    try:
        config = TrainConfig(
            preset=preset,
            scope=scope,
            epochs=epochs,
            batch_size=batch_size,
            image_size=_size(image_size),
            learning_rate=learning_rate,
            optimizer=optimizer,
            schedule=schedule,
            weight_decay=weight_decay,
            focal_alpha=focal_alpha,
            focal_gamma=focal_gamma,
            patience=patience,
            seed=seed,
            augment=not no_augment,
            weights_file=None if weights is None else str(weights.resolve()),
            from_scratch=from_scratch,
            tile_size=tile_size,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    deadline = None if max_minutes is None else STARTED + 60 * max_minutes
    raise typer.Exit(train_and_wait(Console(as_json), workspace, project, config, deadline))


def _size(text: str | None) -> tuple[int, int] | None:
    """Width and height of `384x288`. Raises ValueError for anything else."""
    if text is None:
        return None
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise ValueError(f"--image-size is a width and a height such as 384x288, got {text!r}")
    return int(width), int(height)


def _threshold(text: str) -> float | None:
    """A score in 0..1, None for the advised one. Raises ValueError for anything else."""
    if text == "advised":
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ValueError(f"--threshold is a score in 0..1, or advised, got {text!r}")
    return value


@app.command()
def predict(
    project: ProjectName,
    images: Annotated[list[Path] | None, typer.Argument(help="Files and folders of files.")] = None,
    out: Annotated[Path | None, typer.Option(help="COCO JSON to write.", dir_okay=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="The project's own images instead of files.")] = False,
    threshold: Annotated[
        str, typer.Option(metavar="T|advised", help="Leave out boxes with a lower score, or by what the model advises.")
    ] = "0",
    model: ModelNumber = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Find objects: on files, into a COCO JSON, or with --all on every image of the project."""
    from gui.commands.console import WRONG_USE, Console
    from gui.commands.jobs import predict_all

    try:
        least = _threshold(threshold)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    console = Console(as_json)
    if everything and not images and out is None:
        raise typer.Exit(predict_all(console, workspace, project, model, strict))
    if everything or not images or out is None:
        console.fail("Name images and --out FILE, or say --all for the project's own images.")
        raise typer.Exit(WRONG_USE)
    from gui.commands.predict_files import predict_files

    raise typer.Exit(predict_files(console, workspace, project, images, out, model, least, strict))


@app.command()
def evaluate(
    project: ProjectName,
    split: Annotated[SplitName, typer.Option(help="Done images of which split.")] = SplitName.TEST,
    images: Annotated[
        str | None, typer.Option("--filter", help="Instead of a split: images as an address says it, class=3&tag=1.")
    ] = None,
    model: ModelNumber = None,
    threshold: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Score from which boxes are shown; else the model's.")
    ] = None,
    intervals: Annotated[bool, typer.Option("--intervals", help="How far figures may be off by chance, too.")] = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """How good a model's boxes are, against the labels of a split or of images that are chosen."""
    from gui.commands.console import Console
    from gui.commands.figures import evaluate as evaluate_split
    from storage.records import Split

    raise typer.Exit(
        evaluate_split(
            Console(as_json),
            workspace,
            project,
            Split(split.value),
            model,
            images=images,
            threshold=threshold,
            with_intervals=intervals,
        )
    )


@app.command()
def report(
    project: ProjectName,
    out: Annotated[Path, typer.Option(help="HTML file to write.", dir_okay=False)],
    split: Annotated[
        SplitName | None, typer.Option(help="Done images of which split; else test, or val where there is none.")
    ] = None,
    model: ModelNumber = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Write one HTML file on how good a model is, with charts and its worst mistakes, to send to somebody."""
    from gui.commands.console import Console
    from gui.commands.report import report as write_report
    from storage.records import Split

    chosen = None if split is None else Split(split.value)
    raise typer.Exit(write_report(Console(as_json), workspace, project, chosen, model, out))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="New or empty folder to write into.")],
    project: ProjectName,
    form: Annotated[LabelFormat, typer.Option("--format", help="How labels are written.")] = LabelFormat.COCO,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Write the done images of a project and their labels into a folder."""
    from gui.commands.console import Console
    from gui.commands.export import export as export_project

    raise typer.Exit(export_project(Console(as_json), workspace, project, form.value, folder))


@app.command()
def status(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """Projects, jobs and model versions of a workspace."""
    from gui.commands.console import Console
    from gui.commands.figures import status as tell_status

    raise typer.Exit(tell_status(Console(as_json), workspace))


def main() -> None:
    """Run the command line; without a sub-command the pages are opened."""
    words = sys.argv[1:]
    if not words or (words[0].startswith("-") and words[0] not in ("--help", "-h")):
        sys.argv.insert(1, "serve")
    try:
        code = app(standalone_mode=False)
    except UsageError as error:
        error.show()
        if "--json" in words:  # whoever reads stdout gets an object then too
            sys.stdout.write(json.dumps({"error": error.format_message()}, ensure_ascii=False) + "\n")
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
