"""Two slices, and complaints per 1,000 customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from report_frames import Frames, network
from scipy.stats import binomtest, poisson

from voc import analytics
from voc.analytics.rates import poisson_interval
from voc.errors import UsageError
from voc.report import moved


@pytest.fixture(scope="module")
def frames() -> Frames:
    """Wrenly's answers are of new customers more often, and new customers answer three points lower."""
    made, rng = network(1600, seed=11), np.random.default_rng(1)
    wrenly = made.comments["brand"].eq("Wrenly").to_numpy()
    new = rng.random(len(wrenly)) < np.where(wrenly, 0.75, 0.25)
    lower = np.clip(made.comments["nps"].to_numpy(float) - 3 * new, 0, 10)
    rows = made.comments.assign(customer_segment=np.where(new, "new", "established"), nps=lower)
    return Frames(rows, made.segments, made.themes)


def brands(frames: Frames) -> tuple[pd.Series, pd.Series]:
    return frames.comments["brand"].eq("Wrenly"), frames.comments["brand"].eq("Larkline")


@pytest.fixture(scope="module")
def table(frames: Frames) -> pd.DataFrame:
    return analytics.compare(frames.comments, frames.segments, frames.themes, *brands(frames))


def test_another_mix_explains_the_difference(frames: Frames, table: pd.DataFrame) -> None:
    row = table[table["measure"] == "nps"].iloc[0]
    assert row["named"] and row["high"] < 0 and row["difference"] < -10
    assert row["adjusted_low"] < 0 < row["adjusted_high"]
    assert table.attrs["adjusted_for"] == ["customer segment", "quarter"]
    assert (table.attrs["n_a"], table.attrs["n_b"]) == tuple(int(mask.sum()) for mask in brands(frames))


def test_the_equal_mix_is_a_regression(frames: Frames, table: pd.DataFrame) -> None:
    rows = frames.comments
    data = pd.DataFrame(
        {
            "y": np.select([rows["nps"] >= 9, rows["nps"] >= 7], [100.0, 0.0], -100.0),
            "a": rows["brand"].eq("Wrenly").astype(float),
            "segment": rows["customer_segment"],
            "quarter": rows["date"].dt.tz_localize(None).dt.to_period("Q").astype(str),
            "commented": rows["text"].notna().astype(str),
        }
    )
    fit = smf.ols("y ~ a + segment + quarter + commented", data).fit(cov_type="HC1", use_t=True)
    row = table[table["measure"] == "nps"].iloc[0]
    assert row["adjusted"] == pytest.approx(fit.params["a"])
    low, high = fit.conf_int().loc["a"]
    assert (row["adjusted_low"], row["adjusted_high"]) == pytest.approx((low, high), rel=0.01)


def test_differences_turn_about_with_the_slices(frames: Frames, table: pd.DataFrame) -> None:
    a, b = brands(frames)
    other = analytics.compare(frames.comments, frames.segments, frames.themes, b, a)
    keys = ["measure", "theme"]
    both = table.merge(other, on=keys, suffixes=("", "_other"))
    known = both[both["difference"].notna()]
    assert len(known) == table["difference"].notna().sum()
    for name, mirror in (("difference", "difference"), ("low", "high"), ("adjusted", "adjusted")):
        np.testing.assert_allclose(known[name], -known[f"{mirror}_other"], atol=1e-9)
    np.testing.assert_allclose(known["p"].fillna(2), known["p_other"].fillna(2), atol=1e-9)


def test_slices_that_overlap_or_are_empty(frames: Frames) -> None:
    a, _ = brands(frames)
    with pytest.raises(UsageError, match="comments are in both slices: word the two so that they exclude each other"):
        analytics.compare(frames.comments, frames.segments, frames.themes, a, a | True)
    none = analytics.compare(frames.comments, frames.segments, frames.themes, a, a & False)
    assert none.empty and none.attrs["note"] == "One of the two slices holds no comment."


def test_two_versions_and_sources(frames: Frames) -> None:
    a, b = brands(frames)
    mixed = frames.comments.assign(model_version=np.where(a, "one", "two"))
    found = analytics.compare(mixed, frames.segments, frames.themes, a, b)
    assert found.empty and "2 model versions" in found.attrs["note"]
    sources = frames.comments.assign(source=np.where(a, "review", "forum"))
    found = analytics.compare(sources, frames.segments, frames.themes, a, b)
    assert "different sources" in found.attrs["caution"] and "source" not in found.attrs["adjusted_for"]


def test_a_slice_of_one_shows_nothing(frames: Frames) -> None:
    one = frames.comments["id"].eq("M-0003")
    found = analytics.compare(frames.comments, frames.segments, frames.themes, one, ~one)
    assert found["difference"].isna().all() and found[["a", "b"]].isna().all(axis=None)


def test_a_difference_in_words(table: pd.DataFrame) -> None:
    row = table[table["measure"] == "nps"].iloc[0].to_dict()
    text = moved.difference(row, "Wrenly", "Larkline")
    assert "(Wrenly) against" in text and "At an equal mix of customers" in text and "No difference" not in text
    quiet = table[(table["measure"] == "share") & ~table["named"]].iloc[0].to_dict()
    assert "No difference distinguishable from chance" in moved.difference(quiet, "a", "b")


# --- complaints per 1,000 customers -----------------------------------------------------------


def complaints(counts: dict[str, int], source: str = "complaint") -> pd.DataFrame:
    many = network(10).comments.iloc[np.zeros(sum(counts.values()), int)].reset_index(drop=True)
    brand = [name for name, n in counts.items() for _ in range(n)]
    ids = [f"k{i}" for i in range(len(many))]
    dates = [pd.Timestamp(f"2026-0{1 + i % 3}-10", tz="UTC") for i in range(len(many))]
    return many.assign(id=ids, response_id=ids, brand=brand, source=source, date=pd.Series(dates))


def customers(**counts: float) -> pd.DataFrame:
    months = pd.date_range("2026-01-01", periods=3, freq="MS", tz="UTC")
    parts = [pd.DataFrame({"date": months, "brand": name, "customers": n}) for name, n in counts.items()]
    return pd.concat(parts, ignore_index=True)


def test_rates_compare_brands() -> None:
    rows = complaints({"Tern": 60, "Alder": 30})
    table = analytics.complaint_rates(
        rows, customers(Tern=100_000, Alder=10_000), by="brand", every_complaint_logged=True
    ).set_index("by")
    assert table.loc["Tern", "rate"] == pytest.approx(1000 * 60 / 300_000)
    assert table.loc["Alder", "rate"] == pytest.approx(1) and table.loc["Alder", "months"] == 3
    low, high = poisson.interval(0.95, 30)
    assert table.loc["Alder", "low"] < 1 < table.loc["Alder", "high"] and low < 30 < high
    ratio, low, high = analytics.rate_ratio(table.reset_index())
    exact = binomtest(30, 90, 0.5).proportion_ci(method="exact")
    expected = [300_000 / 30_000 * share / (1 - share) for share in (exact.low, exact.high)]
    assert ratio == pytest.approx(5) and (low, high) == pytest.approx(expected)


def test_garwood_is_the_table_in_books() -> None:
    low, high = poisson_interval([0, 1, 10])  # Garwood 1936; reprinted in Ulm 1990
    assert low == pytest.approx([0, 0.0253, 4.795], abs=1e-3) and high == pytest.approx([3.689, 5.572, 18.39], abs=5e-3)


def test_one_angry_customer_widens_the_interval() -> None:
    rows = complaints({"Tern": 60})
    calm = analytics.complaint_rates(rows, customers(Tern=1e5), every_complaint_logged=True).iloc[0]
    angry = rows.assign(customer_id=["same"] * 30 + [f"p{i}" for i in range(30)])
    wide = analytics.complaint_rates(angry, customers(Tern=1e5), every_complaint_logged=True).iloc[0]
    assert wide["rate"] == calm["rate"] and wide["high"] - wide["low"] > 2 * (calm["high"] - calm["low"])


@pytest.mark.parametrize(("source", "logged"), [("complaint", False), ("review", True)])
def test_no_rate_unless_every_complaint_is_logged(source: str, logged: bool) -> None:
    rows = complaints({"Tern": 9}, source)
    table = analytics.complaint_rates(rows, customers(Tern=1e5), every_complaint_logged=logged)
    assert table.empty and "only told where every complaint is logged" in table.attrs["note"]


def test_months_without_a_count_are_left_out() -> None:
    rows, counted = complaints({"Tern": 60}), customers(Tern=1e5).iloc[:2]
    table = analytics.complaint_rates(rows, counted, every_complaint_logged=True)
    assert table["complaints"].item() == 40 and table["months"].item() == 2
    by_quarter = analytics.complaint_rates(rows, counted, period="month", every_complaint_logged=True)
    assert by_quarter["period"].tolist() == ["2026-01", "2026-02"]
    with pytest.raises(UsageError, match="no column 'colour'"):
        analytics.complaint_rates(rows, counted, by="colour", every_complaint_logged=True)
