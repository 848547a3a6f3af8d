"""Comments as a CSV file that is safe to open in a spreadsheet."""

from __future__ import annotations

import pandas as pd

#: What goes into the file, in this order.
COLUMNS = (
    "dataset",
    "id",
    "date",
    "brand",
    "source",
    "product",
    "customer_segment",
    "score",
    "score_scale",
    "text",
    "sentiment",
    "stance",
    "signals",
    "evidence",
    "intent",
    "advocacy",
    "theme_labels",
    "language",
    "status",
)
#: A cell that starts with one of these would be run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(comments: pd.DataFrame) -> bytes:
    """``comments`` as UTF-8 CSV (with a byte order mark, for Excel); lists joined by ``;``, formulas made text."""
    rows = comments[[name for name in COLUMNS if name in comments.columns]].copy()
    for name in ("signals", "theme_labels"):
        if name in rows:
            rows[name] = ["" if _none(values) else ";".join(map(str, values)) for values in rows[name]]
    for name in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[name]) and name != "date":
            rows[name] = [harmless(cell) if isinstance(cell, str) else cell for cell in rows[name]]
    return rows.to_csv(index=False).encode("utf-8-sig")


def harmless(cell: str) -> str:
    """``cell`` with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _none(values: object) -> bool:
    return values is None or isinstance(values, float)
