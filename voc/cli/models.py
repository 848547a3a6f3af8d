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
        Path,
        typer.Argument(metavar="DATA", help="JSON Lines of labelled comments the lenses were not trained on."),
    ],
    lenses: Annotated[
        Path | None,
        typer.Option("--lenses", metavar="MODELDIR", help="Lenses to measure (default: the shipped ones)."),
    ] = None,
    encoder: Annotated[str, typer.Option("--encoder")] = "default",
    card: Annotated[
        bool, typer.Option("--card", help="Also write the figures into MODELDIR/README.md, the model card.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure the lenses: macro-F1 with intervals, calibration error, every class."""
    from voc.config import models_folder
    from voc.encode import load_encoder
    from voc.lenses import load_heads
    from voc.train.card import write_card
    from voc.train.evaluate import evaluate as measure

    folder = lenses or models_folder() / "lenses"
    loaded = load_encoder(encoder)
    heads = load_heads(folder, loaded.name)
    with Bars().task("Encoding", None) as advance:
        found = measure(data, loaded, heads, progress=advance)
    if card:
        write_card(folder, found, data.name)
    if as_json:
        print_json(found)
        return
    rows = [
        (lens, m.get("micro_f1"), m["macro_f1"], m["low"], m["high"], m["accuracy"], m["ece"])
        for lens, m in found["lenses"].items()
    ]
    print_table(
        f"{found['n']:,} labelled comments",
        ("lens", "micro-F1", "macro-F1", "low", "high", "accuracy", "ece"),
        rows,
    )
    classes = [(lens, name, *c.values()) for lens, m in found["lenses"].items() for name, c in m["classes"].items()]
    print_table("Classes", ("lens", "class", "precision", "recall", "f1", "n"), classes)
    say(
        "The labels were made by a language model that follows the codebook: "
        "agreement with them is not agreement with people."
    )


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
