"""changes and compare: what differs between two periods or two slices, beyond chance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    print_table,
    records,
    save_chart,
    say,
)
from voc.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from voc.pipeline import Frames

# The keys of the JSON documents are a contract; analytics tables may hold more columns.
EMERGING_COLUMNS = (
    *("theme", "label", "n_before", "n_recent", "share_before", "share_recent"),
    *("ratio", "low", "high", "p", "q", "emerging"),
)
_ADJUSTED = ("adjusted", "adjusted_low", "adjusted_high", "shrunk", "missed", "p", "q", "named", "small")
CHANGE_COLUMNS = (
    *("measure", "theme", "label", "n_now", "n_before", "now", "before", "change", "low", "high"),
    *_ADJUSTED,
)
COMPARE_COLUMNS = ("measure", "theme", "label", "n_a", "n_b", "a", "b", "difference", "low", "high", *_ADJUSTED)
POINT_COLUMNS = (
    *("measure", "theme", "label", "week", "week_low", "week_high", "before", "after", "change", "low", "high"),
    *("p", "q", "named"),
)
SPLIT_COLUMNS = ("part", "theme", "label", "polarity", "points", "low", "high")
BASE_COLUMNS = ("step", "now", "before")
RATE_COLUMNS = ("by", "complaints", "customers", "months", "rate", "low", "high")
_SAME = ("same_n", "same_now", "same_before", "same_change", "same_low", "same_high")

CustomersOption = Annotated[
    Path | None,
    typer.Option("--customers", metavar="FILE", help="Customers by month (CSV); default: customers.csv in the store."),
]


def register(app: typer.Typer) -> None:
    for command in (changes, compare):
        app.command()(command)


def changes(
    store: StoreOption = STORE,
    period: Annotated[
        str, typer.Option("--period", help="month, quarter, week, year, day, or one such as 2026-09.")
    ] = "month",
    against: Annotated[
        str | None, typer.Option("--against", metavar="PERIOD", help="An earlier period; default: the one before.")
    ] = None,
    so_far: Annotated[
        bool, typer.Option("--so-far", help="The period that has begun, against the same days of the other.")
    ] = False,
    events: Annotated[
        Path | None,
        typer.Option("--events", metavar="FILE", help="Events (CSV: date,event); default: events.csv in the store."),
    ] = None,
    customers: CustomersOption = None,
    polarity: Annotated[
        str | None,
        typer.Option("--polarity", metavar="TONE", help="Only who praised or criticised it, as in the brief."),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=0, help="Themes listed; those beyond chance always are.")] = 5,
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, help="Instead: themes that grew in the last N days, against all before."),
    ] = None,
    where: WhereOption = None,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed between two periods beyond chance, what the change adds up from, and when levels moved."""
    frames = frames_of(store, where, listed=not as_json)
    if days is not None:
        _emerging(frames, days, as_json)
        return
    from voc import analytics, charts
    from voc.pipeline import customers_of, events_of
    from voc.report.score import choose_kind

    tables = frames.comments, frames.segments, frames.themes
    choice: dict[str, Any] = {"period": period, "against": against, "so_far": so_far}
    if polarity is not None:
        _by_tone(frames, polarity, choice, top, as_json, chart)
        return
    marks, counted = events_of(store, events), customers_of(store, customers)
    kind = choose_kind(frames.comments)
    score = "nps" if kind == "sentiment" else kind
    table = analytics.changes(*tables, **choice)
    split = analytics.change_split(*tables, score=score, **choice)
    base = analytics.response_base(frames.comments, score=score, customers=counted, **choice)
    points = analytics.change_points(*tables)
    if chart is not None:
        save_chart(charts.change_dots(table), chart)
    if as_json:
        print_json(
            {
                **{name: table.attrs[name] for name in ("now", "before", "partial", "survey_types", "adjusted_for")},
                "rows": records(table, CHANGE_COLUMNS),
                "split": records(split, SPLIT_COLUMNS),
                "base": records(base, BASE_COLUMNS),
                "same_customers": {name.removeprefix("same_"): base.attrs[name] for name in _SAME},
                "change_points": records(_with_days(points), POINT_COLUMNS),
                "note": table.attrs.get("note"),
            }
        )
        return
    if table["change"].isna().all():
        say(table.attrs.get("note", "Too few comments in both periods to compare."))
        return
    _print_changes(table, top)
    _print_split(split, score)
    print_frame(f"Who answered ({score.upper()})", base, BASE_COLUMNS, empty="")
    _print_points(points, marks)
    _explain(table, base)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="SQL condition, e.g. \"brand = 'Wrenly'\".")],
    b: Annotated[str | None, typer.Argument(metavar="[B]", help="Another; default: all that A leaves.")] = None,
    store: StoreOption = STORE,
    customers: CustomersOption = None,
    logged: Annotated[
        bool,
        typer.Option("--every-complaint-logged", help="Say that rows of source 'complaint' are all there were."),
    ] = False,
    where: WhereOption = None,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """Two slices side by side, as they are and at an equal mix of customers; complaints per 1,000 customers."""
    from voc import analytics, charts
    from voc.pipeline import customers_of, slices

    frames = frames_of(store, where, listed=not as_json)
    first, second = slices(frames, a, b)
    table = analytics.compare(frames.comments, frames.segments, frames.themes, first, second)
    counted = customers_of(store, customers)
    rates = _rates(frames, counted, (a, b or f"NOT ({a})"), (first, second), logged)
    if chart is not None:
        save_chart(charts.rate_dots(rates) if logged else charts.compare_dots(table, a, b or "all others"), chart)
    if as_json:
        about = {name: table.attrs.get(name) for name in ("n_a", "n_b", "survey_types", "adjusted_for")}
        notes = {name: table.attrs.get(name) for name in ("caution", "note")}
        ratio = dict(zip(("ratio", "low", "high"), analytics.rate_ratio(rates), strict=True)) if len(rates) else None
        found = {"rows": records(rates, RATE_COLUMNS), "ratio": ratio, "note": rates.attrs.get("note")}
        print_json({"a": a, "b": b, **about, "rows": records(table, COMPARE_COLUMNS), "complaints": found, **notes})
        return
    _print_compare(table, a, b or "all others")
    if counted is not None or logged:
        _print_rates(rates)


def _emerging(frames: Frames, days: int, as_json: bool) -> None:
    from voc import analytics

    table = analytics.emerging(frames.comments, frames.segments, frames.themes, recent_days=days)
    if as_json:
        print_json({"recent_days": days, "rows": records(table, EMERGING_COLUMNS)})
        return
    print_frame(
        f"Themes, last {days} days against before",
        table.head(15),
        EMERGING_COLUMNS[1:],
        empty="No dated, themed comments.",
    )


def _by_tone(
    frames: Frames, polarity: str, choice: dict[str, Any], top: int, as_json: bool, chart: Path | None
) -> None:
    """The shares of those who praise or criticise each theme, among the base of the drivers."""
    from voc import analytics, charts
    from voc.report.score import choose_kind

    kind = choose_kind(frames.comments)
    tables = frames.comments, frames.segments, frames.themes
    table = analytics.changes(*tables, **choice, polarity=polarity, score=None if kind == "sentiment" else kind)
    if chart is not None:
        save_chart(charts.change_dots(table), chart)
    if as_json:
        about = {name: table.attrs[name] for name in ("now", "before", "partial", "survey_types", "adjusted_for")}
        print_json(
            {**about, "polarity": polarity, "rows": records(table, CHANGE_COLUMNS), "note": table.attrs.get("note")}
        )
        return
    if table["change"].isna().all():
        say(table.attrs.get("note", "Too few comments in both periods to compare."))
        return
    _print_changes(table, top)
    base = "tagged comments" if kind == "sentiment" else "scored commenters"
    say(f"Shares here are of the {base}: those by whom the theme is {polarity}, as in the brief.")


def _with_days(points: pd.DataFrame) -> pd.DataFrame:
    """Weeks as ``2026-09-21``."""
    weeks = {name: [f"{day:%Y-%m-%d}" for day in points[name]] for name in ("week", "week_low", "week_high")}
    return points.assign(**weeks)


def _print_changes(table: pd.DataFrame, top: int) -> None:
    from voc.report.moved import NAMES, figure

    before = table.attrs["before"]
    shown = table[table["change"].notna()]
    head, themes = shown[shown["theme"].isna()], shown[shown["theme"].notna()]
    shares = themes["measure"].eq("share")
    listed = themes[themes["named"].astype(bool) | (shares & shares.cumsum().le(top))]
    rest = int((shares & themes["p"].notna()).sum() - (listed["measure"].eq("share") & listed["p"].notna()).sum())
    columns = ("figure", "now", "before", "change", "95 % interval", "equal mix", "missed under", "beyond chance")
    for title, rows in (
        (f"{table.attrs['now']} against {before}", head),
        (f"Themes, {table.attrs['now']} against {before}, farthest moved first", listed),
    ):
        if rows.empty:
            continue
        cells = []
        for row in rows.to_dict("records"):
            measure = str(row["measure"])
            name = NAMES[measure] if row["theme"] != row["theme"] else f"{row['label']}: {NAMES[measure].lower()}"
            low, high, missed = (figure(row[name], measure, True) for name in ("low", "high", "missed"))
            cells.append(
                (
                    *(name.replace(": nps", ": NPS"), figure(row["now"], measure), figure(row["before"], measure)),
                    *(figure(row["change"], measure, True), f"{low.removesuffix(' points')} to {high}"),
                    *(figure(row["adjusted"], measure, True), missed.lstrip("+"), row["named"]),
                )
            )
        print_table(title, columns, cells)
    if rest:
        say(f"{rest} more themes were compared, none with a change distinguishable from chance: --top {top + rest}.")


def _print_split(table: pd.DataFrame, score: str) -> None:
    from voc.analytics.split import PARTS

    if table.empty:
        say(str(table.attrs["note"]))
        return
    parts = table[table["theme"].isna()].replace({"part": PARTS})
    print_frame(
        f"What the change adds up from (points of {score.upper()})", parts, ("part", *SPLIT_COLUMNS[4:]), empty=""
    )
    if caution := table.attrs.get("caution"):
        say(caution)


def _print_points(table: pd.DataFrame, events: pd.DataFrame | None) -> None:
    from voc.report.moved import change_point

    named = table[table["named"].astype(bool)]
    if named.empty:
        say(table.attrs.get("note", "No week at which a level changed distinguishably from chance."))
    for row in named.to_dict("records"):
        print(change_point(row, events))


def _explain(table: pd.DataFrame, base: pd.DataFrame) -> None:
    from voc.report.moved import PARTIAL, change, same_customers

    if table.attrs["partial"]:
        say(PARTIAL)
    for row in table[table["theme"].isna()].to_dict("records"):
        say(change(row, table.attrs["before"]))
    if line := same_customers(base.attrs):
        say(line)
    say(
        "'beyond chance': at most 5 % of reports name anything where nothing changed. 'missed under': we would "
        "probably have missed smaller moves. Association, not cause."
    )


def _rates(
    frames: Frames,
    counted: pd.DataFrame | None,
    conditions: tuple[str, str],
    masks: tuple[pd.Series, pd.Series],
    logged: bool,
) -> pd.DataFrame:
    """Complaint rates of the two slices, one row each; the conditions must hold for the counts of customers too."""
    import pandas as pd

    from voc.analytics import complaint_rates
    from voc.pipeline import where

    if not logged:
        return complaint_rates(frames.comments, pd.DataFrame())
    if counted is None:
        raise UsageError("--every-complaint-logged needs counts of customers: give them with --customers FILE")
    found = [
        complaint_rates(frames.comments[mask], where(counted, condition), every_complaint_logged=True)
        for mask, condition in zip(masks, conditions, strict=True)
    ]
    table = pd.concat(
        [one.assign(by=name) for one, name in zip(found, conditions, strict=True) if len(one)] or found[:1]
    )
    table.attrs.update(found[0].attrs)
    return table.reset_index(drop=True)


def _print_compare(table: pd.DataFrame, a: str, b: str) -> None:
    from voc.report.moved import NAMES, difference, figure

    if table["difference"].isna().all():
        say(table.attrs.get("note", "Too few comments in one of the two slices to compare."))
        return
    say(f"a: {a} ({table.attrs['n_a']:,} rows); b: {b} ({table.attrs['n_b']:,} rows)")
    cells = []
    for row in table[table["difference"].notna()].head(24).to_dict("records"):
        measure = str(row["measure"])
        name = NAMES[measure] if row["theme"] != row["theme"] else f"{row['label']}: {NAMES[measure].lower()}"
        ends = [figure(row[end], measure, True) for end in ("low", "high", "adjusted", "adjusted_low", "adjusted_high")]
        low, high, mix, mix_low, mix_high = (end.removesuffix(" points") for end in ends)
        cells.append(
            (
                *(name.replace(": nps", ": NPS"), figure(row["a"], measure), figure(row["b"], measure)),
                *(figure(row["difference"], measure, True), f"{low} to {high}"),
                *("–" if mix == "–" else f"{mix} ({mix_low} to {mix_high})", row["named"]),
            )
        )
    print_table(
        "a less b", ("figure", "a", "b", "difference", "95 % interval", "at an equal mix", "beyond chance"), cells
    )
    for row in table[table["theme"].isna()].to_dict("records"):
        say(difference(row, "a", "b"))
    factors = ", ".join(table.attrs["adjusted_for"]) or "nothing: the two slices share no mix"
    say(f"The equal mix allows for {factors}. Association, not cause.")
    if caution := table.attrs.get("caution"):
        say(caution)


def _print_rates(rates: pd.DataFrame) -> None:
    from voc.analytics import rate_ratio

    print_frame("Complaints a month per 1,000 customers", rates, RATE_COLUMNS, empty="")
    if len(rates) == 2:
        ratio, low, high = rate_ratio(rates)
        say(f"a against b: {ratio:.2f} times as many ({low:.2f} to {high:.2f}), if every complaint is logged.")
