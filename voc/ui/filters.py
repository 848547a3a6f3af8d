"""What the filter bar can say, and the one condition it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from voc.pipeline.search import terms

#: Filters as they stand in the address: name → values.
Query = dict[str, list[str]]

#: What is filtered by picking values, and what the screen calls it.
PICKED: Final = {
    "source": "Source",
    "brand": "Brand",
    "product": "Product",
    "customer_segment": "Customer segment",
    "score": "Score",
    "sentiment": "Sentiment",
    "stance": "Stance",
    "signals": "Signal",
    "language": "Language",
}
#: Of these a comment can have several.
LISTS: Final = ("signals",)
#: Scores of different scales in bands: band → condition.
BANDS: Final = {
    "low (0–6 of 10, 1–2 of 5)": (
        "(score_scale = 'nps_0_10' AND score <= 6) OR (score_scale IN ('stars_1_5', 'csat_1_5') AND score < 3)"
        " OR (score_scale = 'percent' AND score < 50) OR (score_scale = 'thumbs' AND score = 0)"
    ),
    "middle (7–8 of 10, 3 of 5)": (
        "(score_scale = 'nps_0_10' AND score IN (7, 8)) OR (score_scale IN ('stars_1_5', 'csat_1_5')"
        " AND score >= 3 AND score < 4) OR (score_scale = 'percent' AND score >= 50 AND score < 80)"
    ),
    "high (9–10 of 10, 4–5 of 5)": (
        "(score_scale = 'nps_0_10' AND score >= 9) OR (score_scale IN ('stars_1_5', 'csat_1_5') AND score >= 4)"
        " OR (score_scale = 'percent' AND score >= 80) OR (score_scale = 'thumbs' AND score > 0)"
    ),
    "without a score": "score IS NULL",
}


@dataclass(frozen=True)
class Filters:
    """A choice of comments. Several values of one kind widen it, several kinds narrow it.

    ``picked``: name out of ``PICKED`` → values. ``themes``: theme ids. ``words``: a comment must hold all of them, in
    any order and case; words in quotes stand in a row. ``since`` and ``until`` are both included; comments without a
    date fit no period. ``view``: a saved view, whose condition is ``condition``. ``search``: what is looked for on the
    page of comments; it ranks them and is no condition.
    """

    since: date | None = None
    until: date | None = None
    picked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    themes: tuple[str, ...] = ()
    words: str = ""
    view: str = ""
    condition: str = ""
    search: str = ""

    def values(self, name: str) -> tuple[str, ...]:
        """The values picked of ``name``."""
        return dict(self.picked).get(name, ())

    def query(self) -> Query:
        """The filters as names and values for the address; ``from_query`` reads them back."""
        query = {
            "view": [self.view] if self.view else [],
            "from": [self.since.isoformat()] if self.since else [],
            "to": [self.until.isoformat()] if self.until else [],
            **{name: list(values) for name, values in self.picked},
            "theme": list(self.themes),
            "words": [self.words] if self.words else [],
            "search": [self.search] if self.search else [],
        }
        return {name: values for name, values in query.items() if values}

    @classmethod
    def from_query(cls, query: Mapping[str, Sequence[str]], views: Mapping[str, str] | None = None) -> Filters:
        """The filters that an address names; what is no filter, no date, or none of the saved ``views`` is left out."""
        named = next(iter(query.get("view", ())), "")
        view = named if named in (views or {}) else ""
        return cls(
            since=_day(query.get("from", ())),
            until=_day(query.get("to", ())),
            picked=tuple((name, tuple(query[name])) for name in PICKED if query.get(name)),
            themes=tuple(query.get("theme", ())),
            words=" ".join(" ".join(query.get("words", ())).split()),
            view=view,
            condition=(views or {}).get(view, ""),
            search=" ".join(" ".join(query.get("search", ())).split()),
        )

    def expression(self) -> str:
        """The condition over a comment's columns, for ``Frames.where``; empty where nothing is filtered."""
        parts = [f"({self.condition})"] if self.condition else []
        if self.since:
            parts.append(f"date >= '{self.since.isoformat()}'")
        if self.until:
            parts.append(f"date < '{(self.until + timedelta(days=1)).isoformat()}'")
        parts += [_picked(name, values) for name, values in self.picked if values]
        if self.themes:
            parts.append(f"list_has_any(themes, [{listed(self.themes)}])")
        parts += [f"contains(lower(text), {quoted(term.lower())})" for term in terms(self.words)]
        return " AND ".join(parts)

    def chips(self, theme_labels: Mapping[str, str]) -> dict[str, str]:
        """Each filter that is set: its name in the address → in words."""
        chips = {"view": f"View: {self.view}"} if self.view else {}
        if self.since or self.until:
            chips["period"] = f"Period: {_period(self.since, self.until)}"
        for name, values in self.picked:
            if values:
                chips[name] = f"{PICKED[name]}: {', '.join(values)}"
        if self.themes:
            labels = ", ".join(theme_labels.get(theme, "a former theme") for theme in self.themes)
            chips["theme"] = f"Theme: {labels}"
        if self.words.strip():
            chips["words"] = f"Words: {' '.join(self.words.split())}"
        return chips

    def without(self, name: str) -> Query:
        """The filters as an address, less the one that a chip of that ``name`` stands for."""
        gone = {"from", "to"} if name == "period" else {name}
        return {key: values for key, values in self.query().items() if key not in gone}


def _picked(name: str, values: Sequence[str]) -> str:
    if name == "score":
        return "(" + (" OR ".join(f"({BANDS[value]})" for value in values if value in BANDS) or "false") + ")"
    if name in LISTS:
        return f"list_has_any({name}, [{listed(values)}])"
    return f"{name} IN ({listed(values)})"


def _day(values: Sequence[str]) -> date | None:
    try:
        return date.fromisoformat(values[0]) if values else None
    except ValueError:
        return None


def listed(values: Iterable[str]) -> str:
    """``'a', 'b'``: values within an SQL condition."""
    return ", ".join(quoted(value) for value in values)


def quoted(text: str) -> str:
    """A value within an SQL condition."""
    return "'" + text.replace("'", "''") + "'"


def _period(since: date | None, until: date | None) -> str:
    if since and until:
        return f"{since:%-d %b %Y} to {until:%-d %b %Y}"
    return f"from {since:%-d %b %Y}" if since else f"to {until:%-d %b %Y}"
