"""Rows of XML documents, by lxml: streamed, with nothing fetched and no entities expanded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from voc.errors import InputError
from voc.ingest.places import Place
from voc.ingest.row_evidence import Path, RowEvidence
from voc.ingest.tables import Broken, Cell, Record, Table

if TYPE_CHECKING:
    from lxml.etree import _Element

#: So many elements show which of them repeats.
_EVIDENCE: Final = 50_000


def xml_tables(place: Place) -> list[Table]:
    """The table of an .xml file: one row for each of the repeated elements that hold the most words.

    Attributes and child elements are columns, nested ones dotted; so are the attributes of the elements around.
    Raises ``InputError`` where the file is not well-formed, declares entities or repeats nothing.
    """
    rows = _find_rows(place)
    if rows is None:
        raise InputError(f"{place.name}: no element repeats; rows look like <reviews><review>…</review>…</reviews>")

    def records() -> Iterator[Record | Broken]:
        return _records(place, rows)

    return [Table(place.name, "xml", None, records)]


def _find_rows(place: Place) -> Path | None:
    evidence = RowEvidence()
    siblings: list[Counter[str]] = [Counter()]
    path: list[str] = []
    seen = 0
    for event, element in _events(place):
        if event == "start":
            path.append(_name(element.tag))
            siblings.append(Counter())
            continue
        seen += 1
        here, inner = tuple(path), siblings.pop()
        siblings[-1][path.pop()] += 1
        fields = bool(element.attrib or inner)
        # Bare elements further down are paragraphs or tags, no rows.
        whole = fields or len(here) == 2
        if whole and siblings[-1][here[-1]] > 1:
            evidence.add_repeated(here)
        evidence.add_words(here if whole else here[:-1], element.text)
        for value in element.attrib.values():
            evidence.add_words(here, str(value))
        _forget(element)
        if seen >= _EVIDENCE:
            break
    return evidence.rows()


def _records(place: Place, rows: Path) -> Iterator[Record | Broken]:
    path: list[str] = []
    around: list[Record] = []
    for event, element in _events(place):
        if event == "start":
            path.append(_name(element.tag))
            if len(path) < len(rows):
                around.append(_attributes(element, f"{path[-1]}."))
            continue
        if len(path) == len(rows) and tuple(path) == rows:
            yield _record(element, around)
        if len(path) <= len(rows):
            _forget(element)
        if len(path) < len(rows):
            around.pop()
        path.pop()


def _events(place: Place) -> Iterator[tuple[str, _Element]]:
    from lxml import etree

    with place.open() as raw:
        try:
            first = True
            for event, element in etree.iterparse(
                raw,
                events=("start", "end"),
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                remove_comments=True,
                remove_pis=True,
            ):
                if first and _declares_entities(element):
                    raise InputError(f"{place.name}: declares entities, which are not expanded; export it without them")
                first = False
                yield str(event), element
        except etree.XMLSyntaxError as error:
            said = " ".join(str(error).split())[:100]
            raise InputError(f"{place.name}: empty or not well-formed XML ({said}); export it again") from error


def _declares_entities(root: _Element) -> bool:
    dtd = root.getroottree().docinfo.internalDTD
    return dtd is not None and any(True for _ in dtd.iterentities())


def _forget(element: _Element) -> None:
    """Free an element that was read, and those before it."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _record(row: _Element, around: list[Record]) -> Record:
    record: Record = {}
    for attributes in around:
        record |= attributes
    _collect(record, row, "")
    return record


def _collect(record: Record, element: _Element, prefix: str) -> None:
    """Add attributes, text and child elements; a further one of the same name gets a number."""
    for name, value in _attributes(element, prefix).items():
        _add(record, name, value)
    mixed = bool(len(element)) and any(_said(child.tail) for child in element)
    if mixed or _said(element.text):
        _add(record, prefix.removesuffix(".") or _name(element.tag), _said("".join(map(str, element.itertext()))))
    if not mixed:
        for child in element:
            inner = f"{prefix}{_name(child.tag)}"
            if len(child) or child.attrib:
                _collect(record, child, f"{inner}.")
            elif text := _said(child.text):
                _join(record, inner, text)


def _add(record: Record, name: str, value: Cell) -> None:
    number = 2
    free = name
    while free in record:
        free, number = f"{name}_{number}", number + 1
    record[free] = value


def _join(record: Record, name: str, text: str) -> None:
    """Bare elements of one name (paragraphs, tags) are lines of one cell."""
    record[name] = f"{record[name]}\n{text}" if name in record else text


def _attributes(element: _Element, prefix: str) -> Record:
    return {f"{prefix}{key}": str(value) for key, value in element.attrib.items() if not str(key).startswith("{")}


def _name(tag: Any) -> str:
    """An element's name without its namespace."""
    return str(tag).rpartition("}")[2]


def _said(text: str | None) -> str | None:
    return text.strip() or None if text else None
