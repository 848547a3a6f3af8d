"""The simulations of ``benchmarks/simulate.py``: few runs of each part, and the stored results of 2,000."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
#: Runs of each part here.
RUNS = {
    "nps": 200,
    "repeats": 200,
    "share": 200,
    "driver": 40,
    "top": 40,
    "null": 60,
    "companion": 30,
    "changes": 60,
    "digest": 30,
}


@pytest.fixture(scope="module")
def parts() -> dict[str, Callable[[int], dict[str, Any]]]:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from simulate import PARTS
    finally:
        sys.path.remove(str(BENCHMARKS))
    found: dict[str, Callable[[int], dict[str, Any]]] = PARTS
    return found


def error(share: float, runs: int) -> float:
    """Three Monte Carlo standard errors of a share."""
    return 3 * float((share * (1 - share) / runs) ** 0.5)


def judge(name: str, found: dict[str, Any], runs: int) -> None:
    """What must hold, within Monte Carlo error."""
    if name == "null":
        named = found["reports_that_name_a_driver"]
        assert named["nothing planted, Benjamini–Hochberg"] <= 0.05 + error(0.05, runs)
        assert named["nothing planted, both agree"] >= 0.9 and named["twelve planted, both agree"] >= 0.9
        assert named["twelve planted, Benjamini–Hochberg"] >= 0.7
    elif name == "changes":
        named = found["reports_that_name_a_change"]
        assert named["nothing changed"] <= 0.05 + error(0.05, runs)
        assert named["nothing changed, customers repeat"] <= 0.05 + error(0.05, runs // 2)
        planted = found["planted_change_named"]
        assert planted["theme from 8 to 15 %, between periods"] >= 0.4
        assert planted["theme from 8 to 15 %, as a change point"] >= 0.3
        assert planted["another theme"] <= 0.05 + error(0.05, runs // 4)
    elif name == "digest":
        for name, named in found["reports_that_name_a_change"].items():
            assert named <= 0.05 + error(0.05, runs // 2 if "repeat" in name else runs), name
    elif name == "companion":
        assert found["named"]["theme behind the score"] == 1
        assert found["named"]["harmless companion"] <= 0.05 + error(0.05, runs)
        assert found["companion_leave_out"] == pytest.approx(-13.3, abs=0.7)
        assert found["companion_adjusted"] == pytest.approx(0, abs=0.5)
    else:
        wanted = {name: share for name, share in found["coverage"].items() if name != "unadjusted"}
        assert all(share >= 0.95 - error(0.95, runs) for share in wanted.values()), wanted


@pytest.mark.no_cover  # a trace takes half as long again, and other tests run these lines
@pytest.mark.parametrize("name", RUNS)
def test_a_few_runs_hold(name: str, parts: dict[str, Callable[[int], dict[str, Any]]]) -> None:
    assert set(parts) == set(RUNS)
    judge(name, parts[name](RUNS[name]), RUNS[name])


@pytest.mark.parametrize("name", RUNS)
def test_the_stored_results_hold(name: str) -> None:
    stored = json.loads((BENCHMARKS / "results" / f"simulate-{name}.json").read_text(encoding="utf-8"))
    assert stored["runs"] >= 2000 and stored["command"].endswith(f"--runs {stored['runs']} --part {name}")
    judge(name, stored, stored["runs"])
