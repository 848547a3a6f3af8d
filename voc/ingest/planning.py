"""From the roles of a table's columns to the plan how to read it, with example rows."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from voc.ingest.cells import plain_text
from voc.ingest.columns import Column, share_of
from voc.ingest.date_column import DateEvidence
from voc.ingest.keys import dataset_name
from voc.ingest.names import plain_name
from voc.ingest.plan import FilePlan, ReadOptions
from voc.ingest.profiles import Profile
from voc.ingest.roles import Roles
from voc.ingest.rows import RowBuilder
from voc.ingest.tables import Table
from voc.ingest.wording import is_question
from voc.text import mask

_EXAMPLE_ROWS: Final = 3
_EXAMPLE_CHARS: Final = 200


def plan_table(
    table: Table, columns: Mapping[str, Column], rows: int, roles: Roles, profile: Profile, options: ReadOptions
) -> FilePlan:
    """The plan for a table whose columns have their roles."""
    found: dict[str, str | list[str] | None] = dict.fromkeys(("text", "date", "score", "id"))
    found |= roles.columns
    found["text"] = roles.texts[0] if len(roles.texts) == 1 else (roles.texts or None)
    dates = columns[roles.columns["date"]].dates if "date" in roles.columns else None
    if dates:
        dates.given = options.date_order
    conversations = frozenset(name for name in roles.texts if columns[name].is_conversation)
    wrapped = bool(roles.texts) and all(_is_wrapped(columns[name]) for name in roles.texts)
    plan = FilePlan(
        file=table.file,
        format=table.format,
        encoding=table.encoding,
        rows=rows,
        columns=found,
        score_scale=roles.scale.name,
        date_format=dates.describe() if dates else None,
        confidence=roles.confidence,
        warnings=tuple(
            map(_sentence, (*table.warnings, *_warnings(roles, dates, wrapped), *map(_turns, conversations)))
        ),
        examples=(),
        dataset=options.dataset or dataset_name(profile.name, found),
        source=options.source or profile.source or _source(roles),
        table=table,
        table_columns=tuple(columns),
        profile=profile,
        date_order=dates.order() if dates else options.date_order or "dmy",
        date_numbers=dates.numbers if dates else True,
        wrapped=wrapped,
        conversations=conversations,
        instead=roles.instead,
        verdicts=roles.score.verdicts,
        silent=roles.silent | {c: v for c in columns if (v := profile.silent.get(plain_name(c)))},
    )
    return replace(plan, examples=_examples(plan))


def _warnings(roles: Roles, dates: DateEvidence | None, wrapped: bool) -> list[str]:
    warnings = list(roles.warnings)
    if dates:
        warnings += dates.warnings(roles.columns["date"])
    elif "date" in roles.columns:
        warnings.append(f"Column '{roles.columns['date']}' holds no dates that can be read; dates are left out.")
    if clock := roles.columns.get("time"):
        warnings.append(f"The time of day is read from column '{clock}'.")
    if wrapped:
        warnings.append(f"Column '{roles.texts[0]}' is wrapped in a second pair of quotes, which is taken off.")
    if not roles.texts:
        warnings.append("No column of customers' words: its scores are kept, nothing is tagged.")
    return warnings


def _turns(name: str) -> str:
    return f"Column '{name}' holds conversations: only the customer's turns are read."


def _sentence(note: str) -> str:
    return note[:1].upper() + note[1:] + ("" if note.endswith((".", "!", "?")) else ".")


def _source(roles: Roles) -> str:
    """What kind of words these are, from the columns that come with them."""
    if "thread_id" in roles.columns:
        return "forum"
    asked = any(map(is_question, roles.texts))
    if roles.scale.name in ("nps_0_10", "csat_1_5") or {"survey_type", "question"} & set(roles.columns) or asked:
        return "survey"
    words = {word for name in roles.texts for word in plain_name(name).split()}
    if roles.scale.name in ("stars_1_5", "thumbs") or words & {"review", "reviews", "pros", "cons"}:
        return "review"
    if len(roles.texts) > 1:
        return "survey"
    return "complaint" if "complaint" in words else "social" if words & {"tweet", "tweets"} else "other"


def _is_wrapped(column: Column) -> bool:
    return share_of(column.texts, lambda text: len(text) > 1 and text[0] == text[-1] == '"') > 0.9


def _examples(plan: FilePlan) -> tuple[Mapping[str, Any], ...]:
    """The first rows as they will be read, masked: role → value, with ``nps`` and ``status``."""
    builder = RowBuilder(plan, pii="mask", now=datetime.now(UTC))
    examples = []
    for number, record in enumerate(itertools.islice(plan.table.records(), _EXAMPLE_ROWS), start=1):
        for row in builder.build(number, record):
            shown = {role: row[role] for role in (*plan.columns, "source", "question", "nps", "status") if role in row}
            for role in ("title", "time"):
                if (column := plan.column(role)) and isinstance(record, dict) and record.get(column) is not None:
                    cell = record[column]
                    shown[role] = mask(cell if isinstance(cell, str) else plain_text(cell)).text[:_EXAMPLE_CHARS]
            if shown["text"]:
                shown["text"] = mask(shown["text"]).text[:_EXAMPLE_CHARS]
            examples.append(shown)
    return tuple(examples[:_EXAMPLE_ROWS])
