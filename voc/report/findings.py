"""What stands on the two pages below the score: complaints, gratitude, what is new, what did not change, gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from voc.analytics import PRIVACY_MIN_N, block_balance, emerging, gaps, net_giving, reported, signal_balance
from voc.analytics.answers import answers, of_survey
from voc.analytics.base import tagged
from voc.analytics.mentions import leaf_themes, theme_mentions
from voc.report import wording
from voc.report.changes import Moves
from voc.report.model import Balance, Change, Driver, Emerging, Figure, Gap, Gratitude, Quote, Rows, Score
from voc.report.quotes import Wanted, drawn
from voc.report.score import balance as net
from voc.report.score import months_until
from voc.report.window import Window
from voc.schema import GIVING_SIGNALS, SIGNAL_NAMES

TOP_COMPLAINTS, TOP_GRATITUDE, TOP_EMERGING, TOP_GAPS = 5, 3, 2, 10
NAMED_UNCHANGED = 4
#: Quotes on the second page are at most so long, those in the table of the first shorter.
SHORT, SHORTER = 140, 120


def drivers_base(comments: pd.DataFrame, table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The comments that the shares of a driver table refer to: tagged, and scored where there is a score."""
    if kind == "sentiment":
        return tagged(comments)
    return tagged(answers(of_survey(comments, table.attrs["survey_type"]), kind))


def complaints(
    table: pd.DataFrame, moves: Moves, kind: str, pool: pd.DataFrame, taken: list[Quote]
) -> tuple[Driver, ...]:
    """At most five complaints that ``voc.analytics.drivers`` names as going with a lower score, with intervals that
    allow for their having been picked (``voc.analytics.reported``); without a score, the most frequent. Companions of
    another theme and praise are left out. Each with its change and a quote; quotes go to ``taken``."""
    rows = _most_frequent(table, "criticised", TOP_COMPLAINTS) if kind == "sentiment" else reported(table, "criticised")
    standing = "no_score" if kind == "sentiment" else "clear"
    found = []
    for row in rows.to_dict("records"):
        effect = _effect(row)
        found.append(
            Driver(
                theme=row["theme"],
                label=row["label"],
                n=int(row["n"]),
                share=float(row["share"]),
                change=moves.of_theme(row["theme"]),
                effect=effect,
                each=_figure(int(row["n"]), row["coefficient"], row["coefficient_low"], row["coefficient_high"]),
                standing=standing,
                sentence=wording.driver(effect, kind),
                quote=_quoted(pool, Wanted(row["theme"], "negative", longest=SHORTER), taken),
            )
        )
    return tuple(found)


def complaints_note(table: pd.DataFrame, kind: str, found: int) -> str:
    """Why fewer than five complaints are listed; empty where five are, or where there is no score to be clear of."""
    if not (_of(table, "criticised")["n"] >= PRIVACY_MIN_N).any():
        return "No theme is criticised by enough customers to list."
    if kind == "sentiment" or found == TOP_COMPLAINTS:
        return ""
    if not found:
        return "No complaint driver is clear of chance."
    return f"Only {wording.count(found, 'complaint driver')} {'is' if found == 1 else 'are'} clear of chance."


def companions(table: pd.DataFrame) -> str:
    """A sentence on complaints that only look bad beside another; empty where there is none."""
    rows = _of(table, "criticised")
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


def frequency(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """Stands in for ``drivers`` where there is no score: how many tagged comments praise and criticise each leaf
    theme."""
    base = len(tagged(comments))
    mentions = theme_mentions(comments, segments, themes)
    leaves = leaf_themes(themes).rename(columns={"id": "theme"})
    parts = []
    for polarity in ("criticised", "praised"):
        counts = mentions[mentions[polarity]]["theme"].value_counts()
        parts.append(leaves.assign(n=leaves["theme"].map(counts).fillna(0).astype("int64"), polarity=polarity))
    table = pd.concat(parts, ignore_index=True)
    table = table[table["n"] > 0].assign(share=lambda rows: rows["n"] / max(base, 1), co_mentioned=False)
    table["named"] = False
    table["companion"] = None
    estimates = ("leave_out", "alone", "effect", "low", "high", "coefficient", "coefficient_low", "coefficient_high")
    table[[*estimates, "q"]] = float("nan")
    table.attrs["n"] = base
    return table


def gratitude(
    segments: pd.DataFrame, table: pd.DataFrame, kind: str, pool: pd.DataFrame, taken: list[Quote]
) -> tuple[Gratitude, ...]:
    """At most three themes of which praise goes with a higher score, by the same method as complaints; without a score,
    those praised most often and more often than criticised. Each with the giving signal that its praise shows most."""
    if kind == "sentiment":
        rows = _most_frequent(table, "praised", TOP_GRATITUDE)
    else:
        rows = reported(table, "praised", TOP_GRATITUDE)
    found = []
    for row in rows.to_dict("records"):
        effect = _effect(row)
        found.append(
            Gratitude(
                theme=row["theme"],
                name=_signal(segments, row["theme"]),
                label=row["label"],
                n=int(row["n"]),
                share=float(row["share"]),
                effect=effect,
                sentence=wording.praise(effect, kind),
                quote=_quoted(pool, Wanted(row["theme"], "positive", longest=SHORT), taken),
            )
        )
    return tuple(found)


def gratitude_note(table: pd.DataFrame, kind: str, found: tuple[Gratitude, ...]) -> str:
    """Why fewer than three are listed, and what is praised most often beside them; empty where three are."""
    often = _most_frequent(table, "praised", TOP_GRATITUDE + len(found))
    if often.empty and not found:
        return "No theme is praised by enough customers to list."
    if len(found) == TOP_GRATITUDE or kind == "sentiment":
        return ""
    few = f"Only {wording.count(len(found), 'theme')}" if found else "No theme"
    note = f"{few}{' is' if len(found) < 2 else ' are'} praised with a higher score clear of chance."
    often = often[~often["theme"].isin([item.theme for item in found])].head(TOP_GRATITUDE)
    named = [
        f"“{wording.shortened(row['label'])}” ({wording.percent(row['share'])})" for row in often.to_dict("records")
    ]
    return f"{note} Praised most often{' beside' if found else ''}: {wording.listed(named)}." if named else note


def _most_frequent(table: pd.DataFrame, polarity: str, top: int) -> pd.DataFrame:
    """The themes that most responses praise or criticise; praise only where it outweighs criticism."""
    rows = _of(table, polarity)
    if polarity == "praised":
        other = _of(table, "criticised").set_index("theme")["n"]
        rows = rows[rows["n"] > rows["theme"].map(other).astype("float64").fillna(0)]
    rows = rows[rows["n"] >= PRIVACY_MIN_N]
    return rows.sort_values(["n", "theme"], ascending=[False, True]).head(top)


def _signal(segments: pd.DataFrame, theme: str) -> str:
    """The name of the giving signal that a theme's praise shows most, in at least five segments; else empty."""
    rows = segments[(segments["theme"] == theme) & (segments["sentiment"] == "positive")]
    shown = Counter(signal for found in rows["signals"] for signal in found if signal in GIVING_SIGNALS)
    most = min(shown, key=lambda signal: (-shown[signal], signal), default=None)
    return SIGNAL_NAMES[most] if most and shown[most] >= PRIVACY_MIN_N else ""


def giving_and_taking(comments: pd.DataFrame, window: Window | None, change: Change | None) -> Balance:
    """Net giving over all rows, in the window and before it, with its course, the two blocks and the seven pairs."""
    table = net_giving(comments)
    overall, now = net(comments), net(comments)
    before, label = None, ""
    if window is not None:
        now, before, label = net(window.of(comments)), net(window.earlier().of(comments)), window.earlier().label
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
) -> tuple[tuple[Emerging, ...], str, pd.Timestamp | None]:
    """Themes that grew beyond chance in the last six weeks, a note on how that was told, and when those weeks began."""
    table = emerging(comments, segments, themes)
    if "note" in table.attrs:
        return (), str(table.attrs["note"]), None
    since = pd.Timestamp(table.attrs["recent_from"])
    day = f"{since:%d %b %Y}".lstrip("0")
    rows = table[table["emerging"].astype(bool)]
    if rows.empty:
        return (), f"No theme has grown beyond chance since {day} (the last six weeks of the data).", since
    note = f"After {day}; grown beyond chance (Fisher's exact test)."
    found = [
        Emerging(
            theme=str(row["theme"]),
            label=str(row["label"]),
            n=int(row["n_recent"]),
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
    return tuple(found), note, since


def unchanged(score: Score, balance: Balance, changes: pd.DataFrame) -> tuple[str, ...]:
    """What cannot be told from no change, with the size of a move that would probably have been missed. ``changes``:
    the themes compared."""
    lines = []
    for name, change, kind in ((score.name, score.change, score.kind), ("Net giving", balance.change, "net")):
        if change is not None and not change.clear:
            lines.append(f"{name}: {wording.no_change(change, kind)}")
    changes = changes[changes["p"].notna()]
    still = changes[~changes["named"].astype(bool)]
    if len(still):
        often = still.assign(n=still["n_now"] + still["n_before"]).sort_values(["n", "theme"], ascending=[False, True])
        names = [f"“{wording.shortened(label, 34)}”" for label in often["label"].head(NAMED_UNCHANGED)]
        more = [wording.count(len(still) - len(names), "other")] if len(still) > len(names) else []
        missed = wording.number(100 * float(still["missed"].median()))
        lines.append(
            f"Complaints: of {len(changes):,} compared, {len(still):,} show no change in their share distinguishable "
            f"from chance ({wording.listed([*names, *more])}); we would probably have missed moves under "
            f"{missed} percentage points (median)."
        )
    return tuple(lines) or ("There are no two periods with enough comments to compare.",)


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


def _of(table: pd.DataFrame, polarity: str) -> pd.DataFrame:
    return table[table["polarity"] == polarity]


def _effect(row: Mapping[Hashable, Any]) -> Figure:
    """Contribution to the whole score."""
    return _figure(int(row["n"]), row["effect"], row["low"], row["high"])


def _figure(n: int, value: float, low: float, high: float) -> Figure:
    return Figure(n) if pd.isna(value) else Figure(n, float(value), float(low), float(high))


def _quoted(pool: pd.DataFrame, wanted: Wanted, taken: list[Quote]) -> Quote | None:
    quote = drawn(pool, wanted, taken)
    if quote is not None:
        taken.append(quote)
    return quote
