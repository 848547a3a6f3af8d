"""The regression behind the drivers, against statsmodels, a bootstrap and max-T permutation."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import sparse
from scipy.stats import false_discovery_control

from voc.analytics.regression import Problem, bootstrap, fit, one_by_one, share_errors, sign_agreement


def problem(
    outcome: np.ndarray,
    mentions: np.ndarray,
    controls: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> Problem:
    n = len(outcome)
    return Problem(
        outcome.astype(float),
        sparse.csr_array(mentions.reshape(n, -1).astype(float)),
        sparse.csr_array(np.empty((n, 0)) if controls is None else controls),
        np.arange(n) if clusters is None else clusters,
        np.ones(n) if weights is None else weights,
    )


def made(n: int = 500, repeated: bool = False, weighted: bool = False) -> Problem:
    rng = np.random.default_rng(0)
    mentions, controls = rng.random((n, 4)) < 0.3, rng.normal(size=(n, 2))
    clusters = rng.permutation(np.r_[np.arange(n // 5), rng.integers(0, n // 5, n - n // 5)])
    weights = rng.uniform(0.5, 1.5, n)
    return problem(
        -3 * mentions[:, 0] + controls[:, 0] + rng.normal(0, 2, n) + rng.normal(size=n)[clusters],
        mentions,
        controls,
        clusters if repeated else None,
        weights / weights.mean() if weighted else None,
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("repeated", [False, True])
def test_agrees_with_statsmodels(repeated: bool, weighted: bool) -> None:
    given = made(repeated=repeated, weighted=weighted)
    mentions, controls = given.mentions.toarray(), sm.add_constant(given.controls.toarray())
    whole = sm.WLS(given.outcome, np.column_stack([controls, mentions]), weights=given.weights).fit()
    kind = {"cov_type": "cluster", "groups": given.clusters} if repeated else {"cov_type": "HC3"}
    robust = whole.get_robustcov_results(use_t=True, **kind)
    found = fit(given, 0.95)
    assert found.coefficient == pytest.approx(whole.params[-4:], abs=1e-10)
    assert found.se == pytest.approx(np.fmax(robust.bse, whole.bse)[-4:], abs=1e-10)
    assert found.r2 == pytest.approx(whole.rsquared)
    larger = (robust.bse > whole.bse)[-4:]
    assert larger.any()
    assert found.p[larger] == pytest.approx(robust.pvalues[-4:][larger])
    assert (found.coefficient - found.half)[larger] == pytest.approx(robust.conf_int()[-4:, 0][larger])
    assert (found.method, found.errors) == ("ols", "clustered" if repeated else "HC3")
    coefficient, se = one_by_one(given)
    alone = sm.WLS(given.outcome, np.column_stack([controls, mentions[:, 1]]), weights=given.weights).fit()
    alone = alone.get_robustcov_results("cluster", groups=given.clusters)
    assert (coefficient[1], se[1]) == pytest.approx((alone.params[-1], alone.bse[-1]))


def test_shares_and_their_errors_agree_with_statsmodels() -> None:
    given = made(repeated=True, weighted=True)
    shown = given.mentions.toarray()[:, 2]
    share, se = share_errors(given)
    mean = sm.WLS(shown, np.ones(len(shown)), weights=given.weights).fit()
    theirs = mean.get_robustcov_results("cluster", groups=given.clusters)
    assert (share[2], se[2]) == pytest.approx((theirs.params[0], theirs.bse[0]))


@pytest.mark.parametrize("repeated", [False, True])
def test_bootstrap_by_cluster_spreads_as_wide_as_refitting(repeated: bool) -> None:
    given = made(repeated=repeated)
    rng, rows = np.random.default_rng(3), np.column_stack([np.ones(500), given.controls.toarray()])
    design, refitted = np.column_stack([rows, given.mentions.toarray()]), []
    for _ in range(400):
        drawn = np.bincount(rng.integers(given.groups, size=given.groups), minlength=given.groups)
        root = np.sqrt(drawn[given.clusters])
        refitted.append(np.linalg.lstsq(design * root[:, None], given.outcome * root, rcond=None)[0][-4:])
    ours = bootstrap(fit(given, 0.95), 400, 5)
    assert ours.shape == (400, 4)
    assert ours.std(axis=0) == pytest.approx(np.std(refitted, axis=0), rel=0.15)
    assert ours.mean(axis=0) == pytest.approx(np.mean(refitted, axis=0), abs=0.1)


def test_equal_mentions_share_the_effect_under_ridge() -> None:
    rng = np.random.default_rng(5)
    shown = rng.random(400) < 0.3
    result = fit(problem(-40 * shown + rng.normal(0, 20, 400), np.column_stack([shown, shown])), 0.95)
    assert result.method == "ridge" and result.coefficient[0] == pytest.approx(result.coefficient[1])
    assert result.coefficient.sum() == pytest.approx(-40, abs=5)


def test_redundant_control_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    shown, control = rng.random(300) < 0.3, rng.normal(size=(300, 1))
    outcome = -30 * shown + control[:, 0] + rng.normal(0, 10, 300)
    once = fit(problem(outcome, shown, control), 0.95)
    twice = problem(outcome, shown, np.hstack([control, 2 * control]))
    assert fit(twice, 0.95).method == "ols" and fit(twice, 0.95).coefficient == pytest.approx(once.coefficient)
    assert one_by_one(twice)[0] == pytest.approx(once.coefficient)  # one mention: alone is adjusted


def test_weights_of_two_are_two_rows() -> None:
    given = made(200)
    double = given.weights.copy()
    double[:50] = 2
    weighted = fit(Problem(given.outcome, given.mentions, given.controls, given.clusters, double), 0.95)
    rows = np.r_[np.arange(200), np.arange(50)]
    twice = fit(
        Problem(
            given.outcome[rows], given.mentions[rows], given.controls[rows], given.clusters[rows], np.ones(len(rows))
        ),
        0.95,
    )
    assert weighted.coefficient == pytest.approx(twice.coefficient) and weighted.r2 == pytest.approx(twice.r2)


def test_same_data_same_signs_and_noise_is_not_stable() -> None:
    rng = np.random.default_rng(8)
    shown = rng.random((500, 6)) < 0.2
    found = fit(problem(rng.normal(size=500) - 3 * shown[:, 0], shown), 0.95)
    first = sign_agreement(found, 200, 1)
    assert (first == sign_agreement(found, 200, 1)).all()
    assert first[0] == 1 and first[1:].min() < 0.9


def test_false_discoveries_agree_with_max_t_permutation() -> None:
    """With no theme behind the score both name nothing; with two, both name those two (Westfall and Young 1993)."""
    rng = np.random.default_rng(11)
    shown = rng.random((800, 12)) < 0.15
    for planted in (0.0, 30.0):
        outcome = rng.normal(0, 60, 800) - planted * shown[:, 0] - planted * shown[:, 1]
        found = fit(problem(outcome, shown), 0.95)
        largest = [
            np.abs((again := fit(problem(rng.permutation(outcome), shown), 0.95)).coefficient / again.se).max()
            for _ in range(300)
        ]
        by_permutation = (np.array(largest)[:, None] >= np.abs(found.coefficient / found.se)).mean(axis=0)
        named = false_discovery_control(found.p) <= 0.05
        assert named.tolist() == (by_permutation <= 0.05).tolist() == [planted > 0] * 2 + [False] * 10
