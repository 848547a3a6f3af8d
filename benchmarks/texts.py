"""Comments to measure with: sentences of the sample data, dealt out anew to comments of real length."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from python_calamine import load_workbook
from tokenizers import Tokenizer

CHECKOUT = Path(__file__).resolve().parent.parent
SAMPLES = CHECKOUT / "data" / "samples"
DRAWN_TOKENS = 28
LONGEST = 250


def tokenizer() -> Tokenizer:
    """Return the shipped encoder's tokenizer."""
    return Tokenizer.from_file(str(CHECKOUT / "models" / "encoder" / "tokenizer.json"))


def token_counts(texts: Iterable[str]) -> list[int]:
    """Return the number of tokens of each text, the two special ones included."""
    return [len(encoding.ids) for encoding in tokenizer().encode_batch(list(texts))]


def sample_texts() -> Iterator[str]:
    """Yield every text of the sample data."""
    with (SAMPLES / "reviews.csv").open(newline="") as file:
        yield from (row["review"] for row in csv.DictReader(file))
    for line in (SAMPLES / "forum.jsonl").read_text().splitlines():
        yield json.loads(line)["body"]
    header, *rows = load_workbook(SAMPLES / "survey.xlsx").get_sheet_by_name("Responses").to_python()
    column = header.index("What is the main reason for your score?")
    yield from (str(row[column]) for row in rows)


def made_comments(n: int, seed: int = 0) -> Iterator[str]:
    """Yield ``n`` comments of about 40 tokens on average, most shorter and a few up to 250, as in reviews.

    Each is a run of whole sentences in a shuffled order: only the shortest repeat, so no cache can help.
    It ends with the sentence that reaches its drawn length, half a sentence beyond it on average.
    """
    sentences = sorted({s for text in sample_texts() for s in re.split(r"(?<=[.!?])\s+", text.strip()) if s})
    lengths = [count - 2 for count in token_counts(sentences)]
    draw = np.random.default_rng(seed)
    order: list[int] = []
    for _ in range(n):
        wanted = float(np.clip(draw.gamma(2.0, DRAWN_TOKENS / 2.0), 3, LONGEST))
        chosen: list[str] = []
        total = 0
        while total < wanted:
            order = order or draw.permutation(len(sentences)).tolist()
            at = order.pop()
            chosen.append(sentences[at])
            total += lengths[at]
        yield " ".join(chosen)


def read_comments(path: Path, n: int) -> Iterator[str]:
    """Yield ``n`` texts of a JSON Lines file with ``text``, from its start again where it is shorter.

    Raises SystemExit when it holds none.
    """
    texts = [json.loads(line)["text"] for line in path.read_text().splitlines() if line.strip()]
    if not texts:
        raise SystemExit(f"{path} holds no text: one JSON object a line, with 'text'.")
    for i in range(n):
        yield texts[i % len(texts)]


def write_comments(texts: Iterable[str], path: Path) -> None:
    """Write texts as the JSON Lines that ``voc tag`` reads."""
    with path.open("w") as file:
        for i, text in enumerate(texts):
            file.write(json.dumps({"id": f"b{i:07d}", "text": text}, ensure_ascii=False) + "\n")
