"""Beyond satisfaction: the satisfied who are at risk, and those who speak up for the company."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.answers import SCALES, answers
from voc.analytics.base import ALL, cluster_key, grouped, of_use, tagged, withhold
from voc.analytics.shares import shares_of
from voc.rules import matches_each, parse

#: From which answer on a customer counts as satisfied; of 0–10 passives and promoters, whose ``value`` is 0 or 100.
SATISFIED = {"nps": 0.0, "stars": 4.0, "csat": 4.0}
#: Words of those who think of going.
LEAVING = """
("look* elsewhere" OR "go* elsewhere" OR "shop* around" OR "look* around" OR "better offer elsewhere" OR "never again"
OR (switch* OR leav*) NEAR/3 (provider* OR supplier* OR network* OR compan* OR bank* OR competitor*)
OR (switched OR switching OR moving OR moved) NEAR/3 ("somebody else" OR "someone else" OR elsewhere OR away)
OR chang* NEAR/2 (provider* OR supplier* OR network* OR bank* OR insurer*)
OR (think* OR consider* OR tempted OR decid*) NEAR/5 (leav* OR switch* OR cancel* OR "another network" OR "my business")
OR "next time" NEAR/6 ("somebody else" OR "someone else" OR elsewhere OR another)
OR cancel* NEAR/3 (contract OR subscription OR membership OR policy OR account)
OR (tried OR trying OR want* OR asked) NEAR/2 (cancel OR leave) OR (delet* OR clos*) NEAR/2 account
OR ("last time" OR "last order" OR "last stay") NEAR/6 (buy* OR order* OR use OR using OR renew* OR you OR them OR here)
OR ("not" OR won't OR never OR wouldn't) NEAR/4 ("be back" OR "come back" OR "staying here" OR "stay here" OR renew*
    OR extending)
OR ("contract ends" OR "contract is up" OR "contract runs out") NEAR/6 (off OR gone OR leav* OR go OR going)
OR "should i stay" OR "taking my business")
AND NOT ((old OR previous OR former) NEAR/2 (provider* OR supplier* OR network* OR compan* OR bank*)
OR (never OR "not" OR wouldn't OR won't) NEAR/2 (leave OR leaving OR switch OR "want to leave") OR "nearly left")
"""
#: What the satisfied say that does not fit.
SIGNS = ("taken", "complains", "warns off", "leaving")
RISK_COLUMNS = ["score", "survey_type", "sign", "n", "count", "share", "low", "high", "small"]
ADVOCATE_COLUMNS = [
    *("by", "n", "advocates", "share", "low", "high"),
    *("warns_off", "warns_share", "warns_low", "warns_high", "small"),
]


def satisfied_at_risk(comments: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """How many of the satisfied say something that does not fit: ``score, survey_type, sign, n, count, share, low,
    high, small``. Kinds of score and of survey stay apart; one row a response.

    ``n``: satisfied responses (7–10 of 10, 4–5 stars, CSAT 4–5) with a tagged comment. ``sign``: ``taken`` (stance
    taking, or both and leaning so), ``complains``, ``warns off``, ``leaving`` (the words of ``LEAVING``), ``any`` of
    them. share = count / n, 0…1, Wilson's (1927) interval on the effective sample size where customers repeat. Under 5
    responses no share. A count only: ``risk_list`` names them, once an audit has shown how often a
    sign is right.
    """
    parts = [_signs(answers(comments, kind), kind, level) for kind in SCALES]
    parts = [part for part in parts if len(part)]
    if not parts:
        table = pd.DataFrame(columns=RISK_COLUMNS)
        table.attrs["note"] = "No satisfied answer (7–10 of 10, 4–5 stars or CSAT) with a tagged comment."
        return table
    return pd.concat(parts, ignore_index=True)


def shown_signs(satisfied: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tagged ones of the ``satisfied`` comments, and which of them show which of ``SIGNS``."""
    rows = tagged(satisfied)
    leaving = matches_each([parse(LEAVING)], rows)[0]
    shown = (
        rows["stance"].eq("taking") | (rows["stance"].eq("both") & rows["lean"].eq("taking")),
        rows["intent"].eq("complaint"),
        rows["advocacy"].eq("warns_off"),
        pd.Series(leaving, rows.index),
    )
    return rows, pd.DataFrame(dict(zip(SIGNS, shown, strict=True)))


def _signs(given: pd.DataFrame, kind: str, level: float) -> pd.DataFrame:
    rows, signs = shown_signs(given[given["value"] >= SATISFIED[kind]])
    if rows.empty:
        return rows
    signs["any"] = signs.any(axis=1)
    by_response = signs.groupby(rows["response"]).any()
    first = rows.drop_duplicates("response").set_index("response").loc[by_response.index]
    shares = shares_of(by_response, first["survey_type"].astype(str), first["cluster"], level)
    table = shares.rename_axis(["sign", "survey_type"]).reset_index().astype({"count": "Int64"})
    return withhold(table.assign(score=kind), ["count", "share", "low", "high"])[RISK_COLUMNS]


def advocates(comments: pd.DataFrame, by: str = "stance", level: float = 0.95) -> pd.DataFrame:
    """Who recommends, and who warns off, among all tagged comments and within each group ``by`` a column; by stance:
    advocacy beside giving and taking. ``by, n, advocates, share, low, high, warns_off, warns_share, warns_low,
    warns_high, small``; the first row is ``all``.

    Shares 0…1 of the group's ``n`` tagged comments, Wilson's (1927) interval on the effective sample size where
    customers repeat. Under 5 comments, and where such a group could be told from the total, only ``n``.

    Raises:
        UsageError: unknown column.
    """
    rows = tagged(of_use(comments, ("advocacy", by)))
    if rows.empty:
        table = pd.DataFrame(columns=ADVOCATE_COLUMNS)
        table.attrs["note"] = "No tagged comment: nobody who could recommend or warn off."
        return table
    parts = [_advocacy(rows.assign(group=ALL), level), _advocacy(grouped(rows, by, None), level)]
    estimated = ADVOCATE_COLUMNS[2:-1]
    lines = [pd.Series(np.zeros(len(parts[1])), parts[1].index)]
    shown = [withhold(parts[0], estimated), withhold(parts[1], estimated, lines=lines)]
    return pd.concat(shown, ignore_index=True)[ADVOCATE_COLUMNS]


def _advocacy(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    said = pd.DataFrame({label: rows["advocacy"].eq(label) for label in ("advocates", "warns_off")})
    shares = shares_of(said, rows["group"], cluster_key(rows), level)
    shares = shares.astype({"count": "Int64"}).reset_index("label")
    for_it, against = (shares[shares["label"] == label].drop(columns="label") for label in said)
    table = for_it.rename(columns={"count": "advocates"}).rename_axis("by").reset_index()
    table["warns_off"] = against["count"].to_numpy()
    for name in ("share", "low", "high"):
        table[f"warns_{name}"] = against[name].to_numpy()
    return table
