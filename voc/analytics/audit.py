"""Who is satisfied yet at risk, by name: only for signs that a reader has found right often enough."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.answers import SCALES, answers
from voc.analytics.base import MIN_N
from voc.analytics.intervals import wilson
from voc.analytics.loyalty import SATISFIED, SIGNS, shown_signs
from voc.errors import UsageError
from voc.schema import KEY

#: A sign names customers from this precision on, measured on ``MIN_N`` readings at least.
PRECISION = 0.7
SAMPLE_COLUMNS = ["dataset", "id", "sign", "score", "score_scale", "text", "right"]
AUDIT_COLUMNS = ["sign", "read", "right", "precision", "low", "high", "passed"]
LIST_COLUMNS = ["dataset", "id", "customer_id", "customer_value", "date", "score", "score_scale", "signs", "text"]
_YES, _NO = {"1", "1.0", "yes", "y", "true", "right"}, {"0", "0.0", "no", "n", "false", "wrong"}


def risk_sample(comments: pd.DataFrame, each: int = 50, seed: int = 0) -> pd.DataFrame:
    """Comments to read for an audit: for each sign of ``satisfied_at_risk`` up to ``each`` satisfied comments that show
    it, drawn by lot: ``dataset, id, sign, score, score_scale, text`` and ``right``, empty, to be filled with yes or no.

    The same seed gives the same sample from the same data. All signs are mixed, so that a reader sees no block.

    Raises:
        UsageError: fewer than 30 of each are asked for, on which no precision could be told.
    """
    if each < MIN_N:
        raise UsageError(f"{each} comments of each sign: at least {MIN_N} are needed to tell how often a sign is right")
    signs = _signs(comments)
    draw = np.random.default_rng(seed)
    drawn = []
    for sign in SIGNS:
        rows = signs[signs[sign]].sort_values(list(KEY))
        drawn.append(rows.iloc[draw.permutation(len(rows))[:each]].assign(sign=sign))
    table = pd.concat(drawn, ignore_index=True).assign(right=None)
    table = table.iloc[draw.permutation(len(table))].reset_index(drop=True)[SAMPLE_COLUMNS]
    if table.empty:
        table.attrs["note"] = "No satisfied comment shows a sign of risk: there is nothing to read."
    return table


def risk_audit(comments: pd.DataFrame, audited: pd.DataFrame) -> pd.DataFrame:
    """What an audit found, a row for each sign: ``sign, read, right, precision, low, high, passed``.

    ``audited``: ``dataset, id, sign, right``, as ``risk_sample`` gives it, filled in; rows left empty count as not
    read, and so do those whose comment no longer shows the sign (tagged anew since). precision = right / read, 0…1,
    Wilson's (1927) interval. ``passed``: 30 or more read, and precision .7 or more.

    Raises:
        UsageError: a column is missing, or ``right`` holds something else than yes and no.
    """
    if missing := [name for name in (*KEY, "sign", "right") if name not in audited]:
        raise UsageError(f"the audited sample has no column {', '.join(missing)}: fill in what --sample has written")
    given = audited["right"].map(lambda cell: "" if pd.isna(cell) else str(cell).strip().lower()).astype(object)
    if odd := sorted(set(given) - _YES - _NO - {""}):
        raise UsageError(f"right = {odd[0]!r}: write yes or no, or leave it empty")
    signs = _signs(comments).astype(dict.fromkeys(KEY, str))
    rows = audited.assign(right=given)[given != ""][[*KEY, "sign", "right"]].astype(str).drop_duplicates([*KEY, "sign"])
    rows = rows.merge(signs[[*KEY, *SIGNS]].drop_duplicates(list(KEY)), on=list(KEY))
    found = []
    for sign in SIGNS:
        read = rows.loc[rows["sign"].eq(sign) & rows[sign].astype(bool), "right"]
        right = int(read.isin(_YES).sum())
        found.append({"sign": sign, "read": len(read), "right": right})
    table = pd.DataFrame(found)
    table["precision"] = table["right"] / table["read"].where(table["read"] > 0)
    low, high = wilson(table["right"], table["read"])
    table["low"], table["high"] = low, high
    table["passed"] = (table["read"] >= MIN_N) & (table["precision"] >= PRECISION)
    return table[AUDIT_COLUMNS]


def risk_list(comments: pd.DataFrame, audited: pd.DataFrame) -> pd.DataFrame:
    """Satisfied customers at risk one by one, most valuable first: ``dataset, id, customer_id, customer_value, date,
    score, score_scale, signs, text``; only by signs that passed the audit (``risk_audit``), one row a comment.

    ``attrs``: ``audit`` (that table, as records); ``note`` where no sign passed or nobody shows one.

    Raises:
        UsageError: as ``risk_audit``.
    """
    audit = risk_audit(comments, audited)
    passed = audit.loc[audit["passed"], "sign"].tolist()
    rows = _signs(comments)
    rows = rows[rows[passed].any(axis=1)] if passed else rows.iloc[:0]
    named = [[sign for sign in passed if own[sign]] for own in rows[passed].to_dict("records")]
    rows = rows.assign(signs=pd.Series(named, index=rows.index, dtype=object))
    rows = rows.drop_duplicates(list(KEY)).sort_values(
        ["customer_value", "date", *KEY], ascending=[False, False, True, True], na_position="last", ignore_index=True
    )[LIST_COLUMNS]
    rows.attrs["audit"] = audit.to_dict("records")
    if not passed:
        rows.attrs["note"] = (
            f"No sign was right in {PRECISION:.0%} of {MIN_N} or more comments that somebody read: nobody is listed."
        )
    elif rows.empty:
        rows.attrs["note"] = "Nobody satisfied shows a sign that passed the audit."
    return rows


def _signs(comments: pd.DataFrame) -> pd.DataFrame:
    """The satisfied, tagged comments with a column of true and false for each sign."""
    parts = []
    for kind in SCALES:
        given = answers(comments, kind)
        rows, shown = shown_signs(given[given["value"] >= SATISFIED[kind]])
        parts.append(pd.concat([rows, shown], axis=1))
    whole: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return whole.astype(dict.fromkeys(SIGNS, bool))
