"""Comments and tables as files that are safe to open in a spreadsheet."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa

from voc.pipeline.sinks import open_sink
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
    "note",
    "tags",
    "language",
    "status",
)


def to_csv(comments: pd.DataFrame) -> bytes:
    """``comments`` as CSV, lists joined by ``;``, formulas made text."""
    return table_csv(_cells(comments))


def to_xlsx(comments: pd.DataFrame) -> bytes:
    """The same as a workbook."""
    rows = _cells(comments)
    types = [pa.float64() if pd.api.types.is_numeric_dtype(rows[name]) else pa.string() for name in rows]
    schema = pa.schema(list(zip(rows.columns, types, strict=True)))
    if "date" in rows:
        rows["date"] = rows["date"].dt.strftime("%Y-%m-%d %H:%M")
    rows = rows.astype(object).where(rows.notna(), None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "comments.xlsx")
        with open_sink(str(file), schema) as sink:
            sink.write({str(name): cell for name, cell in row.items()} for row in rows.to_dict("records"))
        return file.read_bytes()


def table_csv(table: pd.DataFrame) -> bytes:
    """``table`` as UTF-8 CSV (with a byte order mark, for Excel), formulas made text."""
    rows = table.copy()
    for name in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[name]) and not pd.api.types.is_datetime64_any_dtype(rows[name]):
            rows[name] = [escaped(cell) for cell in rows[name]]
    # With another line end a lone return in a cell would begin a row.
    return rows.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _cells(comments: pd.DataFrame) -> pd.DataFrame:
    rows = comments[[name for name in COLUMNS if name in comments.columns]].copy()
    for name in ("signals", "theme_labels", "tags"):
        if name in rows:
            rows[name] = ["" if _none(values) else ";".join(map(str, values)) for values in rows[name]]
    return rows


def _none(values: object) -> bool:
    return values is None or isinstance(values, float)
