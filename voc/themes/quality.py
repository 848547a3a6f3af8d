"""How good a theme set is: what it covers, how well its themes hold together and stand apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.themes.assign import Positions, blocks
from voc.themes.clusters import ALIKE, unit
from voc.themes.coherence import coherence, diversity
from voc.themes.model import UNSTABLE, Floats, Theme, ThemeSet
from voc.themes.wording import theme_text

#: A segment is close to a second theme when the cosines to both differ by no more than this. The shipped encoder's
#: vectors have a cosine of .991 to those of full precision, so a smaller lead says nothing.
CLOSE: Final = 0.02
#: Two themes mean the same from this cosine of their mean prototypes on, what all segments share taken off: as when
#: discovery makes one of two groups.
DUPLICATE: Final = ALIKE


@dataclass(frozen=True)
class ThemeQuality:
    """One shown theme; whatever was merged into it counts as its own.

    ``n``: segments; ``coherence``: −1 … 1 (``voc.themes.coherence``); ``nearest``: id of the theme whose mean prototype
    is most alike, ``cosine`` its cosine, the mean of all segments taken off; ``contested``: share (0…1) of its segments
    that are close to another theme;
    ``stability``: 0…1 (``voc.themes.stability``). None where there is nothing to go by.
    """

    id: str
    label: str
    n: int
    coherence: float | None
    nearest: str | None
    cosine: float | None
    contested: float | None
    stability: float | None

    @property
    def unstable(self) -> bool:
        """Whether the theme is to be shown with a mark."""
        return self.stability is not None and self.stability < UNSTABLE


@dataclass(frozen=True)
class Quality:
    """A theme set over the segments of a store; None where there is nothing to go by.

    ``segments``: how many there are. ``coverage``: share (0…1) of them that have a theme. ``coherence``: mean of the
    themes', −1 … 1. ``diversity``: 0…1 (``voc.themes.coherence``). ``balance``: entropy of the themes' sizes over that
    of equal sizes, 0 (one theme holds all) … 1. ``contested``: share (0…1) of the themed segments whose second-best
    theme is within ``close`` of the best. ``duplicates``: ids and cosine of two themes that mean the same, most alike
    first. ``themes``: in the set's order.
    """

    segments: int
    coverage: float | None
    coherence: float | None
    diversity: float | None
    balance: float | None
    contested: float | None
    close: float
    duplicates: tuple[tuple[str, str, float], ...]
    themes: tuple[ThemeQuality, ...]

    @property
    def stability(self) -> float | None:
        """Mean of the themes' stability, of those that have one."""
        return _mean([theme.stability for theme in self.themes])


def rate(
    themes: ThemeSet,
    texts: Sequence[str],
    vectors: npt.NDArray[np.floating],
    assigned: Sequence[str | None],
    close: float = CLOSE,
) -> Quality:
    """Return the quality of ``themes`` over segments: their words, the unit vectors that themes compare, shape
    (n, dim), and the id of the theme that each was assigned, or None.

    Mere headings, that is themes without a prototype, are not rated.
    """
    shown, matrix, starts = _prototypes(themes)
    place = {theme.id: k for k, theme in enumerate(shown)}
    own = np.array([place.get(themes.resolve(one) or "", -1) for one in assigned], dtype=np.int64)
    themed = np.flatnonzero(own >= 0)
    sizes = np.bincount(own[themed], minlength=len(shown))
    near = _margins(vectors[themed], own[themed], matrix, starts) <= close
    near_of = np.bincount(own[themed], weights=near, minlength=len(shown))
    alike = _alike(matrix, starts, vectors)
    words = [theme.keywords for theme in shown]
    held = coherence([theme_text(text, themes.mask_terms) for text in texts], words)
    return Quality(
        segments=len(own),
        coverage=len(themed) / len(own) if len(own) else None,
        coherence=_mean(held),
        diversity=diversity(words),
        balance=balance(sizes),
        contested=float(near.mean()) if len(near) else None,
        close=close,
        duplicates=_duplicates(shown, alike),
        themes=tuple(
            ThemeQuality(
                id=theme.id,
                label=theme.label,
                n=int(sizes[k]),
                coherence=held[k],
                nearest=shown[int(alike[k].argmax())].id if len(shown) > 1 else None,
                cosine=float(alike[k].max()) if len(shown) > 1 else None,
                contested=float(near_of[k] / sizes[k]) if sizes[k] else None,
                stability=theme.stability,
            )
            for k, theme in enumerate(shown)
        ),
    )


def balance(sizes: npt.NDArray[np.integer]) -> float | None:
    """Return Shannon's entropy of the sizes over that of as many equal ones (Pielou 1966), 0 … 1; None for fewer than
    two themes, or without segments.
    """
    if len(sizes) < 2 or not sizes.sum():
        return None
    shares = sizes[sizes > 0] / sizes.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(sizes))) + 0.0  # no −0


def _prototypes(themes: ThemeSet) -> tuple[list[Theme], Floats, Positions]:
    """The shown themes that segments can count under; their prototypes, shape (p, dim), theme by theme; and the first
    row of each theme, shape (k,).
    """
    counted = [themes.resolve(themes.themes[owner].id) for owner in themes.owners.tolist()]
    shown = [theme for theme in themes.active if theme.id in counted]
    place = {theme.id: k for k, theme in enumerate(shown)}
    at = np.array([place.get(one or "", -1) for one in counted], dtype=np.int64)
    rows = np.argsort(at, kind="stable")[(at < 0).sum() :]
    return shown, themes.matrix[rows], np.searchsorted(at[rows], np.arange(len(shown)))


def _margins(vectors: npt.NDArray[np.floating], own: Positions, matrix: Floats, starts: Positions) -> Floats:
    """How much higher each row's cosine to its own theme is than the highest to another, infinite without another."""
    margins = np.full(len(vectors), np.inf, dtype=np.float32)
    for rows, cosines in blocks(vectors, matrix):
        by_theme = np.maximum.reduceat(cosines, starts, axis=1)
        mine = np.arange(len(by_theme)), own[rows]
        best = by_theme[mine]
        by_theme[mine] = -np.inf
        margins[rows] = best - by_theme.max(axis=1)
    return margins


def _alike(matrix: Floats, starts: Positions, vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Cosine of the themes' mean prototypes, shape (k, k), less the mean of ``vectors``, which all of them share; −1
    with itself.
    """
    if not len(starts):
        return np.empty((0, 0))
    means = unit(np.add.reduceat(matrix.astype(np.float64), starts, axis=0))
    if len(vectors):
        means = unit(means - np.asarray(vectors).mean(axis=0, dtype=np.float64))
    cosines = means.astype(np.float64) @ means.T.astype(np.float64)
    np.fill_diagonal(cosines, -1.0)
    return cosines


def _duplicates(shown: Sequence[Theme], alike: npt.NDArray[np.float64]) -> tuple[tuple[str, str, float], ...]:
    pairs = zip(*np.nonzero(np.triu(alike >= DUPLICATE)), strict=True)
    found = [(shown[i].id, shown[j].id, float(alike[i, j])) for i, j in pairs]
    return tuple(sorted(found, key=lambda pair: -pair[2]))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
