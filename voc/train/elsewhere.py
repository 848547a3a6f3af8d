"""Find what customers of many trades talk about: the means that keep what is off the subject out of themes.

    python -m voc.train.elsewhere TEXTS.jsonl... -o models/elsewhere

The texts need no labels; rows whose ``licence`` is ``nc`` are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voc.encode import SHIPPED, Encoder, load_encoder
from voc.errors import InputError
from voc.files import write_whole, written_whole
from voc.text import prepare
from voc.themes.clusters import kmeans, unit
from voc.themes.elsewhere import FORMAT
from voc.themes.wording import says_enough, theme_text
from voc.train.json_lines import json_lines
from voc.train.program import program

Say = Callable[[str], None]


@dataclass(frozen=True)
class ElsewhereOptions:
    """``means``: how many. ``texts``: at most so many of a file, drawn. ``segments``: at most so many of all, drawn."""

    means: int = 400
    texts: int = 2_000
    segments: int = 30_000
    seed: int = 0


def make_elsewhere(
    texts: Sequence[Path], encoder: Encoder, out: Path, options: ElsewhereOptions | None = None, say: Say = print
) -> Path:
    """Write the means of the segments of ``texts`` (JSON Lines with ``text``), as ``encoder`` sees them, to ``out``.

    Raises InputError for files that cannot be read, or that hold fewer segments than means are wanted.
    """
    options = options or ElsewhereOptions()
    draws = np.random.default_rng(options.seed)
    found = sorted({segment for file in texts for segment in _segments(file, draws, options.texts)})
    if len(found) < options.means:
        raise InputError(f"{len(found)} different sentences: {options.means} means need as many or more.")
    chosen = [found[i] for i in draws.permutation(len(found))[: options.segments].tolist()]
    say(f"{len(chosen):,} of {len(found):,} segments.")
    vectors = unit(encoder.encode(chosen))
    groups = kmeans(vectors, options.means, options.seed, tries=1)
    means = unit(np.stack([vectors[groups == group].mean(axis=0) for group in range(int(groups.max()) + 1)]))
    buffer = io.BytesIO()
    np.save(buffer, means.astype(np.float16), allow_pickle=False)
    manifest = {
        "format": FORMAT,
        "encoder": encoder.name,
        "means": len(means),
        "segments": len(chosen),
        "texts": [file.name for file in texts],
        "means_sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
    }
    out.mkdir(parents=True, exist_ok=True)
    with written_whole(out / "means.npy") as path:
        path.write_bytes(buffer.getvalue())
    write_whole(json.dumps(manifest, indent=2) + "\n", out / "manifest.json")
    return out


def _segments(file: Path, draws: np.random.Generator, most: int) -> list[str]:
    """What the segments of some texts of a file say, without those that say too little."""
    rows = [str(record.get("text") or "") for _, record in json_lines(file) if record.get("licence") != "nc"]
    chosen = [rows[i] for i in draws.permutation(len(rows))[:most].tolist()]
    own = [theme_text(p.text[span.start : span.end]) for p in map(prepare, chosen) for span in p.segments]
    return [text for text in own if says_enough(text)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m voc.train.elsewhere", description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path, nargs="+", help="JSON Lines of texts; labels are not needed")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--encoder", default=SHIPPED)
    parser.add_argument(
        "--texts", type=int, default=ElsewhereOptions.texts, dest="most", help="at most so many of a file"
    )
    args = parser.parse_args()
    options = ElsewhereOptions(texts=args.most)
    print(f"Wrote {make_elsewhere(args.texts, load_encoder(args.encoder), args.out, options)}")


if __name__ == "__main__":
    program(main)
