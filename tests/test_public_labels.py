"""Labels of texts that this project does not hold, joined with the texts where they are at hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from voc.errors import InputError
from voc.schema import SIGNALS, STANCES
from voc.train.public import joined

LABELS = Path(__file__).parent.parent / "data" / "labels" / "public.jsonl"
LABEL = {"set": "shops", "row": "7", "span": [6, 31], "signals": ["speed"], "stance": "giving", "evidence": [10, 23]}


def write(folder: Path, **changes: object) -> Path:
    with gzip.open(folder / "shops.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"id": 7, "text": "Well.  They came\nthe same day, good."}) + "\n")
    (folder / "labels.jsonl").write_text(json.dumps({**LABEL, **changes}) + "\n")
    return folder / "labels.jsonl"


def test_a_label_gets_its_text(tmp_path: Path) -> None:
    (record,) = joined(write(tmp_path), tmp_path)
    assert record["text"] == "They came the same day, g" and record["evidence"] == "the same day,"
    assert record["stance"] == "giving" and not {"row", "span"} & record.keys()


def test_a_row_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 1: shops has no row 8"):
        list(joined(write(tmp_path, row="8"), tmp_path))
    with pytest.raises(InputError, match="Cannot read"):
        list(joined(write(tmp_path, set="none"), tmp_path))


def test_the_labels_kept_here_hold_no_text() -> None:
    for line in LABELS.read_text().splitlines():
        record = json.loads(line)
        begin, end = record["span"]
        assert "text" not in record and 0 <= begin < end and record["picked"] is True
        assert record["stance"] in STANCES and set(record["signals"]) <= set(SIGNALS)
        assert (record["evidence"] is None) == (not record["signals"])
        if record["evidence"]:
            start, stop = record["evidence"]
            assert 0 <= start < stop <= end - begin
