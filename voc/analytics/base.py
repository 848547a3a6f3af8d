"""Who is counted: which rows an estimate rests on, how they are grouped, when there are too few of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.periods import period_labels
from voc.errors import UsageError
from voc.schema import KEY

#: Below this many rows an estimate is shown greyed, with its interval (column ``small``).
MIN_N = 30
#: Scores go further: below ``MIN_N`` there is no figure, only quotes; below this they are shown greyed.
GREY_N = 100
#: Below this many rows an estimate is withheld (NaN): it could tell who said what.
PRIVACY_MIN_N = 5
Ints = npt.NDArray[np.integer]
ALL = "all"
NOT_GIVEN = "not given"
#: Numbers from 0 that tell comments, responses and clusters apart as their texts do, in tables that have them
#: (``voc.pipeline.load_frames`` of many comments): ten times as quick to join and to group by.
COMMENT_NO, RESPONSE_NO, CLUSTER_NO = "comment_no", "response_no", "cluster_no"
_USED = {
    *("dataset", "id", "response_id", "customer_id", "thread_id", "date", "status", "stance", "sentiment"),
    *("source", "brand", "customer_segment", "survey_type", "nps", "score", "score_scale", "weight"),
    *("theme_version", "model_version", COMMENT_NO, RESPONSE_NO, CLUSTER_NO),
}
_NUMBERED = {"id", "response_id", "customer_id", "thread_id"}


def tagged(comments: pd.DataFrame) -> pd.DataFrame:
    """The comments that shares refer to: read, understood and tagged (no junk, no row without text)."""
    return comments[is_tagged(comments)]


def is_tagged(comments: pd.DataFrame) -> pd.Series:
    """Which of the ``comments`` shares refer to."""
    return comments["status"].eq("ok") & comments["stance"].notna()


def response_key(comments: pd.DataFrame) -> pd.Series:
    """One number per answered survey or post: data set and response id, or the comment's own id without one. The same
    in every table: a hash of 64 bits, by which among a million keys two fall together once in 40 million stores. The
    table's own number where it has one."""
    if RESPONSE_NO in comments:
        return comments[RESPONSE_NO]
    return pd.Series(_within(comments["dataset"], comments["response_id"].fillna(comments["id"])), comments.index)


def cluster_key(comments: pd.DataFrame) -> pd.Series:
    """What makes rows depend on each other: the customer, else the thread, else the response; a number as above."""
    if CLUSTER_NO in comments:
        return comments[CLUSTER_NO]
    key = response_key(comments).to_numpy(copy=True)
    for name, salt in (("thread_id", 3), ("customer_id", 5)):  # a customer is the same in every data set
        known = comments[name].notna().to_numpy()
        if known.any():
            given = comments.loc[known, name]
            own = _hashes(given) if name == "customer_id" else _within(comments.loc[known, "dataset"], given)
            key[known] = own * np.uint64(salt) + np.uint64(salt)
    return pd.Series(key, comments.index)


def comment_places(comments: pd.DataFrame, segments: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Place of each segment's comment among ``comments``, the first of its key; −1 where it is not one of them."""
    if shared_key(comments, segments) == [COMMENT_NO]:
        own, wanted = (rows[COMMENT_NO].to_numpy(np.int64) for rows in (comments, segments))
        first = np.full(1 + max(own.max(initial=-1), wanted.max(initial=-1)), -1)
        first[own[::-1]] = np.arange(len(own))[::-1]
        found: npt.NDArray[np.intp] = first[wanted]
        return found
    own, wanted = (_within(rows["dataset"], rows["id"]) for rows in (comments, segments))
    once, first = np.unique(own, return_index=True)
    at = pd.Index(once).get_indexer(pd.Index(wanted))
    return np.where(at >= 0, np.append(first, -1)[at], -1)


def segment_words(texts: pd.Series, segments: pd.DataFrame, place: npt.NDArray[np.intp]) -> npt.NDArray[np.object_]:
    """The words of each segment, whose comment has the ``texts`` at ``place``."""
    whole = texts.to_numpy(object)[place]
    ends = zip(whole, segments["start"].tolist(), segments["end"].tolist(), strict=True)
    words = np.empty(len(whole), dtype=object)
    words[:] = [text[start:end] for text, start, end in ends]
    return words


def shows(lists: pd.Series, labels: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which row's list holds which label, (rows, labels). Rows that share one list, as in frames of a store, are looked
    at once; what is no list holds nothing."""
    values = lists.to_numpy(object)
    _, first, kind = np.unique(
        np.fromiter(map(id, values), np.int64, len(values)), return_index=True, return_inverse=True
    )
    held = [
        [label in own for label in labels] if hasattr(own, "__len__") else [False] * len(labels)
        for own in values[first]
    ]
    return np.array(held, dtype=bool).reshape(-1, len(labels))[kind]


def _within(dataset: pd.Series, name: pd.Series) -> npt.NDArray[np.uint64]:
    number, few = pd.factorize(dataset, use_na_sentinel=False)
    return _hashes(pd.Series(few))[number] * np.uint64(31) + _hashes(name)


def _hashes(names: pd.Series) -> npt.NDArray[np.uint64]:
    return pd.util.hash_array(names.astype("str").array, categorize=False)


def grouped(comments: pd.DataFrame, by: str | None, period: str | None) -> pd.DataFrame:
    """``comments`` with the text columns ``group`` and ``period``; a list column (themes, signals) counts a
    comment once under each of its values.

    Raises:
        UsageError: there is no column ``by``, or no such period.
    """
    rows = comments.assign(group=ALL)
    if by is not None:
        if by not in comments.columns:
            raise UsageError(f"no column {by!r} to group by: choose one of {', '.join(map(str, comments.columns))}")
        rows["group"] = comments[by]
        if any(isinstance(value, (list, tuple, np.ndarray)) for value in comments[by].head(1000)):
            rows = rows.explode("group", ignore_index=True)
        rows["group"] = or_not_given(rows["group"])
    rows["period"] = ALL if period is None else period_labels(rows["date"], period)
    return rows


def or_not_given(values: pd.Series) -> pd.Series:
    """``values`` as text, ``NOT_GIVEN`` where there is none."""
    if isinstance(values.dtype, pd.CategoricalDtype) and not values.isna().any():
        return values  # numbers underneath, and so quick to group by
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna(NOT_GIVEN).astype(str)
    return values.astype(object).where(values.notna(), NOT_GIVEN).astype(str)


def of_use(comments: pd.DataFrame, extra: Sequence[str | None] = ()) -> pd.DataFrame:
    """``comments`` without the columns that no count by theme or period asks for, but for the ``extra`` ones, such as
    the ``shared_key`` with what is to be joined: texts are slow to choose rows of, and numbers stand for them."""
    numbers = {COMMENT_NO, RESPONSE_NO, CLUSTER_NO}
    used = _USED - _NUMBERED if numbers <= set(comments.columns) else _USED
    return comments[[name for name in comments.columns if name in used or name in extra]]


def shared_key(*tables: pd.DataFrame) -> list[str]:
    """The columns that tell a comment in all of these ``tables``: its number where all have it, else ``KEY``."""
    return [COMMENT_NO] if all(COMMENT_NO in table for table in tables) else list(KEY)


def joined(rows: pd.DataFrame, comments: pd.DataFrame) -> pd.DataFrame:
    """``rows`` beside the columns of their comment; those whose comment is not among ``comments`` are left out."""
    place = comment_places(comments, rows)
    found = rows.iloc[np.flatnonzero(place >= 0)].reset_index(drop=True)
    beside = comments.drop(columns=[*rows.columns.intersection(comments.columns)])
    return pd.concat([found, beside.take(place[place >= 0]).reset_index(drop=True)], axis=1)


def shared_lists(lists: pd.Series) -> tuple[Ints, list[list[str]]]:
    """The number of each row's list, and the lists by number: rows that share one list, as those of loaded frames do,
    have one number, so that few lists are looked into."""
    values = lists.to_numpy(object)
    numbers, kinds = pd.factorize(np.fromiter(map(id, values), np.int64, len(values)))
    row = np.empty(len(kinds), np.intp)
    row[numbers] = np.arange(len(values))
    return numbers, [list(own) if isinstance(own, (list, tuple, np.ndarray)) else [] for own in values[row]]


def numbered(keys: pd.Series) -> pd.Series:
    """``keys`` as numbers from 0: texts are slow to group by. Numbers that are no larger than there are rows, twice
    over, stay as they are."""
    if pd.api.types.is_integer_dtype(keys.dtype) and len(keys) and keys.min() >= 0 and keys.max() < 2 * len(keys):
        return keys.astype("int64")
    return pd.Series(pd.factorize(keys)[0], keys.index)


def withhold(
    table: pd.DataFrame, columns: Iterable[str], n: str = "n", lines: Sequence[pd.Series] = ()
) -> pd.DataFrame:
    """Blank ``columns`` where ``table[n]`` is under ``PRIVACY_MIN_N``, or would tell of such a cell (``withheld``);
    mark ``small`` where it is under ``MIN_N``."""
    few = withheld(table[n], lines)
    for column in columns:
        table[column] = table[column].mask(few)
    table["small"] = table[n] < MIN_N
    return table


def version_obstacle(rows: pd.DataFrame) -> str | None:
    """Why themes of these rows cannot stand in one table; None where they can."""
    for column, what in (("theme_version", "theme-set"), ("model_version", "model")):
        if (count := rows[column].nunique()) > 1:
            return f"The comments were tagged with {count} {what} versions: tag them anew with `voc run --retag` first."
    return None


def lines_of(table: pd.DataFrame, overlapping: bool) -> list[pd.Series]:
    """What ``withheld`` takes as lines for a table by group and period (and survey type): groups that share rows, as
    themes do, do not add up to a total."""
    kind = table.get("survey_type", "")
    over_periods = table["by"] + "\x1f" + kind
    over_groups = table["period"] + "\x1f" + kind
    return [over_periods] if overlapping else [over_periods, over_groups]


def withheld(people: pd.Series, lines: Sequence[pd.Series], least: int = PRIVACY_MIN_N) -> pd.Series:
    """Which cells of a table to blank: those of fewer than ``least`` people, and as many more as it takes that no cell
    under ``PRIVACY_MIN_N`` follows by subtraction from a total (complementary suppression; Willenborg and de Waal
    2001, ch. 6).

    ``lines`` say, one Series each, which cells add up to a total that can be had elsewhere: for groups by period the
    period (over groups) and the group (over periods). In a line that protects a cell at least two are blank, of
    ``PRIVACY_MIN_N`` people together; the smallest shown one goes next. Only within one table: who may ask for any
    selection can still compare two.
    """
    count = people.to_numpy()
    hidden, guarded = count < least, count < PRIVACY_MIN_N
    cells = [
        np.flatnonzero(codes == code) for codes in (pd.factorize(line)[0] for line in lines) for code in set(codes)
    ]
    changed = True
    while changed:
        changed = False
        for place in cells:
            blank = place[hidden[place]]
            enough = len(blank) >= 2 and count[blank].sum() >= PRIVACY_MIN_N
            shown = place[~hidden[place]]
            if guarded[place].any() and not enough and len(shown):
                smallest = shown[count[shown].argmin()]
                hidden[smallest] = guarded[smallest] = changed = True
    return pd.Series(hidden, people.index)


def design_effect(
    values: pd.Series, groups: pd.Series, clusters: pd.Series, weights: pd.Series | None = None
) -> pd.Series:
    """``design_effects`` of one column."""
    return design_effects(values.to_frame("values"), groups, clusters, weights)["values"]


def design_effects(
    values: pd.DataFrame, groups: pd.Series, clusters: pd.Series, weights: pd.Series | None = None
) -> pd.DataFrame:
    """How much wider than for independent rows the variance of each group's (weighted) mean is, by group and column of
    ``values``, at least 1.

    Cluster-robust variance of a mean, Σ_c (Σ_{i∈c} w_i e_i)² · G/(G−1), over Σ (w_i e_i)² · n/(n−1)
    (Kish 1965 for the ratio; Liang and Zeger 1986 for the numerator). It is what a bootstrap of whole clusters comes
    to with ever more replicates.
    """
    from scipy.sparse import coo_matrix

    group, names = pd.factorize(groups, sort=True)
    cluster, k = numbered(clusters).to_numpy(), len(names)
    weight = np.ones(len(values)) if weights is None else weights.to_numpy(float)
    size, total = np.bincount(group, minlength=k), np.bincount(group, weight, k)
    found = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for column in values:
            value = values[column].to_numpy(float)
            rest = weight * (value - (np.bincount(group, weight * value, k) / total)[group])
            sums = coo_matrix((rest, (cluster, group)), shape=(cluster.max(initial=0) + 1, k)).tocsr()
            count = np.bincount(sums.indices, minlength=k)  # of clusters
            between = np.bincount(sums.indices, sums.data**2, k) * count / (count - 1)
            ratio = between / (np.bincount(group, rest**2, k) * size / (size - 1))
            found[column] = np.fmax(np.where(np.isfinite(ratio), ratio, 1.0), 1.0)
    return pd.DataFrame(found, index=names)
