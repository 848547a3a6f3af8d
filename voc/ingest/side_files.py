"""Files and sheets that lie beside comments and hold none: a README, settings, a cover sheet, a list of products."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath
from typing import Final

from voc.ingest.names import NAMES, plain_name
from voc.ingest.places import Place
from voc.ingest.plan import FilePlan

_ABOUT: Final = frozenset("readme license licence copying notice changelog changes authors contributors".split())
_PROSE: Final = _ABOUT | frozenset("requirements notes todo robots install credits".split())
_SETTINGS: Final = _ABOUT | frozenset("config settings package package-lock manifest tsconfig composer schema".split())
_STEMS: Final = {"txt": _PROSE, "json": _SETTINGS, "xml": _SETTINGS}
#: So many rows without a header are a cover or a note, where comments lie beside them.
_FEW: Final = 10
_GOODS: Final = frozenset(
    name.strip()
    for name in """sku, price, unit price, list price, sale price, msrp, stock, in stock, inventory, gtin, ean, upc,
    barcode, preis, lagerbestand, prix, precio, prezzo""".split(",")
)
_DESCRIBES: Final = frozenset({"description", "product description", "short description", "long description"})


def named_as_side_file(place: Place) -> str | None:
    """Why a file that was not named itself is passed over by its name alone, or None."""
    stem = PurePosixPath(place.name.lower().removesuffix(".gz")).stem
    if place.named or not place.format or stem not in _STEMS.get(place.format, _ABOUT):
        return None
    return f"by its name ('{stem}') it tells about other files and holds no comments; give the file itself to read it"


def beside_comments(plans: Sequence[FilePlan], asked: Collection[str]) -> dict[str, str]:
    """Table → why it is passed over, of tables that another table of the inputs shows to hold no comments.

    ``asked``: tables that somebody named, or whose column of comments was; they are read.
    """
    if not any(_has_named_text(plan) for plan in plans):
        return {}
    return {plan.file: why for plan in plans if plan.file not in asked and (why := _why_none(plan))}


def _why_none(plan: FilePlan) -> str | None:
    names = [plain_name(name) for name in plan.table_columns]
    described = {plain_name(name) for name in plan.texts} <= _DESCRIBES and _GOODS & set(names)
    if described and not plan.column("score") and not plan.column("date"):
        return "a list of products, beside a table of comments; give the file itself to read it"
    if plan.rows <= _FEW and all(name.startswith("column ") for name in names):
        return f"{plan.rows} lines without a header, beside a table of comments; give the file itself to read it"
    if plan.rows == 1 and plan.format == "json" and not _has_named_text(plan):
        return "one object of settings, beside a table of comments; give the file itself to read it"
    return None


def _has_named_text(plan: FilePlan) -> bool:
    return any(plain_name(name) in NAMES["text"] for name in plan.texts)
