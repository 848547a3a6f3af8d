"""Text preparation: what it finds on the sets written for it, what each part costs, and its share of tagging.

    python benchmarks/bench_prepare.py [--n 3000] [--data FILE.jsonl]

Personal data and borders are measured on the held-out halves in ``tests/data``, borders beside two other splitters.
The cost of each part is processor time of one core; the share is wall time of preparing on one core by wall time of
tagging on all, in turns on the same texts.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import pyarrow as pa
import sentencex
import spacy
from machine import cores, keep
from text_sets import RECALL_WANTED, border_hits, pii_hits, read_set
from texts import made_comments, read_comments

from voc.pipeline import load_tagger
from voc.text import clean, detect_language, is_junk, mask, personal_data, prepare, segments

SHARE_WANTED = 0.1


def pii_table() -> dict[str, Any]:
    """Return recall and precision of each kind on the held-out half, with the recall it must reach."""
    return {
        kind: {
            "spans": hit.wanted,
            "recall": round(hit.recall, 3),
            "recall_wanted": RECALL_WANTED[kind],
            "precision": round(hit.precision, 3),
        }
        for kind, hit in pii_hits(read_set("pii", "test"), personal_data).items()
    }


def border_table() -> dict[str, Any]:
    """Return F1 of segment borders on the held-out half, ours and others', with and without the turns."""
    records = read_set("segments", "test")
    return {
        name: {
            "f1": round(border_hits(records, starts, turns=True).f1, 3),
            "f1_sentences_only": round(border_hits(records, starts, turns=False).f1, 3),
        }
        for name, starts in splitters().items()
    }


def splitters() -> dict[str, Callable[[str], list[int]]]:
    """Return what gives the offsets at which segments begin: ours, spaCy's sentencizer, sentencex."""
    plain = spacy.blank("en")
    plain.add_pipe("sentencizer")
    return {
        "voc": lambda text: [span.start for span in segments(text)],
        "spacy_sentencizer": lambda text: [sentence.start_char for sentence in plain(text).sents],
        "sentencex": sentence_starts,
    }


def sentence_starts(text: str) -> list[int]:
    """Return where the sentences of the dedicated splitter begin; it gives pieces of the text, not offsets."""
    starts, at = [], 0
    for piece in filter(None, map(str.strip, sentencex.segment("en", text))):
        starts.append(text.index(piece, at))
        at = starts[-1] + len(piece)
    return starts


def language_table() -> dict[str, Any]:
    """Return how many short texts are told a wrong language, and how many none."""
    answers = [(detect_language(record["text"]), record["language"]) for record in read_set("languages")]
    return {
        "texts": len(answers),
        "wrong_share": round(sum(code not in (right, "und") for code, right in answers) / len(answers), 4),
        "und_share": round(sum(code == "und" for code, _ in answers) / len(answers), 4),
    }


def microseconds(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """Return the processor time per text in microseconds, the first use left out."""
    for text in texts[:300]:
        work(text)
    begun = time.process_time()
    for text in texts:
        work(text)
    return round((time.process_time() - begun) / len(texts) * 1e6, 1)


def cost_table(texts: list[str]) -> dict[str, float]:
    """Return what each part costs per comment, in microseconds of one core."""
    cleaned = [clean(text) for text in texts]
    masked = [mask(text).text for text in cleaned]
    return {
        "clean": microseconds(clean, texts),
        "mask": microseconds(mask, cleaned),
        "junk": microseconds(is_junk, masked),
        "language": microseconds(detect_language, masked),
        "segments": microseconds(segments, masked),
        "prepare": microseconds(prepare, texts),
    }


def wall_seconds(texts: list[str]) -> tuple[float, float]:
    """Return the wall time of preparing the texts on one core and of tagging them, in turns of 500 comments."""
    tagger = load_tagger()
    preparing = tagging = 0.0
    for first in range(0, len(texts), 500):
        chunk = texts[first : first + 500]
        rows = pa.table(
            {
                "dataset": ["bench"] * len(chunk),
                "id": [str(i) for i in range(len(chunk))],
                "text": chunk,
                "status": ["ok"] * len(chunk),
            }
        )
        begun = time.perf_counter()
        for text in chunk:
            prepare(text)
        prepared = time.perf_counter()
        tagger.tag(rows, with_segments=False)
        preparing += prepared - begun
        tagging += time.perf_counter() - prepared
    return preparing, tagging


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--n", type=int, default=3000, help="comments (default 3000)")
    parser.add_argument("--data", type=Path, help="JSON Lines with 'text' instead of made texts")
    args = parser.parse_args()

    texts = list(read_comments(args.data, args.n) if args.data else made_comments(args.n))
    codes = [detect_language(mask(clean(text)).text) for text in texts]
    costs = cost_table(texts)
    preparing, tagging = wall_seconds(texts)
    share = preparing / tagging
    keep(
        f"prepare-{args.data.stem}" if args.data else "prepare",
        {
            "personal_data": pii_table(),
            "borders": border_table(),
            "language": language_table(),
            "other_language_share": round(sum(code not in ("en", "und") for code in codes) / len(codes), 5),
            "comments": len(texts),
            "words_mean": round(sum(len(text.split()) for text in texts) / len(texts), 1),
            "microseconds": costs,
            "prepared_per_second_and_core": round(1e6 / costs["prepare"]),
            "prepared_per_second_all_cores": round(cores() * 1e6 / costs["prepare"]),
            "tagged_per_second": round(len(texts) / tagging, 1),
            "share_of_tagging": round(share, 3),
            "share_wanted_at_most": SHARE_WANTED,
            "reached": share <= SHARE_WANTED,
        },
    )


if __name__ == "__main__":
    main()
