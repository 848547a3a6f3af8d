"""What stands on the two pages below the score: complaints, gratitude, what is new, gaps."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from voc.analytics import PRIVACY_MIN_N, block_balance, emerging, gaps, net_giving, reported, signal_balance
from voc.analytics.base import tagged
from voc.analytics.intervals import wilson
from voc.analytics.mentions import leaf_themes, theme_mentions
from voc.report import wording
from voc.report.model import Balance, Driver, Emerging, Figure, Gap, Gratitude, Quote, Rows
from voc.report.quotes import Wanted, typical
from voc.report.score import balance as net
from voc.report.score import difference, months_until
from voc.report.window import Window
from voc.schema import GIVING_SIGNALS, KEY, SIGNAL_NAMES, TAKING_SIGNALS

TOP_COMPLAINTS, TOP_GRATITUDE, TOP_EMERGING, TOP_GAPS = 5, 3, 2, 3
#: Quotes on the second page are at most so long.
SHORT = 140


def complaints(table: pd.DataFrame, kind: str, pool: pd.DataFrame, taken: list[Quote]) -> tuple[Driver, ...]:
    """At most five complaints that ``voc.analytics.drivers`` names as going with a lower score, with intervals that
    allow for their having been picked (``voc.analytics.reported``); without a score, the most frequent. Companions of
    another theme and praise are left out. Quotes go to ``taken``."""
    if kind == "sentiment":
        rows = _criticised(table)
        rows = rows[rows["n"] >= PRIVACY_MIN_N].sort_values(["share", "theme"], ascending=[False, True])
        rows = rows.head(TOP_COMPLAINTS)
    else:
        rows = reported(table, "criticised", TOP_COMPLAINTS)
    standing = "no_score" if kind == "sentiment" else "clear"
    found = []
    for row in rows.to_dict("records"):
        each = _each(row)
        found.append(
            Driver(
                theme=row["theme"],
                label=row["label"],
                n=int(row["n"]),
                share=float(row["share"]),
                effect=_figure(int(row["n"]), row["effect"], row["low"], row["high"]),
                each=each,
                standing=standing,
                sentence=wording.driver(each, kind),
                quote=_quoted(pool, Wanted(row["theme"], "negative"), taken),
            )
        )
    return tuple(found)


def complaints_note(table: pd.DataFrame, kind: str, found: int) -> str:
    """Why fewer than five complaints are listed; empty where five are, or where there is no score to be clear of."""
    if not (_criticised(table)["n"] >= PRIVACY_MIN_N).any():
        return "No theme is criticised by enough customers to list."
    if kind == "sentiment" or found == TOP_COMPLAINTS:
        return ""
    if not found:
        return "No complaint driver is clear of chance."
    return f"Only {wording.count(found, 'complaint driver')} {'is' if found == 1 else 'are'} clear of chance."


def companions(table: pd.DataFrame) -> str:
    """A sentence on complaints that only look bad beside another; empty where there is none."""
    rows = _criticised(table)
    rows = rows[rows["co_mentioned"].astype(bool) & (rows["leave_out"] < 0)]
    rows = rows.sort_values(["n", "theme"], ascending=[False, True])
    if rows.empty:
        return ""
    names = [
        f"“{wording.shortened(row['label'])}” ({wording.percent(row['share'])}), "
        f"beside “{wording.shortened(row['companion'])}”"
        for row in rows.head(2).to_dict("records")
    ]
    return f"Co-mentioned: {'; '.join(names)}. Allowing for what it is named beside, no lower score goes with it."


def criticism(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """Stands in for ``drivers`` where there is no score: how many tagged comments criticise each leaf theme."""
    base = len(tagged(comments))
    mentions = theme_mentions(comments, segments, themes)
    counts = mentions[mentions["criticised"]]["theme"].value_counts()
    table = leaf_themes(themes).rename(columns={"id": "theme"})
    table = table.assign(n=table["theme"].map(counts).fillna(0).astype("int64"), polarity="criticised")
    table = table[table["n"] > 0].assign(share=lambda rows: rows["n"] / max(base, 1), co_mentioned=False)
    estimates = ("leave_out", "effect", "low", "high", "coefficient", "coefficient_low", "coefficient_high")
    table[list(estimates)] = float("nan")
    table.attrs["n"] = base
    return table


def gratitude(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    table: pd.DataFrame,
    kind: str,
    pool: pd.DataFrame,
    taken: list[Quote],
    complained: Collection[str] = (),
) -> tuple[Gratitude, ...]:
    """The three themes praised in most comments: a positive segment of the theme without a taking signal. Each with the
    giving signal that its praise shows most, and a quote from such a segment.

    Left out are the themes ``complained`` of, those that more comments criticise than praise, and those of which praise
    or criticism goes with a lower score (praise by its estimate, criticism by its whole interval)."""
    base, leaves = tagged(comments), leaf_themes(themes)
    rows = _kind_words(segments[segments["theme"].isin(set(leaves["id"]))])
    rows = rows.merge(base[list(KEY)].drop_duplicates(), on=list(KEY))
    labels = dict(zip(leaves["id"], leaves["label"].astype(str), strict=True))
    signals = rows.explode("signals")
    signals = _counts(signals[signals["signals"].isin(GIVING_SIGNALS)], ["theme", "signals"])
    shown = {row["theme"]: row for row in signals.drop_duplicates("theme").to_dict("records")}
    kind_words = _kind_words(pool)
    found = []
    counts = _counts(rows, ["theme"])
    mentions = theme_mentions(comments, segments, themes)
    criticised = mentions[mentions["criticised"]]["theme"].value_counts().reindex(counts["theme"], fill_value=0)
    counts = counts[(counts["n"] > criticised.to_numpy()) & ~counts["theme"].isin({*complained, *_lowering(table)})]
    for row in counts.head(TOP_GRATITUDE).to_dict("records"):
        theme, n = row["theme"], int(row["n"])
        low, high = wilson(n, len(base))
        most = shown.get(theme)
        name = SIGNAL_NAMES[most["signals"]] if most else ""
        said = [wording.shown_as(name, int(most["n"]))] if most else []
        quote = None
        if most:
            quote = _quoted(kind_words, Wanted(theme, "positive", most["signals"], longest=SHORT), taken)
        found.append(
            Gratitude(
                name=name,
                label=labels[theme],
                share=Figure(n, 100 * n / len(base), 100 * float(low), 100 * float(high)),
                sentence=" ".join([*said, _praise(table, theme, kind)]).strip(),
                quote=quote or _quoted(kind_words, Wanted(theme, "positive", longest=SHORT), taken),
            )
        )
    return tuple(found)


def _lowering(table: pd.DataFrame) -> set[str]:
    """Themes of which praise or criticism goes with a lower score: no reason to be grateful."""
    praised = table["polarity"] == "praised"
    return set(table.loc[(praised & (table["effect"] < 0)) | (table["high"] < 0), "theme"])


def _kind_words(rows: pd.DataFrame) -> pd.DataFrame:
    """The segments that are positive and show no taking signal."""
    positive = rows[rows["sentiment"] == "positive"]
    taking = [found is not None and not set(TAKING_SIGNALS).isdisjoint(found) for found in positive["signals"]]
    return positive[~pd.Series(taking, index=positive.index, dtype=bool)]


def _counts(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Comments by ``by``, most first, under five left out."""
    counts = rows.drop_duplicates([*KEY, *by]).groupby(by).size().rename("n").reset_index()
    counts = counts[counts["n"] >= PRIVACY_MIN_N]
    return counts.sort_values(["n", *by], ascending=[False] + [True] * len(by))


def giving_and_taking(comments: pd.DataFrame, window: Window | None) -> Balance:
    """Net giving over all rows, in the window and before it, with its course, the two blocks and the seven pairs."""
    table = net_giving(comments)
    overall, now = net(comments), net(comments)
    before, change, label = None, None, ""
    if window is not None:
        now, before, label = (
            net(window.of(comments)),
            net(window.earlier().of(comments)),
            window.earlier().label,
        )
        change = difference(now, before)
    counts = (0, 0) if overall.value is None else (int(table["giving"].iloc[0]), int(table["taking"].iloc[0]))
    return Balance(
        overall=overall,
        now=now,
        before=before,
        change=change,
        sentence=wording.net_giving(overall, *counts),
        change_sentence=_in_window(now, window) + wording.change(change, "net", label),
        trend=Rows.of(net_giving(months_until(comments, window), period="month")),
        blocks=Rows.of(block_balance(comments)),
        pairs=Rows.of(signal_balance(comments)),
    )


def _in_window(now: Figure, window: Window | None) -> str:
    if window is None or now.value is None:
        return ""
    return f"In {window.label} it is {wording.number(now.value, sign=True)}. "


def new_themes(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    pool: pd.DataFrame,
    taken: list[Quote],
) -> tuple[tuple[Emerging, ...], str]:
    """Themes that grew beyond chance in the last six weeks, and a note on how that was told."""
    table = emerging(comments, segments, themes)
    if "note" in table.attrs:
        return (), str(table.attrs["note"])
    since = pd.Timestamp(table.attrs["recent_from"])
    day = f"{since:%d %b %Y}".lstrip("0")
    rows = table[table["emerging"].astype(bool)]
    if rows.empty:
        return (), f"No theme has grown beyond chance since {day} (the last six weeks of the data)."
    note = f"After {day}; grown beyond chance (Fisher's exact test)."
    found = [
        Emerging(
            label=str(row["label"]),
            sentence=wording.emerging(
                int(row["n_recent"]),
                int(table.attrs["base_recent"]),
                int(row["n_before"]),
                int(table.attrs["base_before"]),
                f"{row['first_seen']:%d %b %Y}".lstrip("0"),
            ),
            quote=_quoted(pool, Wanted(row["theme"], since=since, longest=SHORT), taken),
        )
        for row in rows.head(TOP_EMERGING).to_dict("records")
    ]
    return tuple(found), note


def widest_gaps(comments: pd.DataFrame) -> tuple[tuple[Gap, ...], str]:
    """The three widest gaps between now and ideal, and what the others come to."""
    table = gaps(comments).dropna(subset=["gap"])
    top = [
        Gap(row["area"], int(row["n"]), row["now"], row["ideal"], row["gap"], row["low"], row["high"])
        for row in table.head(TOP_GAPS).to_dict("records")
    ]
    rest = table["gap"].iloc[TOP_GAPS:]
    if rest.empty:
        return tuple(top), ""
    widest = wording.number(float(rest.max()), "stars")
    return tuple(top), f"The other {wording.count(len(rest), 'area')}: gaps of at most {widest}."


def _criticised(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["polarity"] == "criticised"]


def _each(row: Mapping[Hashable, Any]) -> Figure:
    """Difference per response that mentions the theme."""
    return _figure(int(row["n"]), row["coefficient"], row["coefficient_low"], row["coefficient_high"])


def _figure(n: int, value: float, low: float, high: float) -> Figure:
    return Figure(n) if pd.isna(value) else Figure(n, float(value), float(low), float(high))


def _praise(table: pd.DataFrame, theme: str, kind: str) -> str:
    if kind == "sentiment":
        return ""
    rows = reported(table, "praised")
    rows = rows[rows["theme"] == theme]
    return "" if rows.empty else wording.praise(_each(rows.iloc[0].to_dict()), kind)


def _quoted(pool: pd.DataFrame, wanted: Wanted, taken: list[Quote]) -> Quote | None:
    quote = typical(pool, wanted, taken)
    if quote is not None:
        taken.append(quote)
    return quote
