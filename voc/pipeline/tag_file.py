"""The stateless batch job: tag a file into another, streaming, one output row per comment in input order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from voc import ingest
from voc.errors import InputError, UsageError
from voc.pipeline.sinks import Sink, open_sink, typed_columns
from voc.pipeline.tagger import Tagged, Tagger
from voc.progress import Progress, Silent
from voc.schema import SEGMENTS

BATCH = 500
#: Opens an output for rows with the columns given.
OpenSink = Callable[[str, pa.Schema], AbstractContextManager[Sink]]

#: Columns of the output behind those of the input, in order; those of own lenses follow.
COMMENT_COLUMNS = (
    "dataset",
    "id",
    "response_id",
    "text",
    "status",
    "reason",
    "sentiment",
    "sentiment_score",
    "sentiment_p",
    "stance",
    "stance_score",
    "stance_p",
    "lean",
    "signals",
    "signal_p",
    "evidence",
    "intent",
    "advocacy",
    "abstained",
    "themes",
    "theme_labels",
    "language",
    "pii",
    "model_version",
    "theme_version",
)
SEGMENT_COLUMNS = (*SEGMENTS.names[:5], "text", *SEGMENTS.names[5:])


@dataclass(frozen=True)
class TagCounts:
    """Rows written by status, and input files left out with the reason."""

    rows: int
    by_status: dict[str, int]
    skipped: tuple[tuple[str, str], ...]

    @property
    def rejected(self) -> int:
        return self.by_status.get("rejected", 0)


def tag_file(
    inputs: Sequence[str],
    output: str,
    tagger: Tagger,
    *,
    reading: ingest.ReadOptions | None = None,
    segments: bool = False,
    progress: Progress | None = None,
    opened: OpenSink = open_sink,
) -> TagCounts:
    """Tag ``inputs`` into ``output`` (.csv, .jsonl, .parquet, .xlsx, or ``-`` for JSON Lines on stdout; or whatever
    ``opened`` opens).

    The output appears whole or not at all. Raises InputError for unusable input, UsageError for another suffix or
    an output that is one of the inputs.
    """
    progress = progress or Silent()
    if output != "-" and any(Path(output).resolve() == Path(given).resolve() for given in inputs):
        raise UsageError(f"{output} is the input as well: name another output.")
    with progress.task("Looking at the input", None):
        plan = ingest.understand(inputs, reading or ingest.ReadOptions())
    carried = () if segments else carried_columns(plan)
    contract = SEGMENT_COLUMNS if segments else COMMENT_COLUMNS
    names = (*contract, *(field.name for field in tagger.own_fields))
    columns = typed_columns(output_columns(carried, names), tagger.own_fields)
    counts: Counter[str] = Counter()
    with (
        opened(output, columns) as sink,
        progress.task("Tagging", plan.rows) as advance,
    ):
        for rows in ingest.read(plan, batch_size=BATCH, unique=False):
            tagged = tagger.tag(rows, with_segments=segments)
            counts.update(tagged.comments["status"].to_pylist())
            if segments:
                sink.write(_segment_rows(tagged, names, tagger))
            else:
                sink.write(comment_rows(rows, tagged, carried, tagger))
            advance(sum(account.read for account in ingest.tally(rows).values()))
        if not counts.keys() - {"empty", "rejected"}:
            raise InputError(
                f"No usable comment among {sum(counts.values()):,} row(s): every row is empty or was rejected; "
                "see how the columns are understood with 'voc ingest --dry-run'."
            )
    return TagCounts(sum(counts.values()), dict(counts), plan.skipped)


def carried_columns(plan: ingest.Plan) -> tuple[str, ...]:
    """Every input column but the text's own, over all files, in order of appearance."""
    found: dict[str, None] = {}
    for file in plan.files:
        found.update(dict.fromkeys(column for column in file.table_columns if column not in file.texts))
    return tuple(found)


def renamed(column: str, taken: Sequence[str]) -> str:
    """An input column's name in the output: with ``_input`` where a tag column has it."""
    return f"{column}_input" if column in taken else column


def output_columns(carried: Sequence[str], names: Sequence[str] = COMMENT_COLUMNS) -> list[str]:
    """The columns of an output: those of the input, then the tags."""
    return [*(renamed(column, names) for column in carried), *names]


def comment_rows(rows: pa.Table, tagged: Tagged, carried: Sequence[str], tagger: Tagger) -> Iterator[dict[str, Any]]:
    """Rows of an output, one per comment: the ``carried`` columns of READ's ``rows``, and their tags."""
    names = (*COMMENT_COLUMNS, *(field.name for field in tagger.own_fields))
    labels = tagger.themes.labels() if tagger.themes else {}
    read = rows.select(["response_id", "reason", "carried"]).to_pylist()
    for given, tags in zip(read, tagged.comments.to_pylist(), strict=True):
        own = json.loads(given["carried"] or "{}")
        row = {renamed(column, names): own.get(column) for column in carried}
        tags["response_id"], tags["reason"] = given["response_id"], given["reason"]
        if tagger.themes and tags["themes"] is not None:
            resolved = (tagger.themes.resolve(theme) for theme in tags["themes"])
            tags["themes"] = list(dict.fromkeys(theme for theme in resolved if theme))
        shown = tags["themes"]
        tags["theme_labels"] = None if shown is None else [labels[theme] for theme in shown]
        yield row | {name: tags[name] for name in names}


def _segment_rows(tagged: Tagged, names: Sequence[str], tagger: Tagger) -> Iterator[dict[str, Any]]:
    texts = iter(tagged.comments.filter(pc.equal(tagged.comments["status"], "ok"))["text"].to_pylist())
    text = ""
    for row in tagged.segments.to_pylist():
        if row["segment_no"] == 0:
            text = next(texts)
        theme = tagger.themes.resolve(row["theme"]) if tagger.themes else None
        shown = row | {"text": text[row["start"] : row["end"]], "theme": theme}
        yield {name: shown[name] for name in names}
