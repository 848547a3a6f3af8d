"""How a user declares a lens: a TOML file with its name and classes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from voc.errors import InputError
from voc.lenses import Declaration

FEWEST, MOST = 2, 50
_KEYS: Final = ("name", "classes", "several", "column")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
#: Joins classes in a cell, so that none may hold it.
SEPARATOR: Final = ";"
#: In a cell of a lens with several classes: none of them.
NO_CLASS: Final = "none"


def read_declaration(path: Path) -> Declaration:
    """Read a declared lens. Raises InputError, one line: what is wrong, where, what to do."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"Cannot read {path}: name a TOML file that declares a lens.") from error
    except ValueError as error:
        raise InputError(f"{path} is not TOML ({error}): mend that line.") from error
    if complaint := _complaint(given):
        raise InputError(f"{path}: {complaint}")
    declaration = Declaration(
        given["name"], _classes(given["classes"]), given.get("several", False), given.get("column", given["name"])
    )
    if taken := declaration.taken():
        raise InputError(f"{path}: a lens called {declaration.name!r} would make a second column {taken!r}; rename it.")
    return declaration


def _complaint(given: Mapping[str, Any]) -> str | None:
    """What is wrong with the settings, None when nothing is."""
    if unknown := [key for key in given if key not in _KEYS]:
        return f"{unknown[0]!r} is no setting; allowed are {', '.join(_KEYS)}."
    if "name" not in given:
        return 'name is missing; write name = "desk": it names a column.'
    name = given["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name.lower().endswith("_input"):
        return (
            f"name is {name!r}; allowed are a letter, then up to 39 letters, digits or _, "
            "not ending in _input: it names a column."
        )
    if not isinstance(given.get("several", False), bool):
        return f"several is {given['several']!r}; allowed are true (any number of classes fit) and false (exactly one)."
    if not isinstance(given.get("column", ""), str) or not given.get("column", "x"):
        return f"column is {given['column']!r}; give the name of the column that holds the labels."
    return _class_complaint(given.get("classes"), several=given.get("several", False))


def _class_complaint(classes: object, *, several: bool) -> str | None:
    if not isinstance(classes, (list, dict)):
        return 'classes are missing; write classes = ["one", "other"], or [classes] and a line one = "meaning" each.'
    for name, description in classes.items() if isinstance(classes, dict) else ((name, "") for name in classes):
        if not isinstance(description, str):
            return (
                f"class {name!r} has the description {description!r}; a text is expected "
                "(settings such as several stand above [classes])."
            )
        if not isinstance(name, str) or not name or name != name.strip() or SEPARATOR in name or "\n" in name:
            return f"{name!r} is no name of a class; allowed are words without {SEPARATOR!r} or spaces at the ends."
        if several and name == NO_CLASS:
            return f"a class cannot be called {NO_CLASS!r} where several may fit: the word says that no class does."
    if len(set(classes)) < len(classes):
        return f"a class is named twice among {', '.join(classes)}; name each once."
    if not FEWEST <= len(classes) <= MOST:
        return f"{len(classes)} classes; allowed are {FEWEST} to {MOST}."
    return None


def _classes(given: list[str] | dict[str, str]) -> dict[str, str]:
    return dict(given) if isinstance(given, dict) else dict.fromkeys(given, "")
