"""Say what the inputs are: which files hold comments, and which column is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voc.errors import InputError, UsageError
from voc.ingest.columns import Column, survey_columns
from voc.ingest.database import Database, shown_address
from voc.ingest.places import Place, find_places
from voc.ingest.plan import FilePlan, Mapped, Plan, ReadOptions
from voc.ingest.planning import plan_table
from voc.ingest.profiles import recognise
from voc.ingest.readers import tables_of
from voc.ingest.roles import Roles, assign_roles
from voc.ingest.side_files import beside_comments, named_as_side_file
from voc.ingest.tables import Broken, Table


def understand(inputs: Sequence[str | Database], options: ReadOptions | None = None) -> Plan:
    """Look through every input once and plan how to read it.

    Files that hold no comments (a README, a side table) are named in ``skipped`` with the reason. Raises
    ``InputError`` for a path that does not exist and where no input is usable; ``UsageError`` where
    ``options.mapping`` names a column that no file has.
    """
    options = options or ReadOptions()
    files: list[FilePlan] = []
    skipped: list[tuple[str, str]] = []
    seen: set[str] = set()
    asked: set[str] = set()
    for place in find_places(inputs):
        if isinstance(place, Place) and (side := named_as_side_file(place)):
            skipped.append((place.name, side))
            continue
        try:
            for table in tables_of(place):
                found = _understand_table(table, options.of(table.file), seen)
                if isinstance(found, str):
                    skipped.append((table.file, found))
                else:
                    files.append(found)
                    if _is_asked_for(place, found, options):
                        asked.add(found.file)
        except InputError as error:
            skipped.append((place.name, str(error).removeprefix(f"{place.name}: ")))
    _check_mapping(options, seen)
    beside = beside_comments(files, asked)
    files = [file for file in files if file.file not in beside]
    skipped += beside.items()
    if not files:
        raise InputError(_nothing_usable(inputs, skipped))
    return Plan(tuple(files), tuple(skipped), options)


def _understand_table(table: Table, options: ReadOptions, seen: set[str]) -> FilePlan | str:
    """The plan for one table, or why it holds no comments."""
    columns, rows = survey_columns(table)
    seen.update(columns)
    if not rows:
        return "the table has no rows"
    if not columns:
        first = next(row.reason for row in table.records() if isinstance(row, Broken))
        return f"no column of customers' words: none of {rows} rows can be read (the first: {first}); mend the file"
    mapping = {role: found for role, wanted in options.mapped.items() if (found := _match(wanted, columns)) != ()}
    profile = recognise(columns)
    if profile.holds and not mapping.get("text"):
        return f"holds {profile.holds}, not customers' words"
    roles = assign_roles(columns, profile, mapping)
    if refusal := _refusal(roles, columns):
        return refusal
    return plan_table(table, columns, rows, roles, profile, options)


def _is_asked_for(place: Place | Database, plan: FilePlan, options: ReadOptions) -> bool:
    """Whether the user named a table, or its column of comments. The sheets of a workbook are not named by its name."""
    if options.of(plan.file).mapped.get("text") and plan.texts:
        return True
    return not isinstance(place, Place) or (place.named and plan.file == place.name)


def _refusal(roles: Roles, columns: Mapping[str, Column]) -> str | None:
    if roles.texts or ("score" in roles.columns and {"date", "id"} & set(roles.columns)):
        return None
    names = ", ".join(list(columns)[:8]) + (", …" if len(columns) > 8 else "")
    return f"no column of customers' words (columns: {names}); name it with --map text=COLUMN"


def _match(wanted: Mapped, columns: Mapping[str, Column]) -> Mapped:
    """The columns of a table that were asked for, in its order and as it spells them; () where it has none of them."""
    if wanted is None:
        return None
    lower = {name.strip().lower() for name in wanted if name not in columns}
    return tuple(name for name in columns if name in wanted or name.strip().lower() in lower)


def _check_mapping(options: ReadOptions, seen: set[str]) -> None:
    lower = {name.strip().lower() for name in seen}
    for role, wanted in options.mapped.items():
        for name in wanted or ():
            if seen and name.strip().lower() not in lower:
                raise UsageError(
                    f"--map {role}={name}: no input has a column '{name}'; columns are {', '.join(sorted(seen)[:20])}"
                )


def _nothing_usable(inputs: Sequence[str | Database], skipped: Sequence[tuple[str, str]]) -> str:
    file, reason = skipped[0]
    if len(skipped) == 1:
        return f"{file}: {reason}"
    named = ", ".join(one.name if isinstance(one, Database) else shown_address(one) for one in inputs)
    return f"none of {len(skipped)} files in {named} holds comments; the first, {file}: {reason}"
