"""Say what the inputs are: which files hold comments, and which column is what."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from voc.errors import InputError, UsageError
from voc.ingest.columnar import parquet_tables
from voc.ingest.columns import Column, survey_columns
from voc.ingest.delimited import delimited_tables
from voc.ingest.documents import json_lines_tables, json_tables
from voc.ingest.keys import dataset_name
from voc.ingest.places import ALLOWED, Place, find_places
from voc.ingest.plan import FilePlan, Plan, ReadOptions
from voc.ingest.profiles import Profile, recognise
from voc.ingest.roles import Roles, assign_roles
from voc.ingest.rows import RowBuilder
from voc.ingest.sheets import sheet_tables
from voc.ingest.tables import Table
from voc.text import mask

READERS: Final[Mapping[str, Callable[[Place], list[Table]]]] = {
    "csv": delimited_tables,
    "tsv": delimited_tables,
    "txt": delimited_tables,
    "xlsx": sheet_tables,
    "json": json_tables,
    "jsonl": json_lines_tables,
    "parquet": parquet_tables,
}
_EXAMPLE_ROWS: Final = 3
_EXAMPLE_COLUMNS: Final = ("id", "text", "date", "score", "nps", "source", "product", "question", "status")
_EXAMPLE_CHARS: Final = 200


def understand(inputs: Sequence[str], options: ReadOptions | None = None) -> Plan:
    """Look through every input once and plan how to read it.

    Files that hold no comments (a README, a side table) are named in ``skipped`` with the reason. Raises
    ``InputError`` for a path that does not exist and where no input is usable; ``UsageError`` where
    ``options.mapping`` names a column that no file has.
    """
    options = options or ReadOptions()
    files: list[FilePlan] = []
    skipped: list[tuple[str, str]] = []
    seen: set[str] = set()
    for place in find_places(inputs):
        try:
            for table in _tables(place):
                found = _understand_table(table, options, seen)
                if isinstance(found, str):
                    skipped.append((table.file, found))
                else:
                    files.append(found)
        except InputError as error:
            skipped.append((place.name, str(error).removeprefix(f"{place.name}: ")))
    _check_mapping(options, seen)
    if not files:
        raise InputError(_nothing_usable(inputs, skipped))
    return Plan(tuple(files), tuple(skipped), options)


def _tables(place: Place) -> list[Table]:
    if place.format is None:
        suffix = "".join((place.member or place.path.name).rpartition(".")[1:]) or "none"
        raise InputError(f"{place.name}: suffix {suffix} is not read; allowed are {ALLOWED}")
    return READERS[place.format](place)


def _understand_table(table: Table, options: ReadOptions, seen: set[str]) -> FilePlan | str:
    """The plan for one table, or why it holds no comments."""
    columns, rows = survey_columns(table)
    seen.update(columns)
    if not rows:
        return "the table has no rows"
    mapping = {role: name for role, wanted in options.mapping.items() if (name := _match(wanted, columns))}
    profile = recognise(columns)
    roles = assign_roles(columns, profile, mapping)
    if refusal := _refusal(roles, columns):
        return refusal
    return _with_examples(_plan(table, columns, rows, roles, profile, options))


def _refusal(roles: Roles, columns: Mapping[str, Column]) -> str | None:
    if roles.texts or ("score" in roles.columns and {"date", "id"} & set(roles.columns)):
        return None
    names = ", ".join(list(columns)[:8]) + (", …" if len(columns) > 8 else "")
    return f"no column of customers' words (columns: {names}); name it with --map text=COLUMN"


def _plan(
    table: Table,
    columns: Mapping[str, Column],
    rows: int,
    roles: Roles,
    profile: Profile,
    options: ReadOptions,
) -> FilePlan:
    found: dict[str, str | list[str] | None] = dict.fromkeys(("text", "date", "score", "id"))
    found |= roles.columns
    found["text"] = roles.texts[0] if len(roles.texts) == 1 else (roles.texts or None)
    dates = columns[roles.columns["date"]].dates if "date" in roles.columns else None
    wrapped = bool(roles.texts) and all(_is_wrapped(columns[name]) for name in roles.texts)
    warnings = [*table.warnings, *roles.warnings]
    if "date" in roles.columns and dates is None:
        warnings.append(f"column '{roles.columns['date']}' holds no dates that can be read; dates are left out")
    if dates:
        warnings += dates.warnings(roles.columns["date"])
    if wrapped:
        warnings.append(f"column '{roles.texts[0]}' is wrapped in a second pair of quotes, which is taken off")
    if not roles.texts:
        warnings.append("no column of customers' words: its scores are kept, nothing is tagged")
    return FilePlan(
        file=table.file,
        format=table.format,
        encoding=table.encoding,
        rows=rows,
        columns=found,
        score_scale=roles.scale.name,
        date_format=dates.describe() if dates else None,
        confidence=roles.confidence,
        warnings=tuple(warnings),
        examples=(),
        dataset=options.dataset or dataset_name(profile.name, found),
        source=options.source or profile.source or _source(roles),
        table=table,
        table_columns=tuple(columns),
        profile=profile,
        date_order=dates.order() if dates else "dmy",
        date_numbers=dates.numbers if dates else True,
        wrapped=wrapped,
    )


def _source(roles: Roles) -> str:
    """What kind of words these are, from the columns that come with them."""
    if "thread_id" in roles.columns:
        return "forum"
    if roles.scale.name in ("nps_0_10", "csat_1_5") or "survey_type" in roles.columns or len(roles.texts) > 1:
        return "survey"
    if roles.scale.name in ("stars_1_5", "thumbs"):
        return "review"
    words = {word for name in roles.texts for word in name.lower().replace("_", " ").split()}
    return "review" if words & {"review", "reviews"} else "complaint" if "complaint" in words else "other"


def _is_wrapped(column: Column) -> bool:
    texts = [str(cell).strip() for cell in column.sample]
    return bool(texts) and sum(len(t) > 1 and t[0] == t[-1] == '"' for t in texts) > 0.9 * len(texts)


def _with_examples(plan: FilePlan) -> FilePlan:
    builder = RowBuilder(plan, pii="mask", now=datetime.now(UTC))
    records = enumerate(itertools.islice(plan.table.records(), _EXAMPLE_ROWS), start=1)
    rows = (row for number, record in records for row in builder.build(number, record))
    return replace(plan, examples=tuple(_example(row) for row in itertools.islice(rows, _EXAMPLE_ROWS)))


def _example(row: Mapping[str, Any]) -> Mapping[str, Any]:
    shown = {name: row[name] for name in _EXAMPLE_COLUMNS}
    if shown["text"]:
        shown["text"] = mask(shown["text"]).text[:_EXAMPLE_CHARS]
    return shown


def _match(wanted: str, columns: Mapping[str, Column]) -> str | None:
    if wanted in columns:
        return wanted
    return next((name for name in columns if name.lower() == wanted.strip().lower()), None)


def _check_mapping(options: ReadOptions, seen: set[str]) -> None:
    lower = {name.lower() for name in seen}
    for role, wanted in options.mapping.items():
        if seen and wanted.strip().lower() not in lower:
            raise UsageError(
                f"--map {role}={wanted}: no input has a column '{wanted}'; columns are {', '.join(sorted(seen)[:20])}"
            )


def _nothing_usable(inputs: Sequence[str], skipped: Sequence[tuple[str, str]]) -> str:
    file, reason = skipped[0]
    if len(skipped) == 1:
        return f"{file}: {reason}"
    return f"none of {len(skipped)} files in {', '.join(inputs)} holds comments; the first, {file}: {reason}"
