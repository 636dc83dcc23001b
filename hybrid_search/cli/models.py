"""`hybrid-search models`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hybrid_search.cli.terminal import out

app = typer.Typer(help="Models of encoders.", no_args_is_help=True)


class Precision(StrEnum):
    """Numbers that an exported model computes with."""

    FP32 = "fp32"
    INT8 = "int8"


@app.callback()
def models() -> None:
    """Models of encoders."""


@app.command()
def export(
    source: Annotated[str, typer.Argument(help="Name or folder of a sentence-transformers model.")],
    folder: Annotated[Path, typer.Argument(help="Folder to write; it must not exist.")],
    precision: Annotated[
        Precision, typer.Option(help="int8 is smaller and faster.")
    ] = Precision.FP32,
) -> None:
    """Export a sentence-transformers model to ONNX and compare it with the original."""
    # ONNX Runtime must not be loaded by `serve`: a process that is forked after it never ends.
    from hybrid_search.encoders.export import export_onnx  # noqa: PLC0415

    report = export_onnx(source, folder, precision=precision.value)
    out.print(
        f"{folder}: {precision.value}, {report.size_bytes / 1e6:.1f} MB; over {report.sample_size} "
        f"texts the least cosine with the original is {report.least_cosine:.5f}, "
        f"the mean {report.mean_cosine:.5f}"
    )
    out.print(f"use it with HYBRID_SEARCH_TEXT_ENCODER=onnx:{folder}", markup=False)
