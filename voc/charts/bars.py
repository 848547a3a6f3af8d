"""Counts and shares as bars."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.events import event_marks, event_notes, shown_events
from voc.charts.theme import (
    GROUPS,
    INK,
    MUTED,
    NEUTRAL,
    ROW,
    SENTIMENT_COLOURS,
    TAKING,
    Chart,
    after,
    dated,
    every_period,
    finish,
    nothing,
    period_start,
    shorten,
)
from voc.charts.words import count

_LINE = 21  # of the two bars and the name of an emerging theme


def volume_bars(table: pd.DataFrame, title: str = "Comments by period", events: pd.DataFrame | None = None) -> Chart:
    """From ``volume(…, period=…)``: number of rows in each period, groups stacked; ``events`` (``date, event``) are
    marked."""
    rows = dated(table)
    if rows.empty:
        return nothing(title, "No dated comment to count.")
    names = sorted(rows["by"].unique())
    bars = (
        alt.Chart(rows)
        .mark_bar(color=NEUTRAL)
        .encode(
            x=_periods(rows),
            y=alt.Y("n:Q", title="Comments"),
            tooltip=[alt.Tooltip("by:N", title="group"), "period:N", "n:Q", "tagged:Q", "scored:Q"],
        )
    )
    if len(names) > 1:
        bars = bars.encode(color=alt.Color("by:N", title=None, scale=alt.Scale(domain=names, range=list(GROUPS))))
    totals = rows.groupby(["period"], as_index=False)["n"].sum()
    layers = [bars]
    if len(totals) <= 24:
        layers.append(
            alt.Chart(totals)
            .mark_text(dy=-7, fontSize=10.5, color=INK)
            .encode(x=_periods(rows), y="n:Q", text=alt.Text("n:Q", format=","))
        )
    marks, names = _events(events, rows, lift=16)
    undated = int(table["n"].sum() - rows["n"].sum())
    note = count(int(rows["n"].sum()), "dated comment") + (
        f"; {undated:,} without a date are not shown." if undated else "."
    )
    return finish(alt.layer(*layers, *marks), title, [note, *names])


def sentiment_bars(
    table: pd.DataFrame, title: str = "Sentiment by period", events: pd.DataFrame | None = None
) -> Chart:
    """From ``sentiment_table(…, period=…)``: shares of the four sentiments in each period, stacked to 100
    %; ``events`` (``date, event``) are marked."""
    rows = dated(table).dropna(subset=["share"])
    if rows.empty:
        return nothing(title, "No period with enough tagged, dated comments to show.")
    order = list(SENTIMENT_COLOURS)
    rows = rows.groupby(["period", "start", "sentiment"], as_index=False)[["n", "count"]].sum()
    rows["share"] = rows["count"].astype(float) / rows["n"]
    rows = rows.assign(rank=rows["sentiment"].map({name: i for i, name in enumerate(order)}))
    rows["label"] = [f"{share:.0%}" if share >= 0.07 else "" for share in rows["share"]]
    rows = rows.sort_values(["start", "rank"])
    rows["upper"] = rows.groupby("period")["share"].cumsum()
    rows["lower"] = rows["upper"] - rows["share"]
    rows["middle"] = (rows["upper"] + rows["lower"]) / 2
    plot = alt.Chart(rows).encode(x=_periods(rows))
    bars = plot.mark_bar().encode(
        y=alt.Y(
            "lower:Q",
            title="Share of tagged comments",
            axis=alt.Axis(format="%"),
            scale=alt.Scale(domain=[0, 1]),
        ),
        y2="upper:Q",
        color=alt.Color(
            "sentiment:N",
            title=None,
            sort=order,
            scale=alt.Scale(domain=order, range=list(SENTIMENT_COLOURS.values())),
        ),
        tooltip=["period:N", "sentiment:N", alt.Tooltip("share:Q", format=".1%"), "count:Q", "n:Q"],
    )
    layers = [bars]
    if rows["period"].nunique() <= 16:
        layers.append(
            plot.mark_text(fontSize=10).encode(
                y="middle:Q",
                text="label:N",
                color=alt.condition(
                    "datum.sentiment == 'neutral' || datum.sentiment == 'mixed'",
                    alt.value(INK),
                    alt.value("white"),
                ),
            )
        )
    total = int(rows.drop_duplicates("period")["n"].sum())
    marks, names = _events(events, rows)
    return finish(alt.layer(*layers, *marks), title, [f"{count(total, 'tagged comment')}.", *names])


def theme_bars(table: pd.DataFrame, top: int = 12, title: str = "What customers write about") -> Chart:
    """From ``theme_table``: share of tagged comments that mention each theme, with its interval."""
    rows = table[table["n"] > 0].nlargest(top, "n")
    if rows.empty:
        return nothing(title, "No theme has been assigned yet.")
    note = ["Share of tagged comments that mention the theme; line: 95 % interval. A comment can mention several."]
    unthemed = table.attrs.get("unthemed_share")
    if unthemed is not None and unthemed == unthemed:
        note.append(f"{unthemed:.0%} of the tagged comments fit no theme.")
    return _shares(rows, "share", "low", "high", NEUTRAL, "Share of tagged comments", title, note)


def emerging_bars(table: pd.DataFrame, title: str = "What is emerging") -> Chart:
    """From ``emerging``: for the themes marked ``emerging``, the recent share beside the share before."""
    rows = table[table["emerging"].astype(bool)]
    if rows.empty:
        return nothing(title, "No theme has grown beyond chance in the recent weeks.")
    parts = [
        rows.assign(when=when, share=rows[f"share_{name}"], count=rows[f"n_{name}"])
        for when, name in (("before", "before"), ("recent", "recent"))
    ]
    long = pd.concat(parts)
    long["text"] = [f"{share:.1%} ({n})" for share, n in zip(long["share"], long["count"], strict=True)]
    order = rows.sort_values("share_recent", ascending=False)["label"].tolist()
    # the name has a line of its own above the two bars, so that it fits a telephone
    lines = alt.YOffset("when:N", scale=alt.Scale(domain=["name", "before", "recent"]))
    y = alt.Y("label:N", sort=order, axis=None)
    plot = alt.Chart(long).encode(
        y=y,
        yOffset=lines,
        x=alt.X(
            "share:Q",
            title="Share of tagged comments (number of comments)",
            axis=alt.Axis(format="%", tickCount=6),
            scale=alt.Scale(domain=[0, float(long["share"].max()) * 1.3]),
        ),
        tooltip=[
            "label:N",
            "when:N",
            alt.Tooltip("share:Q", format=".1%"),
            "count:Q",
            alt.Tooltip("ratio:Q", format=".1f", title="times as often"),
            alt.Tooltip("low:Q", format=".1f"),
            alt.Tooltip("high:Q", format=".1f"),
            alt.Tooltip("q:Q", format=".3f"),
        ],
    )
    bars = plot.mark_bar().encode(
        color=alt.Color("when:N", title=None, scale=alt.Scale(domain=["before", "recent"], range=["#c9cdd1", TAKING]))
    )
    texts = plot.mark_text(align="left", dx=4, fontSize=11, color=INK).encode(text="text:N")
    named = rows.assign(when="name", name=[shorten(str(label), 48) for label in rows["label"]])
    names = (
        alt.Chart(named[["label", "when", "name"]])
        .mark_text(align="left", fontSize=11.5, color=INK)
        .encode(y=y, yOffset=lines, x=alt.value(0), text="name:N")
    )
    note = ["Themes whose share grew beyond chance", "(5 % false discoveries allowed)."]
    return finish(alt.layer(bars, texts, names), title, note, height=3 * _LINE * len(rows))


def _shares(
    rows: pd.DataFrame, share: str, low: str, high: str, colour: str, axis: str, title: str, note: list[str]
) -> Chart:
    order = rows["label"].tolist()
    rows = rows.assign(text=[f"{value:.0%} ({n:,})" for value, n in zip(rows[share], rows["n"], strict=True)])
    limit = float(rows[high].max())
    plot = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=order, title=None),
        tooltip=["label:N", "n:Q", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in (share, low, high))],
    )
    bars = plot.mark_bar(color="#b9bec3", height=15).encode(
        x=alt.X(
            f"{share}:Q",
            title=f"{axis} (number of comments)",
            axis=alt.Axis(format="%", tickCount=6),
            scale=alt.Scale(domain=[0, limit * 1.25]),
        )
    )
    lines = plot.mark_rule(color=INK, strokeWidth=1.4).encode(x=f"{low}:Q", x2=f"{high}:Q")
    texts = plot.mark_text(align="left", dx=6, fontSize=11, color=MUTED).encode(x=f"{high}:Q", text="text:N")
    return finish(alt.layer(bars, lines, texts), title, note, height=ROW * len(rows))


def _events(events: pd.DataFrame | None, rows: pd.DataFrame, lift: int = 2) -> tuple[list[alt.Chart], list[str]]:
    """Marks of the events in the periods they fall in, numbers so far above the bars, and their names."""
    marked = shown_events(events, rows["start"].min(), after(rows["period"]))
    labels = every_period(rows["period"])
    starts = pd.DatetimeIndex([period_start(label) for label in labels])
    within = starts.searchsorted(pd.DatetimeIndex(marked["start"]), side="right") - 1
    return event_marks(marked.assign(period=[labels[i] for i in within]), _periods(rows), lift), event_notes(marked)


def _periods(rows: pd.DataFrame) -> alt.X:
    """A place for each period from the first to the last, in order of time and empty where there are no rows; every
    label where there is room."""
    labels = every_period(rows["period"])
    step = max(1, -(-len(labels) // 16))
    return alt.X(
        "period:O",
        title=None,
        scale=alt.Scale(domain=labels),
        axis=alt.Axis(values=labels[::step], labelAngle=-40 if len(labels) > 8 else 0),
    )
