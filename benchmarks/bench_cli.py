"""How long the command line takes to answer: ``voc --help`` against ``import typer``, and one comment tagged.

python benchmarks/bench_cli.py [--rounds 11]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from machine import VOC, keep, timed
from texts import made_comments, write_comments

HELP_WANTED = 3.0
ONE_COMMENT_WANTED = 5.0


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--rounds", type=int, default=11, help="rounds of each, alternating (default 11)")
    rounds = parser.parse_args().rounds

    script = str(Path(sys.executable).parent / "voc")
    timed([script, "--help"])  # byte code and disk cache, for both
    helps: list[float] = []
    typers: list[float] = []
    tags: list[float] = []
    for _ in range(rounds):
        helps.append(timed([script, "--help"]).seconds)
        typers.append(timed([sys.executable, "-c", "import typer"]).seconds)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "one.jsonl")
        write_comments(made_comments(1), file)
        for _ in range(3):
            tags.append(timed([*VOC, "tag", str(file), "-o", str(Path(folder, "tagged.jsonl"))]).seconds)
    ratio = statistics.median(helps) / statistics.median(typers)
    keep(
        "cli",
        {
            "rounds": rounds,
            "voc_help_seconds": round(statistics.median(helps), 3),
            "import_typer_seconds": round(statistics.median(typers), 3),
            "ratio": round(ratio, 2),
            "ratio_wanted_at_most": HELP_WANTED,
            "ratio_reached": ratio <= HELP_WANTED,
            "tag_one_comment_seconds": [round(s, 2) for s in tags],
            "tag_one_comment_wanted_at_most": ONE_COMMENT_WANTED,
            "tag_one_comment_reached": statistics.median(tags) <= ONE_COMMENT_WANTED,
        },
    )


if __name__ == "__main__":
    main()
