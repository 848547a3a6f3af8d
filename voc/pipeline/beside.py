"""What a user knows beside the comments: events to mark on time charts, and customers counted by month."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from voc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

#: Names under which the files are found in a store's folder.
EVENTS, CUSTOMERS = "events.csv", "customers.csv"
_DATES = ("date", "day", "month", "when")
_NAMES = ("event", "label", "title", "name", "what")
_COUNTS = ("customers", "invited", "left")


def read_events(path: str | Path) -> pd.DataFrame:
    """``date`` (UTC, midnight) and ``event`` (its name) of each, in order of time.

    A CSV file with a column ``date`` (2026-04-01, or 2026-04 for its first day) and a column ``event``; others are left
    alone. Raises InputError that names the line at fault.
    """
    import pandas as pd

    rows = _rows(path)
    when, what = _column(rows, _DATES, path), _column(rows, _NAMES, path)
    table = pd.DataFrame({"date": _dates(rows[when], path), "event": rows[what].str.strip()})
    if (empty := table["event"].eq("")).any():
        raise InputError(f"{path}, line {_line(empty)}: an event without a name; give each a few words.")
    return table.sort_values("date", kind="stable", ignore_index=True)


def read_customers(path: str | Path) -> pd.DataFrame:
    """Customers by month: ``date`` (UTC, first of the month), ``customers``, where given ``invited`` and ``left``, and
    the file's other columns (brand …) as they are.

    A CSV file with a column ``month`` (2026-04 or 2026-04-01) and a column ``customers``. Raises InputError that names
    the line at fault, or a month that is counted twice.
    """
    import pandas as pd

    rows = _rows(path)
    when = _column(rows, ("month", *_DATES), path)
    _column(rows, _COUNTS[:1], path)
    months = _dates(rows[when], path)
    first = months - pd.to_timedelta(months.dt.day - 1, "D")
    table = rows.drop(columns=[when, *({"date"} & set(rows))]).assign(date=first)
    for name in (name for name in _COUNTS if name in table):
        given = table[name].str.replace(",", "").replace("", None)
        numbers = pd.to_numeric(given, errors="coerce").astype("float64")
        bad = (given.notna() & numbers.isna()) | (numbers < 0) | (numbers == float("inf"))
        bad |= numbers.isna() if name == _COUNTS[0] else False
        if bad.any():
            raise InputError(f"{path}, line {_line(bad)}: {name} is no number of 0 or more; give a count.")
        table[name] = numbers
    groups = [name for name in table if name not in _COUNTS]
    if (twice := table.duplicated(groups)).any():
        raise InputError(f"{path}, line {_line(twice)}: this month is counted twice; give each month of a group once.")
    return table


def events_of(store: str, given: str | Path | None = None) -> pd.DataFrame | None:
    """The events of the file ``given``, else of ``events.csv`` in the store's folder; None where there is none."""
    path = given or _lying_in(store, EVENTS)
    return None if path is None else read_events(path)


def customers_of(store: str, given: str | Path | None = None) -> pd.DataFrame | None:
    """Customers by month, likewise of ``customers.csv``."""
    path = given or _lying_in(store, CUSTOMERS)
    return None if path is None else read_customers(path)


def _lying_in(store: str, name: str) -> Path | None:
    """A file of that name in the folder of a store on this machine."""
    path = Path(store, name)
    return path if "://" not in store and path.is_file() else None


def _rows(path: str | Path) -> pd.DataFrame:
    import pandas as pd

    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
    except FileNotFoundError as error:
        raise InputError(f"no file {path}: name a CSV file that exists.") from error
    except (OSError, ValueError) as error:  # pandas' own errors of parsing are ValueErrors
        raise InputError(f"{path} cannot be read as CSV: {str(error).splitlines()[0]}") from error
    return rows.rename(columns=lambda name: str(name).strip().lower()).fillna("")


def _column(rows: pd.DataFrame, names: tuple[str, ...], path: str | Path) -> str:
    for name in names:
        if name in rows:
            return name
    raise InputError(f"{path} has no column {names[0]!r} (found: {', '.join(rows.columns)}); name one so.")


def _dates(given: pd.Series, path: str | Path) -> pd.Series:
    import pandas as pd

    texts = given.str.strip()
    texts = texts.where(~texts.str.fullmatch(r"\d{4}-\d{2}"), texts + "-01")
    dates = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce", utc=True)
    if (bad := dates.isna()).any():
        raise InputError(f"{path}, line {_line(bad)}: {given[bad].iloc[0]!r} is no date; write it like 2026-04-01.")
    return dates


def _line(bad: pd.Series) -> int:
    """Line of the file on which the first bad row stands, the header being line 1."""
    return int(bad.to_numpy().argmax()) + 2
