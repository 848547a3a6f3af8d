"""What the filter bar can say, and the one condition it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: Filters as they stand in the address: name → values.
Query = dict[str, list[str]]

#: Columns of a comment that are filtered by picking values, and what the screen calls them.
PICKED = {
    "brand": "Brand",
    "source": "Source",
    "product": "Product",
    "customer_segment": "Customer segment",
    "sentiment": "Sentiment",
    "stance": "Stance",
}


@dataclass(frozen=True)
class Filters:
    """A choice of comments. Several values of one kind widen it, several kinds narrow it.

    ``picked``: column → values. ``themes``: theme ids. ``words``: a comment must hold all of them, in any
    order and case. ``since`` and ``until`` are both included; comments without a date fit no period.
    """

    since: date | None = None
    until: date | None = None
    picked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    themes: tuple[str, ...] = ()
    words: str = ""

    def values(self, column: str) -> tuple[str, ...]:
        """The values picked of ``column``."""
        return dict(self.picked).get(column, ())

    def query(self) -> Query:
        """The filters as names and values for the address; ``from_query`` reads them back."""
        query = {
            "from": [self.since.isoformat()] if self.since else [],
            "to": [self.until.isoformat()] if self.until else [],
            **{column: list(values) for column, values in self.picked},
            "theme": list(self.themes),
            "words": [self.words] if self.words else [],
        }
        return {name: values for name, values in query.items() if values}

    @classmethod
    def from_query(cls, query: Mapping[str, Sequence[str]]) -> Filters:
        """The filters that an address names; what is no filter, or no date, is left out."""
        return cls(
            since=_day(query.get("from", ())),
            until=_day(query.get("to", ())),
            picked=tuple((column, tuple(query[column])) for column in PICKED if query.get(column)),
            themes=tuple(query.get("theme", ())),
            words=" ".join(" ".join(query.get("words", ())).split()),
        )

    def expression(self) -> str:
        """The condition over a comment's columns, for ``Frames.where``; empty where nothing is filtered."""
        parts = []
        if self.since:
            parts.append(f"date >= '{self.since.isoformat()}'")
        if self.until:
            parts.append(f"date < '{(self.until + timedelta(days=1)).isoformat()}'")
        parts += [f"{column} IN ({_listed(values)})" for column, values in self.picked if values]
        if self.themes:
            parts.append(f"list_has_any(themes, [{_listed(self.themes)}])")
        parts += [f"contains(lower(text), {_quoted(word)})" for word in self.words.lower().split()]
        return " AND ".join(parts)

    def chips(self, theme_labels: Mapping[str, str]) -> list[str]:
        """Each filter that is set, in words."""
        chips = []
        if self.since or self.until:
            chips.append(f"Period: {_period(self.since, self.until)}")
        chips += [f"{PICKED[column]}: {', '.join(values)}" for column, values in self.picked if values]
        if self.themes:
            chips.append("Theme: " + ", ".join(theme_labels.get(theme, "a former theme") for theme in self.themes))
        if self.words.strip():
            chips.append(f"Words: {' '.join(self.words.split())}")
        return chips


def _day(values: Sequence[str]) -> date | None:
    try:
        return date.fromisoformat(values[0]) if values else None
    except ValueError:
        return None


def _listed(values: Iterable[str]) -> str:
    return ", ".join(_quoted(value) for value in values)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _period(since: date | None, until: date | None) -> str:
    if since and until:
        return f"{since:%-d %b %Y} to {until:%-d %b %Y}"
    return f"from {since:%-d %b %Y}" if since else f"to {until:%-d %b %Y}"
