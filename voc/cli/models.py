"""train, evaluate, doctor: models and the installation."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voc.cli.console import Bars, JsonOption, print_json, print_table, say
from voc.cli.data import EncoderOption, text_column
from voc.errors import UsageError, VocError

if TYPE_CHECKING:
    from voc.train.figures import Figures

TextOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="text=COLUMN", help="With --lens: the column of the texts (default: text)."),
]


def register(app: typer.Typer) -> None:
    for command in (train, evaluate, doctor):
        app.command()(command)


def train(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help="Labelled comments: JSON Lines, .csv, .tsv, .xlsx or .parquet with the columns text and every lens "
            "(signals joined by ;), or with --lens text and that one lens.",
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="MODELDIR", help="Folder for the lenses.")],
    lens: Annotated[
        Path | None,
        typer.Option(
            "--lens",
            metavar="LENS.toml",
            help="Train one new lens of your own instead, declared in this file: name, classes, descriptions.",
        ),
    ] = None,
    mapping: TextOption = None,
    encoder: EncoderOption = "default",
    network: Annotated[
        Path | None,
        typer.Option(
            "--network",
            metavar="FILE",
            help="What python -m voc.train.finetune wrote: its own heads are kept where they fit better.",
        ),
    ] = None,
) -> None:
    """Train the lenses on labelled comments (rows marked non-commercial are left out) and write them to MODELDIR.

    With --lens, one new lens: 16 labelled texts a class are enough for a first one.
    """
    if lens:
        _train_own(data, lens, out, encoder, mapping)
        return
    if mapping:
        raise UsageError("--map belongs to --lens: without it, labelled comments have the columns text and every lens.")
    from voc.encode import load_encoder
    from voc.train.heads import TrainOptions
    from voc.train.heads import train as train_heads

    with Bars().task("Encoding, then fitting (minutes)", None) as advance:
        manifest = train_heads(data, out, load_encoder(encoder), TrainOptions(network=network), advance)
    say(f"Trained on {manifest['rows']:,} comments → {out}. Measure it with 'voc evaluate DEV --lenses {out}'.")


def _train_own(data: list[Path], lens: Path, out: Path, encoder: str, mapping: list[str] | None) -> None:
    """Train one lens of the user's and say how well it may read."""
    from voc.encode import load_encoder
    from voc.train.declaration import read_declaration
    from voc.train.own import train_own
    from voc.train.own_report import remarks, table

    declaration, column = read_declaration(lens), text_column(mapping)
    with Bars().task("Encoding, then fitting", None) as advance:
        manifest = train_own(data, declaration, out, load_encoder(encoder), text_column=column, progress=advance)
    print_table(*table(manifest))
    for remark in remarks(manifest):
        say(remark)
    say(f"Wrote {out}. Tag with it: voc tag INPUT -o OUTPUT --lens {out}")


def evaluate(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help="Files that the lenses were not trained on, told apart by columns. JSON Lines (.jsonl, .jsonl.gz): "
            "labelled comments (text, every lens; also .csv, .tsv, .xlsx, .parquet), sentiment in three classes "
            "(text, label), "
            "checklists (every lens and group; or kind, a, b, expect, lens).",
        ),
    ],
    lenses: Annotated[
        Path | None,
        typer.Option("--lenses", metavar="MODELDIR", help="Lenses to measure (default: the shipped ones)."),
    ] = None,
    lens: Annotated[
        Path | None,
        typer.Option(
            "--lens",
            metavar="DIR",
            help="Measure this one lens of your own instead, on tables with text and its column of labels.",
        ),
    ] = None,
    mapping: TextOption = None,
    encoder: EncoderOption = "default",
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against",
            metavar="TRAIN",
            help="Labelled comments to train linear heads on, measured beside the lenses (repeatable).",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Also write a page (.md) or all figures (.json).")
    ] = None,
    no_texts: Annotated[
        bool, typer.Option("--no-texts", help="Name the worst mistakes by id, without customers' words.")
    ] = False,
    card: Annotated[
        bool, typer.Option("--card", help="Also write the figures into MODELDIR/README.md, the model card.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure the lenses: F1 with intervals, calibration, evidence, confusion, worst mistakes, checklists."""
    from voc.train.evaluation_page import check_target, without_texts, write
    from voc.train.evaluation_tables import tables

    if out:
        check_target(out)
    if lens:
        if lenses or against or card:
            raise UsageError("--lens measures one lens of your own: leave --lenses, --against and --card out.")
        found = _measure_own(data, lens, encoder, mapping)
    elif mapping:
        raise UsageError("--map belongs to --lens: without it, the columns have the names that the help lists.")
    else:
        found = _measure(data, lenses, encoder, against or (), card=card)
    if no_texts:
        found = without_texts(found)
    if out:
        write(found, out)
    if as_json:
        print_json(found)
        return
    for table in tables(found):
        print_table(*table)
    if lens:
        _say_too_few(found)
    elif "vader" not in found["references"] and (found["n"] or "three_class" in found):
        say("VADER was not measured: its package comes with pip install 'voc[train]'.")
    say("Where a language model made the labels, agreement with them is not agreement with people.")
    if out:
        say(f"Wrote {out}.")


def _say_too_few(found: Figures) -> None:
    from voc.train.own_report import too_few

    for remark in too_few(found):
        say(remark)


def _measure(data: list[Path], lenses: Path | None, encoder: str, against: Sequence[Path], *, card: bool) -> Figures:
    from voc.config import models_folder
    from voc.encode import load_encoder
    from voc.lenses import load_heads
    from voc.train.card import write_card
    from voc.train.evaluate import evaluate as measure

    folder = lenses or models_folder() / "lenses"
    loaded = load_encoder(encoder)
    found = measure(data, loaded, load_heads(folder, loaded.name), against, Bars())
    if card:
        write_card(folder, found, ", ".join(found["files"]))
    return found


def _measure_own(data: list[Path], lens: Path, encoder: str, mapping: list[str] | None) -> Figures:
    from voc.encode import load_encoder
    from voc.lenses import load_own_lens
    from voc.train.evaluate_own import evaluate_own

    column, loaded = text_column(mapping), load_encoder(encoder)
    return evaluate_own(data, loaded, load_own_lens(lens, loaded.name), text_column=column, progress=Bars())


def doctor() -> None:
    """Check the installation: versions, models, a comment tagged."""
    libraries = (
        "lancedb",
        "onnxruntime",
        "tokenizers",
        "spacy",
        "scikit-learn",
        "bertopic",
        "sentence-transformers",
        "streamlit",
        "torch",
    )
    rows = [
        (
            "python",
            platform.python_version(),
            "ok" if sys.version_info >= (3, 11) else "3.11 or newer is needed",
        )
    ]
    healthy = sys.version_info >= (3, 11)
    for name in libraries:
        try:
            rows.append((name, importlib.metadata.version(name), "ok"))
        except importlib.metadata.PackageNotFoundError:
            rows.append((name, "–", "missing: run 'make venv'"))
            healthy = False
    try:
        rows.append(("models", _try_tagging(), "ok"))
    except VocError as error:
        rows.append(("models", "–", str(error)))
        healthy = False
    print_table("voc doctor", ("what", "version", "state"), rows)
    if not healthy:
        raise typer.Exit(1)


def _try_tagging() -> str:
    import pyarrow as pa

    from voc.pipeline import load_tagger

    tagger = load_tagger()
    probe = pa.table(
        {"dataset": ["d"], "id": ["1"], "text": ["The staff were kind and very helpful, thank you."], "status": ["ok"]}
    )
    found = tagger.tag(probe).comments.to_pylist()[0]
    return f"{tagger.model_version} (a kind comment reads as {found['stance']}, {found['sentiment']})"
