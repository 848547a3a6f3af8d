"""Who said what, as arrays: what two periods or two groups are compared by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.answers import is_of_survey, relative_weights, score_values, weight_obstacle
from voc.analytics.base import cluster_key, is_tagged, of_use, response_key, shared_key, version_obstacle
from voc.analytics.design import FACTORS, level_columns, mention_matrix
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
        from scipy import sparse

        clusters = pd.factorize(self.clusters[rows])[0]
        parts = {name: getattr(self, name)[rows] for name in ("values", "weights", "side", "days")}
        none = sparse.csr_array((len(clusters), 0))
        parts["mentions"] = self.mentions[rows] if self.mentions.shape[1] else none
        factors = {name: codes[rows] for name, codes in self.factors.items()}
        return replace(self, **parts, clusters=clusters, factors=factors)

    @cached_property
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
    0, −100 for giving, neither or both, taking. ``scores``: kind of score → all scored responses of one kind of survey,
    which ``survey_types`` names. ``obstacle`` says why none of it can be used. ``negative``: 100 for each of the
    ``comments`` whose tone is negative, else 0; stands in where nothing is scored."""

    themes: pd.DataFrame
    comments: Voices
    scores: dict[str, Voices]
    survey_types: dict[str, str]
    obstacle: str | None
    negative: Floats | None = None


def said(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    side: pd.Series,
    surveys: Mapping[str, str],
    tones: Mapping[str, Sequence[str]] = MENTIONED,
    extra: tuple[str, ...] = (),
) -> Said:
    """The arrays of ``comments``; ``side`` says of each whether it is on the first side. ``surveys``: kind of score →
    the kind of survey whose answers count (``main_surveys``). ``tones``: a theme has a column for each of these
    polarities. ``extra`` columns are factors beside ``design.FACTORS``."""
    comments = of_use(comments, (*extra, *shared_key(comments, segments)))
    response, clusters = (pd.factorize(key(comments))[0] for key in (response_key, cluster_key))
    on_side = side.reindex(comments.index).to_numpy(bool)
    read = np.flatnonzero(is_tagged(comments))
    rows = comments.iloc[read]
    mentions, columns = mention_matrix(rows.assign(place=np.arange(len(rows))), len(rows), segments, themes, tones)
    values: Floats = 100 * np.subtract(*(rows["stance"].eq(name).to_numpy(float) for name in ("giving", "taking")))
    voices = _voices(rows, values, np.ones(len(rows)), mentions, on_side[read], clusters[read], extra)
    scores, obstacle = {}, version_obstacle(rows)
    for kind, survey in surveys.items():
        value = score_values(comments, kind).to_numpy()
        given = np.flatnonzero(~np.isnan(value) & is_of_survey(comments, survey).to_numpy())
        obstacle = obstacle or weight_obstacle(comments.iloc[given])
        weights = relative_weights(comments.iloc[given]).to_numpy(float)
        once = ~pd.Series(response[given]).duplicated().to_numpy()
        given, weights = given[once], weights[once]
        place = np.full(len(comments), -1)  # by response: its row among the answers
        place[response[given]] = np.arange(len(given))
        gathered = _gathered(mentions, place[response[read]], len(given))
        answered = comments.iloc[given]
        one = _voices(answered, value[given], weights, gathered, on_side[given], clusters[given], extra)
        commented = np.isin(response[given], response[read]).astype(np.intp)
        scores[kind] = replace(one, factors={**one.factors, "commented": commented})
    negative: Floats = np.where(rows["sentiment"].eq("negative"), 100.0, 0.0)
    return Said(columns, voices, scores, {kind: surveys[kind] for kind in scores}, obstacle, negative)


def _gathered(mentions: Sparse, place: Ints, size: int) -> Sparse:
    """One row for each ``place``, mentioning what any of its comments does, (size, k); −1 stands for none."""
    from scipy import sparse

    known = np.flatnonzero(place >= 0)
    member = sparse.csr_array((np.ones(len(known)), (place[known], known)), shape=(size, len(place)))
    gathered = (member @ mentions).tocsr()
    gathered.data[:] = 1
    return gathered


def _voices(
    rows: pd.DataFrame,
    values: Floats,
    weights: Floats,
    mentions: Sparse,
    side: Mask,
    clusters: Ints,
    extra: tuple[str, ...],
) -> Voices:
    names = [name for name in dict.fromkeys((*FACTORS, *extra)) if name in rows]
    days = rows["date"].dt.tz_localize(None).to_numpy("datetime64[D]").astype("int64")
    return Voices(
        values=values,
        weights=weights,
        clusters=pd.factorize(clusters)[0],
        mentions=mentions,
        side=side,
        days=np.where(rows["date"].notna(), days, -1),
        factors={name: pd.factorize(rows[name], use_na_sentinel=False)[0] for name in names},
    )
