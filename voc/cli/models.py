"""train, evaluate, doctor: models and the installation."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import sys
from pathlib import Path
from typing import Annotated

import typer

from voc.cli.console import Bars, JsonOption, print_json, print_table, say
from voc.errors import VocError


def register(app: typer.Typer) -> None:
    for command in (train, evaluate, doctor):
        app.command()(command)


def train(
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help="JSON Lines of labelled comments.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="MODELDIR", help="Folder for the lenses.")],
    encoder: Annotated[
        str, typer.Option("--encoder", help="'default', a folder, or a sentence-transformers model.")
    ] = "default",
) -> None:
    """Train the lenses on labelled comments (rows marked non-commercial are left out) and write them to MODELDIR."""
    from voc.encode import load_encoder
    from voc.train.heads import train as train_heads

    with Bars().task("Encoding, then fitting (minutes)", None) as advance:
        manifest = train_heads(data, out, load_encoder(encoder), progress=advance)
    say(f"Trained on {manifest['rows']:,} comments → {out}. Measure it with 'voc evaluate DEV --lenses {out}'.")


def evaluate(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help="JSON Lines (.jsonl, .jsonl.gz) that the lenses were not trained on, told apart by their columns: "
            "labelled comments (text, every lens), sentiment in three classes (text, label), "
            "checklists (every lens and group; or kind, a, b, expect, lens).",
        ),
    ],
    lenses: Annotated[
        Path | None,
        typer.Option("--lenses", metavar="MODELDIR", help="Lenses to measure (default: the shipped ones)."),
    ] = None,
    encoder: Annotated[
        str, typer.Option("--encoder", help="'default', a folder, or a sentence-transformers model.")
    ] = "default",
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
    from voc.config import models_folder
    from voc.encode import load_encoder
    from voc.lenses import load_heads
    from voc.train.card import write_card
    from voc.train.evaluate import evaluate as measure
    from voc.train.evaluation_page import check_target, without_texts, write
    from voc.train.evaluation_tables import tables

    if out:
        check_target(out)
    folder = lenses or models_folder() / "lenses"
    loaded = load_encoder(encoder)
    heads = load_heads(folder, loaded.name)
    found = measure(data, loaded, heads, against or (), Bars())
    if no_texts:
        found = without_texts(found)
    if card:
        write_card(folder, found, ", ".join(found["files"]))
    if out:
        write(found, out)
    if as_json:
        print_json(found)
        return
    for table in tables(found):
        print_table(*table)
    if "vader" not in found["references"] and (found["n"] or "three_class" in found):
        say("VADER was not measured: its package comes with pip install 'voc[train]'.")
    say("Where a language model made the labels, agreement with them is not agreement with people.")
    if out:
        say(f"Wrote {out}.")


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
