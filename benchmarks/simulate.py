"""Do the intervals cover, and does chance keep quiet? Simulations with known truth, through the product's own code.

    python benchmarks/simulate.py [--runs 2000] [--part nps]

Every part draws samples with a fixed seed and counts: how often an interval holds the truth, how often a report names
a driver or a change where there is none. Results go to ``results/simulate-PART.json``;
``tests/test_simulations.py`` runs each part with fewer runs and reads the stored ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from machine import keep
from scipy import sparse

from voc.analytics import nps_table
from voc.analytics.breaks import find
from voc.analytics.changes import FAMILIES
from voc.analytics.contrast import contrast
from voc.analytics.design import Design
from voc.analytics.drivers import estimate, reported
from voc.analytics.emerging import chance, judge
from voc.analytics.intervals import adjusted_wald_difference, wilson
from voc.analytics.regression import Problem
from voc.analytics.voices import Said, Voices

#: Chance of a promoter and of a detractor, and number of answers.
NPS_CASES = [(0.5, 0.2, 30), (0.98, 0.01, 30), (0.98, 0.0, 30), (0.5, 0.2, 100), (0.85, 0.05, 100), (0.4, 0.35, 1000)]
SHARE_CASES = [(share, n) for share in (0.02, 0.12, 0.5) for n in (30, 100, 1000)]
RESPONSES, MANY_RESPONSES, THEMES = 1500, 4000, 40
#: Weeks of comments, and how many of the last are compared with as many before.
WEEKS, RECENT = 60, 13
LEVEL = 0.95


def nps(runs: int) -> dict[str, Any]:
    """Coverage of the adjusted Wald interval of the NPS."""
    rng, covered = np.random.default_rng(1), {}
    for promoter, detractor, n in NPS_CASES:
        drawn = rng.multinomial(n, [promoter, 1 - promoter - detractor, detractor], size=runs)
        _, low, high = adjusted_wald_difference(drawn[:, 0], drawn[:, 2], n, add=0.75, add_n=3, level=LEVEL)
        covered[f"n {n}, promoters {promoter}, detractors {detractor}"] = _within(low, high, promoter - detractor)
    return {"coverage": covered, "wanted": "at least .95"}


def repeats(runs: int) -> dict[str, Any]:
    """Coverage of the NPS where customers answer one to four times alike, and where answers are weighted: one table of
    as many groups as runs, each with 120 customers."""
    rng, customers = np.random.default_rng(2), 120
    run = np.repeat(np.arange(runs), customers)
    group = rng.integers(0, 2, len(run))  # younger customers are happier
    mood = rng.normal(0, 1.5, len(run))
    covered = {}
    for name, times, weight in (
        ("customers repeat", rng.integers(1, 5, len(run)), np.ones(2)),
        ("weighted 1 to 3", np.ones(len(run), int), np.array([1.0, 3.0])),
        ("both", rng.integers(1, 5, len(run)), np.array([1.0, 3.0])),
    ):
        who = np.repeat(np.arange(len(run)), times)
        latent = 8 + group[who] + mood[who] + rng.normal(0, 1.5, len(who))
        frame = _answers(np.clip(np.round(latent), 0, 10), run[who].astype(str), who, weight[group[who]])
        table = nps_table(frame, by="brand")
        covered[name] = _within(table["low"], table["high"], _true_nps(weight, name))
    return {"coverage": covered, "wanted": "at least .95"}


def share(runs: int) -> dict[str, Any]:
    """Coverage of the Wilson interval of a share, averaged over the shares around each one, as a count has few values
    and single shares go up and down (Brown, Cai and DasGupta 2001)."""
    rng, covered = np.random.default_rng(3), {}
    for centre, n in SHARE_CASES:
        true = centre * rng.uniform(0.75, 1.25, runs)
        low, high = wilson(rng.binomial(n, true), n, LEVEL)
        covered[f"n {n}, about {centre}"] = _within(low, high, true)
    return {"coverage": covered, "wanted": "about .95"}


def driver(runs: int) -> dict[str, Any]:
    """Coverage of a driver's adjusted effect on the whole score, all themes together."""
    covered = {}
    for name, repeated in (("one answer a customer", False), ("customers repeat", True)):
        hits = [
            table["effect_true"].between(table["low"], table["high"]).mean()
            for table, _ in _tables(runs, seed=4, effects=12, repeated=repeated)
        ]
        covered[name] = float(np.mean(hits))
    return {"coverage": covered, "wanted": "about .95"}


def top(runs: int) -> dict[str, Any]:
    """Coverage of the intervals of reported drivers (at most five on a side), as reported and unadjusted: one less the
    mean share of reported intervals that miss."""
    missed: dict[str, list[float]] = {"adjusted for selection": [], "unadjusted": []}
    rows = 0
    for table, _ in _tables(runs, seed=5, effects=12, responses=MANY_RESPONSES):
        for side in ("criticised", "praised"):
            shown = reported(table, side)
            rows += len(shown)
            for name, found in (("adjusted for selection", shown), ("unadjusted", table.loc[shown.index])):
                hits = found["effect_true"].between(found["low"], found["high"])
                missed[name].append(float(1 - hits.mean()) if len(hits) else 0.0)
    return {
        "coverage": {name: 1 - float(np.mean(values)) for name, values in missed.items()},
        "rows_a_report": round(rows / (2 * runs), 2),
        "wanted": "adjusted at least .95",
    }


def null(runs: int) -> dict[str, Any]:
    """Share of reports that name any driver where nothing goes with the score, beside max-T permutation on the same
    data, and how often the two agree on whether to name one; then both, in a quarter as many runs, where twelve do."""
    named: dict[str, float] = {}
    for name, effects, times in (("nothing planted", 0, runs), ("twelve planted", 12, max(runs // 4, 1))):
        rng, ours, theirs = np.random.default_rng(7), [], []
        for table, problem in _tables(times, seed=6, effects=effects):
            ours.append(bool(table["named"].any()))
            theirs.append(_max_t(problem, rng) <= 1 - LEVEL)
        named[f"{name}, Benjamini–Hochberg"] = float(np.mean(ours))
        named[f"{name}, max-T permutation"] = float(np.mean(theirs))
        named[f"{name}, both agree"] = float(np.mean(np.equal(ours, theirs)))
    return {"reports_that_name_a_driver": named, "wanted": "nothing planted: at most .05"}


def companion(runs: int) -> dict[str, Any]:
    """5,000 comments: a theme goes with lower scores, another is only mentioned along with it. How often is each
    named, and what do leave-out and adjusted effect of the harmless one come to?"""
    rng, n = np.random.default_rng(8), 5000
    hold_named, menu_named, leave_out, effect = [], [], [], []
    for _ in range(runs):
        hold = rng.random(n) < 0.22
        menu = np.where(hold, rng.random(n) < 0.8, rng.random(n) < 0.06)
        score = np.clip(np.round(rng.normal(8 - 2.5 * hold, 2.0)), 0, 10)
        outcome = np.select([score >= 9, score >= 7], [100.0, 0.0], -100.0)
        design = _design(outcome, np.column_stack([hold, menu]), np.arange(n))
        table = estimate(design, "nps", replicates=1).set_index("theme")
        hold_named.append(table.loc["t0", "named"])
        menu_named.append(table.loc["t1", "named"])
        leave_out.append(table.loc["t1", "leave_out"])
        effect.append(table.loc["t1", "effect"])
    return {
        "named": {
            "theme behind the score": float(np.mean(hold_named)),
            "harmless companion": float(np.mean(menu_named)),
        },
        "companion_leave_out": round(float(np.mean(leave_out)), 2),
        "companion_adjusted": round(float(np.mean(effect)), 2),
        "wanted": "companion named in at most .05",
    }


def changes(runs: int) -> dict[str, Any]:
    """Share of reports on change that name anything (a score, net giving, a theme's share, the score of those who
    mention it, a change point) where nothing changed, in half as many runs where customers repeat too; and, in a
    quarter, how often a planted change is named: 3,000 comments with a score and 40 themes in 60 weeks, the last 13
    weeks against the 13 before."""
    rng, named = np.random.default_rng(10), {}
    for name, times in (("nothing changed", runs), ("nothing changed, customers repeat", runs // 2)):
        found = [_report_names(_weeks_of_comments(rng, "repeat" in name)) for _ in range(times)]
        named[name] = float(np.mean([bool(two or points) for two, points in found]))
        named[f"{name}: between periods alone"] = float(np.mean([bool(two) for two, _ in found]))
        named[f"{name}: change points alone"] = float(np.mean([bool(points) for _, points in found]))
    found = [_report_names(_weeks_of_comments(rng, planted=True)) for _ in range(max(runs // 4, 1))]
    planted = {
        "theme from 8 to 15 %, between periods": float(np.mean(["t0" in two for two, _ in found])),
        "theme from 8 to 15 %, as a change point": float(np.mean(["t0" in points for _, points in found])),
        "another theme": float(np.mean([bool((two | points) - {"t0", "all"}) for two, points in found])),
    }
    wanted = "nothing changed: at most .05"
    return {"reports_that_name_a_change": named, "planted_change_named": planted, "wanted": wanted}


def digest(runs: int) -> dict[str, Any]:
    """Share of digests, and of briefs, that name anything where nothing changed: scores, net giving, themes and scores
    given mention, for a brief the themes of the scored; and, for both, themes that emerge. 3,000 comments as in
    ``changes``, in half as many runs with customers who repeat; six weeks count as recent."""
    rng, named = np.random.default_rng(11), {}
    for name, times in (("nothing changed", runs), ("nothing changed, customers repeat", runs // 2)):
        found = [_digest_names(_weeks_of_comments(rng, "repeat" in name)) for _ in range(times)]
        for place, what in enumerate(("a digest", "a brief", "emerging alone")):
            named[f"{what}: {name}"] = float(np.mean([each[place] for each in found]))
    return {"reports_that_name_a_change": named, "wanted": "at most .05"}


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    part.__name__: part for part in (nps, repeats, share, driver, top, null, companion, changes, digest)
}


def _within(low: Any, high: Any, true: Any) -> float:
    return float(np.mean((np.asarray(low, float) <= true) & (true <= np.asarray(high, float))))


def _answers(scores: np.ndarray, group: np.ndarray, customer: np.ndarray, weight: np.ndarray) -> pd.DataFrame:
    ids = np.arange(len(scores)).astype(str)
    given = {"dataset": "d", "id": ids, "response_id": ids, "thread_id": None, "survey_type": "relationship"}
    return pd.DataFrame({**given, "customer_id": customer.astype(str), "brand": group, "weight": weight, "nps": scores})


def _true_nps(weight: np.ndarray, name: str) -> float:
    """The NPS of endless answers; a customer counts as often as they answer, happy or not."""
    rng, n = np.random.default_rng(9), 4_000_000
    group = rng.integers(0, 2, n)
    latent = np.clip(np.round(8 + group + rng.normal(0, 1.5, n) + rng.normal(0, 1.5, n)), 0, 10)
    points = np.select([latent >= 9, latent >= 7], [100.0, 0.0], -100.0)
    return float(np.average(points, weights=weight[group]))


def _tables(
    runs: int, seed: int, effects: int, repeated: bool = False, responses: int = RESPONSES
) -> Iterator[tuple[pd.DataFrame, Problem]]:
    """Tables of drivers, with the true effect of each row, and what they come from.

    Shares fall from .25 to .02. ``effects`` themes, spread over the shares, move the chance of a detractor and of a
    promoter by up to 12 percentage points either way. Themes come in pairs that are mentioned together.
    """
    rng = np.random.default_rng(seed)
    shares = np.geomspace(0.25, 0.02, THEMES)
    lift = np.zeros(THEMES)
    at = np.linspace(0, THEMES - 1, effects).astype(int)
    lift[at] = np.resize([-0.12, 0.06, -0.08, 0.04, -0.03, 0.08], effects)
    for _ in range(runs):
        people = rng.integers(0, responses // 2, responses) if repeated else np.arange(responses)
        clusters = np.unique(people, return_inverse=True)[1]
        shown = _pairs(rng, shares, responses)
        mood = 0.1 * rng.choice([-1, 1], responses)[clusters]
        push = shown @ lift + mood
        happy, unhappy = np.clip(0.45 + push, 0, 1), np.clip(0.25 - push, 0, 1)
        luck = rng.random(responses)
        outcome = np.where(luck < happy, 100.0, np.where(luck > 1 - unhappy, -100.0, 0.0))
        polarity = np.where(np.where(lift == 0, np.arange(THEMES) % 2, lift > 0), "praised", "criticised")
        design = _design(outcome, shown, clusters, polarity)
        table = estimate(design, "nps", LEVEL, replicates=1)
        number = table["theme"].str[1:].astype(int)
        yield table.assign(effect_true=200 * lift[number] * shares[number]), design.problem


def _pairs(rng: np.random.Generator, shares: np.ndarray, responses: int) -> np.ndarray:
    """Mentions with these shares; in half of the responses the second of each pair of themes copies the first as far as
    its share allows."""
    drawn = rng.random((responses, THEMES // 2, 2))
    together = rng.random((responses, THEMES // 2)) < 0.5
    drawn[:, :, 1] = np.where(together, drawn[:, :, 0], drawn[:, :, 1])
    shown: np.ndarray = drawn.reshape(responses, THEMES) < shares
    return shown


def _design(outcome: np.ndarray, shown: np.ndarray, clusters: np.ndarray, polarity: Any = "criticised") -> Design:
    n, k = shown.shape
    names = [f"t{i}" for i in range(k)]
    columns = pd.DataFrame({"theme": names, "label": names, "polarity": polarity})
    problem = Problem(outcome, sparse.csr_array(shown.astype(float)), sparse.csr_array((n, 0)), clusters, np.ones(n))
    return Design(problem, columns, (), None, 0, None)


def _weeks_of_comments(rng: np.random.Generator, repeated: bool = False, planted: bool = False) -> Said:
    """Comments with an NPS answer spread over ``WEEKS``. Where customers repeat, half of what they say and how they
    score is their own. ``planted``: the first theme comes up more often in the last 13 weeks."""
    n = 3000
    people = rng.integers(0, n // 3, n) if repeated else np.arange(n)
    clusters = np.unique(people, return_inverse=True)[1]
    day = rng.integers(0, 7 * WEEKS, n)
    shares = np.r_[0.08, np.geomspace(0.25, 0.01, THEMES - 1)]
    chance = np.tile(shares, (n, 1))
    if planted:
        chance[day >= 7 * (WEEKS - RECENT), 0] = 0.15
    own = rng.random((n, THEMES)), rng.random(n), rng.random(n)
    theirs = [each[clusters] for each in (rng.random((n, THEMES)), rng.random(n), rng.random(n))]
    habit = (rng.random(n) < 0.5) if repeated else np.zeros(n, bool)
    luck, mood, stance = (
        np.where(habit.reshape(-1, *[1] * (a.ndim - 1)), b, a) for a, b in zip(own, theirs, strict=True)
    )
    shown = sparse.csr_array((luck < chance).astype(float))
    points = np.select([mood < 0.45, mood > 0.75], [100.0, -100.0], 0.0)
    balance = np.select([stance < 0.2, stance > 0.7], [100.0, -100.0], 0.0)
    monday = 4 + 7 * 2600  # days since 1970 to a Monday
    factors = {"source": rng.integers(0, 3, n), "customer_segment": rng.integers(0, 4, n)}
    voices = Voices(balance, np.ones(n), clusters, shown, np.ones(n, bool), monday + day, factors)
    names = [f"t{i}" for i in range(THEMES)]
    themes = pd.DataFrame({"theme": names, "label": names, "polarity": "mentioned"})
    return Said(themes, voices, {"nps": replace(voices, values=points)}, {"nps": "relationship"}, None)


def _report_names(said: Said) -> tuple[set[str], set[str]]:
    """Themes named as changed between the last 13 weeks and those before, and at a change point; ``all``: a headline
    figure."""
    begin = int(said.comments.days.max()) + 1 - 7 * RECENT
    pair = {}
    for name, voices in (("comments", said.comments), *said.scores.items()):
        rows = voices.days >= begin - 7 * RECENT
        pair[name] = replace(voices.take(rows), side=voices.days[rows] >= begin)
    both = contrast(replace(said, comments=pair["comments"], scores={"nps": pair["nps"]}), FAMILIES, LEVEL)
    return tuple(set(table.loc[table["named"], "theme"].fillna("all")) for table in (both, find(said, LEVEL)))


def _digest_names(said: Said) -> tuple[bool, bool, bool]:
    """Whether a digest, a brief, and emerging themes alone name anything."""
    last, pair = int(said.comments.days.max()), {}
    for name, voices in (("comments", said.comments), *said.scores.items()):
        rows = voices.days > last - 14 * RECENT
        pair[name] = replace(voices.take(rows), side=voices.days[rows] > last - 7 * RECENT)
    both = replace(said, comments=pair["comments"], scores={"nps": pair["nps"]})
    changed = contrast(both, FAMILIES, LEVEL)
    headline = bool(changed.loc[changed["family"] == "headline", "named"].any())
    of_scored = contrast(replace(both, comments=pair["nps"], scores={}), FAMILIES, LEVEL)
    complaints = bool(of_scored.loc[of_scored["family"] == "theme", "named"].any())
    recent = said.comments.days > last - 42
    shown = said.comments.mentions
    sizes = pd.DataFrame({"total": [len(recent)], "recent": [int(recent.sum())]}, index=["d"])
    counts = zip(shown.sum(axis=0).astype(int), shown[recent].sum(axis=0).astype(int), strict=True)
    table = pd.DataFrame(
        [(n, chance(sizes, pd.DataFrame({"total": [all_], "recent": [n]}, index=["d"]))) for all_, n in counts],
        columns=["n_recent", "p"],
    )
    judge(table)
    emerges = bool(table["emerging"].any())
    return bool(changed["named"].any()) or emerges, headline or complaints or emerges, emerges


def _max_t(problem: Problem, rng: np.random.Generator, permutations: int = 300) -> float:
    """Chance of so large a largest |t| of ordinary least squares when scores are dealt out anew (Westfall and Young
    1993)."""
    design = np.column_stack([np.ones(len(problem.outcome)), problem.mentions.toarray()])
    inverse = np.linalg.inv(design.T @ design)
    dealt = rng.permuted(np.tile(problem.outcome, (permutations, 1)), axis=1).T
    outcomes = np.column_stack([problem.outcome, dealt])
    solved = inverse @ (design.T @ outcomes)
    rest = outcomes - design @ solved
    spread = (rest**2).sum(axis=0) / (len(rest) - design.shape[1])
    largest = np.abs(solved[1:] / np.sqrt(np.outer(np.diag(inverse)[1:], spread))).max(axis=0)
    return float((1 + (largest[1:] >= largest[0]).sum()) / (1 + permutations))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--part", choices=PARTS, action="append")
    options = parser.parse_args()
    for name in options.part or PARTS:
        begun = time.process_time()
        found = PARTS[name](options.runs)
        print(name)
        keep(
            f"simulate-{name}",
            {
                "command": f"python benchmarks/simulate.py --runs {options.runs} --part {name}",
                "runs": options.runs,
                "monte_carlo_error_at_95": round((0.95 * 0.05 / options.runs) ** 0.5, 4),
                "processor_seconds": round(time.process_time() - begun, 1),
                **found,
            },
        )


if __name__ == "__main__":
    main()
