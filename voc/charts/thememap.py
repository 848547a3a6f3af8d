"""Map of themes: near means alike in wording, size means comments, colour means balance."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd

from voc.charts.theme import GIVING, INK, TAKING, WIDTH, Chart, finish, nothing, shorten
from voc.charts.words import signed

_HEIGHT, _PADDING = 420, 8
_LABELLED = 12  # themes with a label, the largest; more would hide one another
_NEAR = 4  # the first so many places of a label touch its point; others get a lead line
_CHARACTER, _LINE = 6.4, 14  # of the label's font, in pixels
_TITLES = {"net_giving": "net giving", "nps": "NPS", "sentiment_balance": "sentiment balance"}

Box = tuple[float, float, float, float]


def theme_map(table: pd.DataFrame, colour: str = "net_giving", title: str = "Map of themes") -> Chart:
    """From ``theme_table`` joined with the themes' ``x`` and ``y``: a point per theme, the 12 largest with a label,
    area by ``n``, coloured by ``colour`` (a column in −100…100; grey where it is missing)."""
    rows = table[table["n"] > 0].dropna(subset=["x", "y"]).sort_values("n", ascending=False)
    if rows.empty:
        return nothing(title, "No theme with a place on the map yet.")
    words = _TITLES.get(colour, colour)
    rows = _placed(rows, colour)
    named = rows.head(_LABELLED)
    limit = max(float(rows[colour].abs().max()), 10) if rows[colour].notna().any() else 100
    width = WIDTH - 2 * _PADDING
    x = alt.X("px:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False))
    y = alt.Y("py:Q", axis=None, scale=alt.Scale(domain=[_HEIGHT, 0], nice=False))
    points = (
        alt.Chart(rows)
        .mark_circle(opacity=0.85, stroke="white", strokeWidth=1)
        .encode(
            x=x,
            y=y,
            size=alt.Size("area:Q", scale=None, legend=None),
            color=alt.Color(
                f"{colour}:Q",
                title=f"{words} (−100 to 100)",
                scale=alt.Scale(domain=[-limit, 0, limit], range=[TAKING, "#c6cacd", GIVING], interpolate="rgb"),
                legend=alt.Legend(gradientLength=180, format="+.0f"),
            ),
            tooltip=[
                "label:N",
                "n:Q",
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip(f"{colour}:Q", format="+.1f"),
            ],
        )
    )
    leads = (
        alt.Chart(named[named["far"].astype(bool)])
        .mark_rule(color="#9aa0a5", strokeWidth=0.8)
        .encode(x=x, y=y, x2="tx:Q", y2="ly:Q")
    )
    labels = (
        alt.Chart(named)
        .mark_text(fontSize=11, color=INK)
        .encode(
            x=alt.X("tx:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False)),
            y=alt.Y("ty:Q"),
            text="name:N",
        )
    )
    note = [f"Near: alike in wording. Area and number: comments with the theme. In brackets: {words}."]
    if len(rows) > _LABELLED:
        note.append(f"Named: the {_LABELLED} largest; point at another to read its name.")
    return finish(alt.layer(leads, points, labels), title, note, height=_HEIGHT)


def _placed(rows: pd.DataFrame, colour: str) -> pd.DataFrame:
    """Pixel places of points and labels; each of the first labels takes the nearest free place around its point."""
    width = WIDTH - 2 * _PADDING
    px, py = _stretch(rows["x"], 70, width - 70), _stretch(-rows["y"], 40, _HEIGHT - 40)
    area = 60 + 1400 * rows["n"] / rows["n"].max()
    radius = (area / 3.1416) ** 0.5
    names = [
        f"{shorten(str(label), 26)} {n:,}" + (f" ({signed(value)})" if value == value else "")
        for label, n, value in zip(rows["label"], rows["n"], rows[colour].astype(float), strict=True)
    ]
    taken: list[Box] = [(a - r, b - r, a + r, b + r) for a, b, r in zip(px, py, radius, strict=True)]
    places = []
    for name, a, b, r in list(zip(names, px, py, radius, strict=True))[:_LABELLED]:
        half = len(name) * _CHARACTER / 2
        tries = [_box(a + dx, b + dy, half, width) for dx, dy in _around(half, r)]
        number, best = min(enumerate(tries), key=lambda numbered: _overlap(numbered[1], taken))  # first of the freest
        taken.append(best)
        edge = best[3] if best[3] < b else best[1]
        places.append(((best[0] + best[2]) / 2, (best[1] + best[3]) / 2, edge, number >= _NEAR))
    at = pd.DataFrame(places, columns=["tx", "ty", "ly", "far"], index=rows.index[:_LABELLED])
    return rows.assign(px=px, py=py, area=area, name=names).join(at)


def _stretch(values: pd.Series, low: float, high: float) -> pd.Series:
    span = float(values.max() - values.min())
    return (values - values.min()) / span * (high - low) + low if span > 0 else values * 0 + (low + high) / 2


def _around(half: float, r: float) -> list[tuple[float, float]]:
    """Offsets of a label's middle from its point, best first."""
    step = r + _LINE / 2 + 1
    near = [(0, -step), (0, step), (r + half + 3, 0), (-r - half - 3, 0)]
    far = [(sign * half * 0.9, rise * (step + 8)) for rise in (-1, 1, -1.8, 1.8) for sign in (1, -1)]
    return [*near, *far, (0, -step - _LINE), (0, step + _LINE)]


def _box(x: float, y: float, half: float, width: float) -> Box:
    x = min(max(x, half), width - half)
    y = min(max(y, _LINE / 2), _HEIGHT - _LINE / 2)
    return x - half, y - _LINE / 2, x + half, y + _LINE / 2


def _overlap(box: Box, others: Iterable[Box]) -> float:
    return sum(
        max(0.0, min(box[2], other[2]) - max(box[0], other[0]))
        * max(0.0, min(box[3], other[3]) - max(box[1], other[1]))
        for other in others
    )
