"""What changed beyond chance, in a few lines: for a scheduled job to print, to keep and to send."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from voc.analytics import changes, emerging
from voc.analytics.contrast import FALSE_ALARMS
from voc.analytics.spans import Pair, choose_pair
from voc.report import moved, wording
from voc.report.brief import TaggedFrames
from voc.text import mask

FALSE_ALARM_RATE = f"Where nothing changed, at most {100 * FALSE_ALARMS:.0f} % of such digests name anything."


@dataclass(frozen=True)
class News:
    """One change beyond chance. ``kind``: changed or emerging. ``now``, ``before``, ``change`` and its interval as the
    tables have them (shares 0…1; of what emerges the ratio of the shares); ``link``: the comments behind it, where the
    explorer's address is known."""

    kind: str
    measure: str
    theme: str | None
    label: str | None
    now: float
    before: float
    change: float
    low: float
    high: float
    q: float
    sentence: str
    link: str | None


@dataclass(frozen=True)
class Digest:
    """``news`` of the period ``now`` against ``before``; ``still`` says what did not change, or why nothing is told."""

    now: str | None
    before: str | None
    partial: bool
    news: tuple[News, ...]
    still: str

    def as_text(self) -> str:
        """The digest to read: a heading, a line for each change, what did not change, the rate of false alarms."""
        head = f"{self.now} against {self.before}" if self.now else "No two periods to compare"
        lines = [f"- {one.sentence}" + (f" {one.link}" if one.link else "") for one in self.news]
        return "\n".join([head, *lines, self.still, FALSE_ALARM_RATE]) + "\n"

    def as_dict(self) -> dict[str, Any]:
        """The digest for a program; ``text`` holds all of it in words, as chat services expect it."""
        return {**asdict(self), "false_alarms": FALSE_ALARMS, "text": self.as_text()}


def digest(
    frames: TaggedFrames,
    period: str = "month",
    against: str | None = None,
    explorer: str | None = None,
) -> Digest:
    """The changes that ``voc.analytics.changes`` names between two periods, and the themes that ``emerging`` does: one
    report on change, so that where nothing changed at most 5 % of digests hold any news. It holds figures and names of
    themes, masked once more, and no words of comments. The same data give the same digest.

    ``explorer``: address of the explorer, for links.

    Raises:
        UsageError: a period is not understood, or holds no data.
    """
    themes = frames.themes.assign(label=[mask(str(label)).text for label in frames.themes["label"]])
    pair = choose_pair(frames.comments["date"], period, against)
    table = changes(frames.comments, frames.segments, themes, period, against)
    if pair is None or "note" in table.attrs:
        return Digest(None, None, False, (), str(table.attrs["note"]))
    growing = emerging(frames.comments, frames.segments, themes)
    news = (*_changed(table, pair, explorer), *_emerging(growing, explorer))
    return Digest(pair.now.label, pair.before.label, pair.partial, news, _still(table, growing))


def _changed(table: pd.DataFrame, pair: Pair, explorer: str | None) -> list[News]:
    named = table[table["named"].astype(bool)].sort_values("q", kind="stable")
    since, until = pair.now.start, pair.now.end - pd.Timedelta(days=1)
    return [
        News(
            kind="changed",
            measure=str(row["measure"]),
            theme=row["theme"] if isinstance(row["theme"], str) else None,
            label=row["label"] if isinstance(row["label"], str) else None,
            **{name: float(row[name]) for name in ("now", "before", "change", "low", "high", "q")},
            sentence=moved.change(row, pair.before.label),
            link=_link(explorer, row["theme"], since, until),
        )
        for row in named.to_dict("records")
    ]


def _emerging(table: pd.DataFrame, explorer: str | None) -> list[News]:
    found = []
    for row in table[table["emerging"].astype(bool)].to_dict("records"):
        counts = (int(row["n_recent"]), table.attrs["base_recent"], int(row["n_before"]), table.attrs["base_before"])
        sentence = wording.emerging(*counts, f"{row['first_seen']:%d %b %Y}".lstrip("0"))
        since, until = (pd.Timestamp(table.attrs[name]) for name in ("recent_from", "as_of"))
        found.append(
            News(
                kind="emerging",
                measure="ratio",
                theme=str(row["theme"]),
                label=str(row["label"]),
                now=float(row["share_recent"]),
                before=float(row["share_before"]),
                change=float(row["ratio"]),
                **{name: float(row[name]) for name in ("low", "high", "q")},
                sentence=f"“{row['label']}” is emerging: {sentence}",
                link=_link(explorer, row["theme"], since, until),
            )
        )
    return found


def _still(table: pd.DataFrame, growing: pd.DataFrame) -> str:
    """How much was looked at, and how large a move would have been missed."""
    if table.attrs["partial"]:
        return moved.PARTIAL
    tested = table[table["p"].notna()]
    quiet = tested[~tested["named"].astype(bool)]
    if tested.empty:
        return "Too few comments in both periods to compare."
    text = f"{wording.count(len(tested), 'figure')} compared, {len(growing):,} themes looked at for growth."
    shares = quiet[quiet["measure"].eq("share")]
    nothing = "No other change" if len(quiet) < len(tested) or growing["emerging"].any() else "No change"
    text = f"{nothing} distinguishable from chance: {text}"
    if shares.empty:
        return text
    missed = wording.number(100 * float(shares["missed"].median()))
    return f"{text} We would probably have missed moves of a share under {missed} percentage points (median)."


def _link(explorer: str | None, theme: object, since: pd.Timestamp, until: pd.Timestamp) -> str | None:
    """The explorer's page of these comments."""
    if explorer is None:
        return None
    query = {"from": f"{since:%Y-%m-%d}", "to": f"{until:%Y-%m-%d}"}
    about = {"theme": theme} if isinstance(theme, str) else {}
    return f"{explorer.rstrip('/')}/comments?{urlencode({**query, **about})}"
