"""search, export, note, callbacks: comments, found, taken along and set down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.analysis import frames_of
from voc.cli.console import STORE, Bars, JsonOption, StoreOption, WhereOption, print_frame, print_json, records, say
from voc.cli.themes import AuthorOption, theme_id, user
from voc.errors import UsageError

SEARCH_COLUMNS = ("dataset", "id", "by_words", "by_meaning", "score", "text")
CALL_COLUMNS = (
    *("dataset", "id", "customer_id", "date", "customer_value", "score", "score_scale", "reason"),
    *("sentiment", "stance", "text"),
)
HOW = {"both": ("words", "meaning"), "words": ("words",), "meaning": ("meaning",)}


def register(app: typer.Typer) -> None:
    for command in (search, export, note, callbacks):
        app.command()(command)


def search(
    words: Annotated[
        str | None, typer.Argument(metavar="[WORDS]", help='What to look for; words in "quotes" stand in a row.')
    ] = None,
    by: Annotated[str, typer.Option("--by", help="words, meaning or both.")] = "both",
    top: Annotated[int, typer.Option("--top", min=1, help="Comments to print (JSON has all).")] = 20,
    index: Annotated[bool, typer.Option("--index", help="First make the store's search index anew.")] = False,
    store: StoreOption = STORE,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find comments by their words and by what they mean, the two rankings joined."""
    from voc.pipeline.search import index_for_search
    from voc.pipeline.search import search as find
    from voc.store import Store

    if by not in HOW:
        raise UsageError(f"--by {by!r}: choose one of {', '.join(HOW)}")
    if index:
        index_for_search(Store.open(store))
        say("The search index is made.")
    if not words:
        if index:
            return
        raise UsageError("name what to look for, such as: voc search 'nobody told me what it costs'")
    frames = frames_of(store, where)
    table = find(Store.open(store).snapshot(), frames, words, by=HOW[by])
    if note := table.attrs.get("note"):
        say(note)
    rows = frames.comments[["dataset", "id", "text"]].iloc[table["position"]].reset_index(drop=True)
    table = table.join(rows)
    if as_json:
        print_json({"indexed": table.attrs["indexed"], "rows": records(table, SEARCH_COLUMNS)})
        return
    print_frame(f"Comments for {words!r}", table.head(top), SEARCH_COLUMNS, empty="No comment fits.")


def export(
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="FILE", help=".csv, .jsonl, .parquet, .xlsx; '-': JSON Lines."),
    ],
    segments: Annotated[bool, typer.Option("--segments", help="A row for each segment, with its one theme.")] = False,
    store: StoreOption = STORE,
    where: WhereOption = None,
) -> None:
    """Write the store's comments with all tags to one file: themes by name, labels as readers corrected them."""
    from voc.pipeline.export import export as export_to

    n = export_to(frames_of(store, where), output, segments=segments, progress=Bars())
    if output != "-":
        say(f"Wrote {output}: {n:,} {'segments' if segments else 'comments'}.")


def note(
    dataset: Annotated[str, typer.Argument(help="Data set of the comment.")],
    id_: Annotated[str, typer.Argument(metavar="ID", help="Id of the comment.")],
    sentiment: Annotated[str | None, typer.Option("--sentiment", help="Correct it: negative, neutral …")] = None,
    stance: Annotated[str | None, typer.Option("--stance", help="Correct it: giving, taking, both, neither.")] = None,
    tags: Annotated[str | None, typer.Option("--tags", help="Tags, joined by a semicolon.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="A note in words.")] = None,
    signals: Annotated[str | None, typer.Option("--signals", help="All it shows, joined by a semicolon; none.")] = None,
    theme: Annotated[str | None, typer.Option("--theme", help="Theme of a sentence, by id or name; none.")] = None,
    sentence: Annotated[int, typer.Option("--sentence", min=1, help="Which sentence --theme is of.")] = 1,
    take_back: Annotated[
        str | None,
        typer.Option("--take-back", metavar="KIND", help="sentiment, stance, signals, theme, tags or note: as it was."),
    ] = None,
    store: StoreOption = STORE,
    author: AuthorOption = None,
) -> None:
    """Correct a label of one comment, tag it, or set down a note; the last word holds and can be taken back."""
    from voc.pipeline.annotations import annotate
    from voc.store import Store

    given = {"sentiment": sentiment, "stance": stance, "signals": signals, "tags": tags, "note": text}
    wanted: dict[str, str | None] = {kind: value for kind, value in given.items() if value is not None}
    if theme is not None or take_back == "theme":
        wanted |= _of_sentence(store, (dataset, id_), sentence, theme)
    elif take_back is not None:
        wanted[take_back] = None
    if not wanted:
        raise UsageError("say what to set: --sentiment, --stance, --signals, --theme, --tags, --text or --take-back")
    for kind, value in wanted.items():
        annotate(Store.open(store), [(dataset, id_)], kind, value, author or user())
        say(f"{kind} of {id_}: {value or 'as it was'}.")


def _of_sentence(store: str, key: tuple[str, str], number: int, theme: str | None) -> dict[str, str | None]:
    """The kind of annotation for the theme of a comment's sentence, with the theme's id; None takes it back."""
    from voc.pipeline import stored_themes
    from voc.pipeline.annotations import NONE, theme_kind
    from voc.store import Store
    from voc.store.writer import where_keys

    snapshot = Store.open(store).snapshot()
    rows = sorted(snapshot.segments(where=where_keys([key])).to_pylist(), key=lambda row: int(row["segment_no"]))
    if number > len(rows):
        raise UsageError(f"comment {key[1]!r} has {len(rows)} sentences, not {number}")
    themes = stored_themes(snapshot)
    known = theme_id(themes, theme) if themes and theme and theme != NONE else theme
    return {theme_kind(rows[number - 1]["start"], rows[number - 1]["end"]): known}


def callbacks(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Also write all ids (.csv, .jsonl, .xlsx).")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Comments to print (JSON has all).")] = 20,
    store: StoreOption = STORE,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whom to call back: detractors and those who warn others off, the most valuable customers first."""
    import pyarrow as pa

    from voc import analytics
    from voc.pipeline.sinks import open_sink

    table = analytics.call_backs(frames_of(store, where).comments)
    if output is not None:
        ids = table[list(CALL_COLUMNS[:8])].astype(object).where(table[list(CALL_COLUMNS[:8])].notna(), None)
        numbers = ("customer_value", "score")
        types = [(name, pa.float64() if name in numbers else pa.string()) for name in ids.columns]
        ids["date"] = [None if day is None else f"{day:%Y-%m-%d}" for day in ids["date"]]
        with open_sink(str(output), pa.schema(types)) as sink:
            sink.write({str(name): cell for name, cell in row.items()} for row in ids.to_dict("records"))
        say(f"Wrote {output}: {len(table):,} comments.")
    if as_json:
        print_json({"rows": records(table, CALL_COLUMNS)})
        return
    print_frame("Worth a call back", table.head(top), CALL_COLUMNS, empty="Nobody: no detractor, no warning.")
