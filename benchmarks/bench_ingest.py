"""Peak memory and speed of ``voc ingest`` on a large CSV with a broken row in its middle.

    python benchmarks/bench_ingest.py [--quick] [--size BYTES] [--comments 9]

2 GB with texts of about 1,500 characters (``--quick``: 100 MB); ``--comments 1`` makes texts of about 170. The
broken row opens a quote and never closes it: it must cost itself and no other. File and store lie in the
temporary folder (``TMPDIR``), which needs room for three times the size.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from exports import write_csv
from machine import VOC, keep, timed

FULL = 2_000_000_000
QUICK = 100_000_000
WANTED_MIB = 1e9 / 2**20
BROKEN = 'broken,2025-05-05,"3,"Mobile",South,"never, closed\r\n'
#: Some rows were rejected: this one.
PARTLY = 4


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--quick", action="store_true", help="100 MB")
    parser.add_argument("--size", type=int, help="bytes of the CSV (default 2 GB)")
    parser.add_argument("--comments", type=int, default=9, help="made comments in a text (default 9)")
    args = parser.parse_args()
    size = args.size or (QUICK if args.quick else FULL)

    with tempfile.TemporaryDirectory() as folder:
        file, store = Path(folder, "reviews.csv"), Path(folder, "store")
        rows = write_csv(file, size, args.comments, BROKEN)
        print(f"{file.stat().st_size / 1e6:,.0f} MB, {rows:,} rows", flush=True)
        finished = timed([*VOC, "ingest", str(file), "--store", str(store), "--json"], ends=(PARTLY,))
        (account,) = json.loads(finished.said)["files"]
        kept = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    if (account["read"], account["rejected"]) != (rows, 1) or account["kept"] != rows - 1:
        raise SystemExit(f"of {rows:,} rows, one of them broken, became {account}: no figure.")
    keep(
        "ingest-quick" if args.quick else "ingest" if args.size is None else f"ingest-{size // 1_000_000}mb",
        {
            "mb": round(size / 1e6),
            "rows": rows,
            "account": {name: number for name, number in account.items() if name != "file"},
            "seconds": round(finished.seconds, 1),
            "rows_per_second": round(rows / finished.seconds),
            "store_mb": round(kept / 1e6),
            "peak_mib": round(finished.peak_mib),
            "peak_mib_wanted_at_most": round(WANTED_MIB),
            "reached": finished.peak_mib <= WANTED_MIB,
        },
    )


if __name__ == "__main__":
    main()
