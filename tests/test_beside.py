"""Files beside the comments: events and counts of customers."""

from __future__ import annotations

from pathlib import Path

import pytest

from voc.config import samples_folder
from voc.errors import InputError
from voc.pipeline import customers_of, events_of, read_customers, read_events


def write(folder: Path, text: str, name: str = "events.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_events_in_order_of_time(tmp_path: Path) -> None:
    path = write(tmp_path, "Date,Event,who\n2026-06-01,Advice mails begin,ann\n2026-04, New prices ,bo\n")
    events = read_events(path)
    assert events["event"].tolist() == ["New prices", "Advice mails begin"]
    assert [f"{day:%Y-%m-%d %Z}" for day in events["date"]] == ["2026-04-01 UTC", "2026-06-01 UTC"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("date,event\n2026-04-01,fine\n01/04/2026,New prices\n", "line 3: '01/04/2026' is no date"),
        ("date,event\n2026-04-01,\n", "line 2: an event without a name"),
        ("when it was,event\n2026-04-01,x\n", "has no column 'date' (found: when it was, event)"),
        ("date,what it was\n2026-04-01,x\n", "has no column 'event'"),
        ("", "cannot be read as CSV"),
    ],
)
def test_events_that_are_none(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        read_events(write(tmp_path, text))
    assert what in str(caught.value) and "\n" not in str(caught.value)


def test_customers_of_the_samples() -> None:
    table = read_customers(samples_folder() / "customers.csv")
    assert len(table) == 28 and set(table) == {"date", "brand", "customers"}
    assert table["customers"].dtype == "float64" and (table["date"].dt.day == 1).all()


def test_customers_with_invited_and_left(tmp_path: Path) -> None:
    path = write(tmp_path, 'month,customers,invited,left\n2026-04-15,"12,000",300,\n2026-05,11000,250,40\n', "c.csv")
    table = read_customers(path)
    assert table["customers"].tolist() == [12000, 11000] and table["left"].isna().tolist() == [True, False]
    assert [f"{day:%Y-%m-%d}" for day in table["date"]] == ["2026-04-01", "2026-05-01"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("month,customers\n2026-04,-3\n", "line 2: customers is no number of 0 or more"),
        ("month,customers\n2026-04,many\n", "line 2: customers is no number"),
        ("month,customers\n2026-04,\n", "line 2: customers is no number"),
        ("month,customers\n2026-04,3\n2026-04-09,4\n", "line 3: this month is counted twice"),
        ("month,people\n2026-04,3\n", "has no column 'customers'"),
    ],
)
def test_counts_that_are_none(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_customers(write(tmp_path, text, "customers.csv"))


def test_files_in_the_stores_folder_are_found(tmp_path: Path) -> None:
    assert events_of(str(tmp_path)) is None and customers_of("s3://bucket/store") is None
    write(tmp_path, "date,event\n2026-04-01,New prices\n")
    write(tmp_path, "month,customers\n2026-04,10\n", "customers.csv")
    found, counted = events_of(str(tmp_path)), customers_of(str(tmp_path))
    assert found is not None and len(found) == 1 and counted is not None and len(counted) == 1
    other = write(tmp_path, "date,event\n2026-04-01,a\n2026-05-01,b\n", "other.csv")
    named = events_of(str(tmp_path), other)
    assert named is not None and len(named) == 2
    with pytest.raises(InputError, match="name a CSV file that exists"):
        events_of(str(tmp_path), tmp_path / "gone.csv")
