"""Comments as a CSV file that is safe to open in a spreadsheet."""

from __future__ import annotations

import pandas as pd

from voc.pipeline.spreadsheet import escaped

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


def to_csv(comments: pd.DataFrame) -> bytes:
    """``comments`` as UTF-8 CSV (with a byte order mark, for Excel); lists joined by ``;``, formulas made text."""
    rows = comments[[name for name in COLUMNS if name in comments.columns]].copy()
    for name in ("signals", "theme_labels"):
        if name in rows:
            rows[name] = ["" if _none(values) else ";".join(map(str, values)) for values in rows[name]]
    for name in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[name]) and name != "date":
            rows[name] = [escaped(cell) for cell in rows[name]]
    # With another line end a lone return in a cell would begin a row.
    return rows.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _none(values: object) -> bool:
    return values is None or isinstance(values, float)
