"""base, nps, drivers: what the score is, what it rests on, what goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voc.cli.analysis import frames_of
from voc.cli.console import (
    STORE,
    ChartOption,
    JsonOption,
    StoreOption,
    WhereOption,
    print_frame,
    print_json,
    records,
    save_chart,
    say,
)
from voc.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from voc.pipeline import Frames

# The keys of the JSON documents are a contract; analytics tables may hold more columns.
DRIVER_COLUMNS = (
    *("theme", "label", "polarity", "level", "n", "share", "leave_out", "alone", "effect", "low", "high", "q"),
    *("companion", "co_mentioned", "stable", "named"),
    *("leave_out_low", "leave_out_high", "alone_low", "alone_high"),
)
NPS_COLUMNS = (
    *("by", "period", "n", "promoters", "passives", "detractors", "nps", "low", "high"),
    *("survey_type", "n_effective", "small"),
)
BASE_COLUMNS = (
    *("score", "survey_type", "rows", "responses", "scored", "commented", "used"),
    *("n_effective", "value", "low", "high", "used_value", "used_low", "used_high"),
    *("official", "difference", "within", "small"),
)
VALUE_COLUMNS = ("theme", "label", "detractors", "value", "share_of_value", "low", "high")
IMPORTANCE_COLUMNS = ("theme", "label", "n", "share_of_explained", "low", "high", "r2")

SurveyOption = Annotated[
    str | None,
    typer.Option("--survey-type", metavar="NAME", help="Answers of this kind of survey; default: the most frequent."),
]


def register(app: typer.Typer) -> None:
    for command in (base, nps, drivers):
        app.command()(command)


def base(
    store: StoreOption = STORE,
    official: Annotated[
        list[str] | None,
        typer.Option(
            "--official",
            metavar="[TYPE=]NPS",
            help="An NPS published elsewhere, to stand beside ours; TYPE where there are several kinds of survey.",
        ),
    ] = None,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """What scores rest on: rows, responses, scored, commented, used; kinds of score and of survey apart."""
    from voc import analytics

    comments = frames_of(store, where).comments
    table = analytics.score_base(comments, official=_official(official or [], comments))
    if as_json:
        others = table.attrs["other_scales"]
        note = table.attrs.get("note")
        print_json({"rows": records(table, BASE_COLUMNS), "other_scales": others, "note": note})
        return
    print_frame("What is left at each step", table, BASE_COLUMNS[:7], empty="No score.")
    if table.empty:
        return
    shown = ("score", "survey_type", "n_effective", "value", "low", "high", "used_value", "used_low", "used_high")
    print_frame("Score of all who answered, and of those whose words are used; 95 % intervals", table, shown, empty="")
    if official:
        beside = table[table["official"].notna()]
        columns = ("survey_type", "official", "value", "low", "high", "difference", "within")
        print_frame("Beside the official NPS (within: it lies in our interval)", beside, columns, empty="")
    for name, n in table.attrs["other_scales"].items():
        say(f"{n:,} answers on the scale “{name}” are in no score.")
    say("Kinds of score and of survey are never pooled. Fewer than 30 people: no figure.")


def nps(
    store: StoreOption = STORE,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="COLUMN", help="Group by a column: brand, source, customer_segment, theme …"),
    ] = None,
    period: Annotated[str | None, typer.Option("--period", help="day, week, month or quarter.")] = None,
    where: WhereOption = None,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """Net Promoter Score with its interval: % of 9–10 minus % of 0–6, every scored row, text or not."""
    from voc import analytics, charts

    comments = frames_of(store, where, listed=not as_json).comments
    table = analytics.nps_table(comments, by="theme_labels" if by == "theme" else by, period=period)
    if chart is not None:
        save_chart(charts.nps_line(table) if period else charts.nps_dots(table), chart)
    if as_json:
        print_json({"rows": records(table, NPS_COLUMNS), "note": table.attrs.get("note")})
        return
    print_frame(
        "Net Promoter Score, 95 % interval",
        table,
        NPS_COLUMNS[:-1],
        empty="No answer on a 0–10 scale: there is no NPS.",
    )
    if table["nps"].isna().any():
        say(
            "Without a figure: fewer than 30 people (read their comments), or fewer than 5 could be told from the rest."
        )


def drivers(
    store: StoreOption = STORE,
    score: Annotated[
        str | None, typer.Option("--score", help="nps, stars, csat or sentiment; default: the first that there is.")
    ] = None,
    survey_type: SurveyOption = None,
    where: WhereOption = None,
    chart: ChartOption = None,
    as_json: JsonOption = False,
    top: Annotated[int, typer.Option("--top", min=1, help="Rows to print (JSON has all).")] = 15,
    value: Annotated[
        bool, typer.Option("--value", help="Customer value held by the detractors who name each theme, instead.")
    ] = False,
    shares: Annotated[
        Path | None,
        typer.Option(
            "--shares", metavar="FILE", help="Also write how explained variation divides among themes (.xlsx)."
        ),
    ] = None,
) -> None:
    """Which themes, praised or criticised, go with a higher or lower score; adjusted for each other."""
    from voc import analytics, charts
    from voc.report.score import choose_kind

    frames = frames_of(store, where, listed=not as_json)
    if value:
        _value(frames, survey_type, as_json, top, chart)
        return
    score = score or choose_kind(frames.comments)
    table = analytics.drivers(frames.comments, frames.segments, frames.themes, score=score, survey_type=survey_type)
    if chart is not None:
        save_chart(charts.drivers_chart(table), chart)
    if shares is not None:
        _write_shares(frames, score, survey_type, shares)
    if as_json:
        about = {name: table.attrs.get(name) for name in ("survey_type", "left_out", "note")}
        print_json({"score": score, "n": table.attrs["n"], "rows": records(table, DRIVER_COLUMNS), **about})
        return
    shown = (
        *("label", "polarity", "n", "share", "leave_out", "alone", "effect", "low", "high"),
        *("companion", "co_mentioned", "named"),
    )
    unit = "NPS points of the whole" if score == "nps" else table.attrs["unit"]
    if note := table.attrs.get("note"):
        say(note)
    print_frame(
        f"What goes with the score ({unit}; {table.attrs['n']:,} scored responses), lowest first",
        table.head(top),
        shown,
        empty="No drivers: the store holds no scored, themed comment for this score.",
    )
    if table.attrs["left_out"]:
        kind = table.attrs["survey_type"]
        say(f"Survey type “{kind}” alone; {table.attrs['left_out']:,} answers of others are left out (--survey-type).")
    if not table.empty:
        say(
            "Association, not cause. Bars overlap; do not add. "
            "Allowing for a consequence can hide what lies behind it. "
            "'co_mentioned': the link goes away once its companion is held constant. "
            "'named': clear of chance among all themes tested."
        )


def _value(frames: Frames, survey_type: str | None, as_json: bool, top: int, chart: Path | None) -> None:
    from voc import analytics, charts

    table = analytics.value_held(frames.comments, frames.segments, frames.themes, survey_type=survey_type)
    if chart is not None:
        save_chart(charts.value_bars(table), chart)
    if as_json:
        about = {name: table.attrs.get(name) for name in ("customers", "value", "note")}
        print_json({**about, "rows": records(table, VALUE_COLUMNS)})
        return
    print_frame(
        f"Customer value held by detractors who name the theme ({table.attrs['customers']:,} customers with a value)",
        table.head(top),
        VALUE_COLUMNS[1:],
        empty="No customer value.",
    )
    if len(table):
        say("Value they hold now; not a forecast of loss. Who names several themes counts under each: do not add.")


def _write_shares(frames: Frames, score: str, survey_type: str | None, path: Path) -> None:
    """The workbook: the one place where shares of explained variation stand."""
    import pyarrow as pa

    from voc import analytics
    from voc.pipeline.sinks import open_sink

    if path.suffix != ".xlsx":
        raise UsageError(f"--shares {path}: shares go into a workbook; name a file that ends in .xlsx")
    table = analytics.importance(frames.comments, frames.segments, frames.themes, score=score, survey_type=survey_type)
    if note := table.attrs.get("note"):
        say(f"No shares written: {note}")
        return
    explained = table.attrs["explained"]
    name = f"share of the {100 * explained:.0f} % of score variation that themes explain"
    how = "exact" if table.attrs["exact"] else "sampled; low and high: its error"
    table = table[list(IMPORTANCE_COLUMNS)].rename(columns={"share_of_explained": name})
    with open_sink(str(path), pa.schema([(column, pa.string()) for column in table.columns])) as sink:
        sink.write({str(name): cell for name, cell in row.items()} for row in table.to_dict("records"))
    say(f"Wrote {path}: each theme's {name} ({how}).")


def _official(given: list[str], comments: pd.DataFrame) -> dict[str, float]:
    """``relationship=42`` or, where there is one kind of survey, ``42``."""
    from voc.analytics.answers import main_survey

    figures = {}
    for text in given:
        name, _, number = text.rpartition("=")
        try:
            figures[name or main_survey(comments, "nps") or ""] = float(number.replace("−", "-"))
        except ValueError:
            raise UsageError(f"--official {text!r}: give a number, or TYPE=NUMBER, such as relationship=42") from None
    return figures
