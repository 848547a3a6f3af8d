"""Who said what, as arrays: what two periods or two groups are compared by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.answers import SCALES, answers, main_survey, of_survey, weight_obstacle
from voc.analytics.base import cluster_key, response_key, tagged, version_obstacle
from voc.analytics.design import FACTORS, level_columns, mention_matrix
from voc.analytics.mentions import TONES
from voc.analytics.regression import Floats, Ints, Sparse
from voc.schema import SENTIMENTS

Mask = npt.NDArray[np.bool_]
#: A theme counts as mentioned whatever the tone.
MENTIONED = {"mentioned": SENTIMENTS}
#: A factor is allowed for where so large a part of each side is at levels that the other side has too.
COMMON = 0.8


@dataclass(frozen=True, eq=False)
class Voices:
    """n comments or responses: ``values`` (n,), in points; ``weights`` (n,); ``clusters`` (n,) customer numbers from 0;
    ``mentions`` (n, k) of 0 and 1; ``side`` (n,), whether it is on the first side of a comparison; ``days`` (n,) since
    1970, −1 undated; ``factors`` by which the mix of customers is
    described: name → level of each row (n,), numbers from 0."""

    values: Floats
    weights: Floats
    clusters: Ints
    mentions: Sparse
    side: Mask
    days: Ints
    factors: dict[str, Ints]

    def take(self, rows: Any) -> Voices:
        """Those rows alone, clusters numbered anew."""
        clusters = np.unique(self.clusters[rows], return_inverse=True)[1]
        parts = {name: getattr(self, name)[rows] for name in ("values", "weights", "mentions", "side", "days")}
        factors = {name: codes[rows] for name, codes in self.factors.items()}
        return replace(self, **parts, clusters=clusters, factors=factors)

    def who_mention(self, column: int) -> Voices:
        """Those who mention the theme of that column."""
        return self.take(self.mentions[:, [column]].toarray().ravel() > 0)

    def mix(self) -> tuple[Sparse, tuple[str, ...]]:
        """Columns of 0 and 1 for the levels of those factors that the two sides share, and the factors' names."""
        from scipy import sparse

        blocks, names = [sparse.csr_array((len(self.values), 0))], []
        for name, codes in self.factors.items():
            levels = int(codes.max(initial=0)) + 1
            count = [np.bincount(codes[mask], minlength=levels) for mask in (self.side, ~self.side)]
            shared = (count[0] > 0) & (count[1] > 0)
            common = min(each[shared].sum() / max(each.sum(), 1) for each in count)
            if (count[0] + count[1] > 0).sum() > 1 and common >= COMMON:
                blocks.append(level_columns(codes))
                names.append(name.replace("_", " "))
        return sparse.hstack(blocks, format="csr"), tuple(names)


@dataclass(frozen=True, eq=False)
class Said:
    """``themes``: ``theme, label, polarity`` of the columns of ``mentions``. ``comments``: the tagged ones, with 100,
    0, −100 for giving, neither or both, taking. ``scores``: kind of score → all scored responses of its main kind of
    survey, which ``survey_types`` names. ``obstacle`` says why none of it can be used."""

    themes: pd.DataFrame
    comments: Voices
    scores: dict[str, Voices]
    survey_types: dict[str, str]
    obstacle: str | None


def said(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    side: pd.Series,
    by_tone: bool = False,
    extra: tuple[str, ...] = (),
) -> Said:
    """The arrays of ``comments``; ``side`` says of each whether it is on the first side. With ``by_tone`` a theme has a
    column for praise and one for criticism. ``extra`` columns are factors beside ``design.FACTORS``."""
    tones = TONES if by_tone else MENTIONED
    rows = tagged(comments)
    rows = rows.assign(place=np.arange(len(rows)))
    mentions, columns = mention_matrix(rows, len(rows), segments, themes, tones)
    values: Floats = 100 * np.subtract(*(rows["stance"].eq(name).to_numpy(float) for name in ("giving", "taking")))
    voices = _voices(rows, values, np.ones(len(rows)), mentions, side, extra)
    scores, survey_types, obstacle = {}, {}, version_obstacle(rows)
    for kind in SCALES:
        survey = main_survey(comments, kind)
        if survey is None:
            continue
        given = answers(of_survey(comments, survey), kind)
        obstacle = obstacle or weight_obstacle(comments.loc[given.index])
        scores[kind] = _scored(given, rows, segments, themes, tones, side, extra)
        survey_types[kind] = survey
    return Said(columns, voices, scores, survey_types, obstacle)


def _scored(
    given: pd.DataFrame,
    tagged_rows: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    tones: dict[str, Any],
    side: pd.Series,
    extra: tuple[str, ...],
) -> Voices:
    """One row a response, mentioning what any of its comments does."""
    first = given.drop_duplicates("response")
    place = pd.Series(np.arange(len(first)), index=first["response"])
    rows = tagged_rows.assign(place=response_key(tagged_rows).map(place)).dropna(subset=["place"])
    mentions, _ = mention_matrix(rows.astype({"place": "int64"}), len(first), segments, themes, tones)
    first = first.assign(commented=np.where(first["response"].isin(set(response_key(rows))), "yes", "no"))
    values, weights = first["value"].to_numpy(float), first["weight"].to_numpy(float)
    return _voices(first, values, weights, mentions, side, (*extra, "commented"))


def _voices(
    rows: pd.DataFrame, values: Floats, weights: Floats, mentions: Sparse, side: pd.Series, extra: tuple[str, ...]
) -> Voices:
    names = [name for name in dict.fromkeys((*FACTORS, *extra)) if name in rows]
    factors = {name: pd.factorize(rows[name], use_na_sentinel=False)[0] for name in names}
    days = rows["date"].dt.tz_localize(None).to_numpy("datetime64[D]").astype("int64")
    clusters, _ = pd.factorize(cluster_key(rows)) if len(rows) else (np.empty(0, np.intp), None)
    return Voices(
        values=values,
        weights=weights,
        clusters=clusters,
        mentions=mentions,
        side=side.reindex(rows.index).to_numpy(bool),
        days=np.where(rows["date"].notna(), days, -1),
        factors=factors,
    )
