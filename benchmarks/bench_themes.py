"""Theme discovery beside BERTopic's defaults, on the same vectors in one run.

    python benchmarks/bench_themes.py [--quick] [--only ROW ...] [--data FOLDER] [--cache FOLDER]

Rows: ``coherence`` (NPMI and topic diversity by the protocol of the BERTopic paper), ``intents`` (AMI over all rows,
with coverage), ``reviews`` (themes, brand names, coverage, seconds, halves), ``off`` (what themes take of texts about
other things, with and without ``models/elsewhere``), ``repeat`` (runs, processes, threads), ``assign`` (vectors a
second). The first four read public sets (``octis_bbc_news``, ``banking77``, ``clinc150``, ``trustpilot_pet_insurance``,
``womens_clothing``; gzipped JSON Lines with ``text``, ``label``, ``product``) from ``--data``, by default ``$VOC_DATA``
or ``../shared/data``, and are left out without them. ``--quick`` takes a part of each.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from machine import cores, keep
from scipy.optimize import linear_sum_assignment
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import adjusted_mutual_info_score

from voc.config import models_folder
from voc.encode import load_encoder
from voc.text import prepare
from voc.themes import Theme, ThemeSet, assign, theme_text
from voc.themes.clusters import unit
from voc.themes.discover import DiscoverOptions, discover
from voc.themes.elsewhere import load_elsewhere
from voc.themes.model import as_prototypes

CHECKOUT = Path(__file__).resolve().parent.parent
BRANDS = (
    *("ASPCA", "Spot", "Pets Best", "PetsBest", "Embrace", "Healthy Paws", "HealthyPaws"),
    *("Fetch", "Figo", "Lemonade", "Pumpkin", "AKC"),
)
WINDOW, TOP = 10, 10


class Data:
    """Texts of the public sets and their vectors, encoded once and kept in a folder."""

    def __init__(self, folder: Path, cache: Path, quick: bool) -> None:
        self._folder, self._cache, self.quick = folder, cache, quick
        self.encoder = load_encoder()
        self.elsewhere = load_elsewhere(models_folder() / "elsewhere", self.encoder.name)

    def there(self, *names: str) -> bool:
        return all((self._folder / f"{name}.jsonl.gz").is_file() for name in names)

    def rows(self, name: str, most: int) -> list[dict[str, Any]]:
        """At most ``most`` rows, a tenth of them with ``--quick``, drawn with a fixed seed, in order."""
        with gzip.open(self._folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        most = min(len(rows), most // 10 if self.quick else most)
        drawn = np.sort(np.random.default_rng(42).choice(len(rows), most, replace=False))
        return [rows[i] for i in drawn.tolist()]

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """float16, shape (n, dim)."""
        digest = hashlib.sha256("\0".join([self.encoder.name, *texts]).encode()).hexdigest()[:16]
        file = self._cache / f"{digest}.npy"
        if not file.is_file():
            self._cache.mkdir(parents=True, exist_ok=True)
            np.save(file, self.encoder.encode(texts))
        return np.load(file)


def bertopic(texts: Sequence[str], vectors: np.ndarray, **options: Any) -> tuple[Any, np.ndarray, float]:
    """BERTopic as it comes: the model, each text's topic (−1: none), and seconds."""
    from bertopic import BERTopic

    begun = time.perf_counter()
    model = BERTopic(**options)
    topics, _ = model.fit_transform(list(texts), embeddings=vectors.astype(np.float32))
    return model, np.array(topics), time.perf_counter() - begun


def ours(data: Data, texts: Sequence[str], vectors: np.ndarray, **options: Any) -> tuple[ThemeSet, np.ndarray, float]:
    """Discovery and assignment of every text: the set, each text's theme by number (−1: none), seconds of discovery."""
    comment_of, elsewhere = options.pop("comment_of", None), options.pop("elsewhere", data.elsewhere)
    chosen = DiscoverOptions(**options)
    begun = time.perf_counter()
    themes = discover(texts, vectors, encoder=data.encoder, options=chosen, comment_of=comment_of, elsewhere=elsewhere)
    seconds = time.perf_counter() - begun
    place = {theme.id: k for k, theme in enumerate(themes.themes)}
    return themes, np.array([place.get(one or "", -1) for one in assign(vectors, themes)[0]]), seconds


# --- coherence --------------------------------------------------------------------------------


def c_npmi(texts: Sequence[str], topics: Sequence[Sequence[str]]) -> float:
    """Mean NPMI of topics' words by gensim's ``c_npmi``: boolean sliding windows of 10 words, every pair of words."""
    words = sorted({word for topic in topics for word in topic})
    at = {word: i for i, word in enumerate(words)}
    both, windows = np.zeros((len(words), len(words))), 0
    for text in texts:
        tokens = [at.get(token, -1) for token in text.split()]
        count = max(len(tokens) - WINDOW + 1, 1)
        held = np.zeros((count, len(words) + 1), dtype=np.float32)
        for shift in range(min(WINDOW, len(tokens))):
            ids = tokens[shift : shift + count]
            held[np.arange(len(ids)), ids] = 1.0
        both += held[:, :-1].T @ held[:, :-1]
        windows += count
    share, tiny = both / windows, 1e-12
    values = []
    for topic in topics:
        pairs = [(at[a], at[b]) for a, b in combinations(topic, 2)]
        npmi = [
            np.log((share[i, j] + tiny) / (share[i, i] * share[j, j] + tiny)) / -np.log(share[i, j] + tiny)
            for i, j in pairs
        ]
        values.append(np.mean(npmi))
    return float(np.mean(values))


def keywords(themes: ThemeSet) -> list[list[str]]:
    """The first ten different words among the keywords that we show for each theme."""
    said = [dict.fromkeys(word for keyword in theme.keywords for word in keyword.split()) for theme in themes.leaves]
    return [list(words)[:TOP] for words in said]


def topic_words(texts: Sequence[str], labels: np.ndarray) -> list[list[str]]:
    """Ten words of each topic by c-TF-IDF (Grootendorst 2022): what BERTopic shows by default."""
    from bertopic.vectorizers import ClassTfidfTransformer

    found = np.unique(labels[labels >= 0])
    joined = [" ".join(texts[i] for i in np.flatnonzero(labels == one)) for one in found]
    counter = CountVectorizer()
    weights = ClassTfidfTransformer().fit_transform(counter.fit_transform(joined)).toarray()
    names = counter.get_feature_names_out()
    return [[names[i] for i in np.argsort(-row, kind="stable")[:TOP]] for row in weights]


def diversity(topics: Sequence[Sequence[str]]) -> float:
    return len({word for topic in topics for word in topic}) / sum(map(len, topics))


def coherence(data: Data) -> dict[str, Any]:
    """10 to 50 topics in steps of 10, three runs each, whole documents as units."""
    texts = [row["text"] for row in data.rows("octis_bbc_news", 10_000)]
    vectors = data.vectors(texts)
    figures: dict[str, list[tuple[float, float]]] = {"ours": [], "bertopic": []}
    for count in (10,) if data.quick else (10, 20, 30, 40, 50):
        for seed in range(1 if data.quick else 3):
            themes, _, _ = ours(data, texts, vectors, themes=count, seed=42 + seed)
            _, topics, _ = bertopic(texts, vectors, nr_topics=count + 1)
            for name, words in (("ours", keywords(themes)), ("bertopic", topic_words(texts, topics))):
                figures[name].append((c_npmi(texts, words), diversity(words)))
    means = {name: np.mean(values, axis=0).round(3).tolist() for name, values in figures.items()}
    return {"documents": len(texts), **{name: dict(zip(("npmi", "td"), m, strict=True)) for name, m in means.items()}}


# --- intents ----------------------------------------------------------------------------------


def intents(data: Data) -> dict[str, Any]:
    """AMI with intents over all rows (no theme is a group of its own), and the share of rows with a theme."""
    result = {}
    for name in ("banking77", "clinc150"):
        rows = data.rows(name, 30_000)
        texts, truth = [row["text"] for row in rows], [row["label"] for row in rows]
        vectors = data.vectors(texts)
        found: dict[str, Any] = {"rows": len(rows)}
        for how, options in (("ours", {}), ("ours_60_themes", {"themes": 60})):
            themes, labels, seconds = ours(data, texts, vectors, **options)
            found[how] = scored(truth, labels) | {"themes": len(themes.leaves), "seconds": round(seconds, 1)}
            if name == "clinc150":
                found[how] |= by_scope(truth, labels)
        _, topics, seconds = bertopic(texts, vectors)
        found["bertopic"] = scored(truth, topics) | {"themes": int(topics.max()) + 1, "seconds": round(seconds, 1)}
        result[name] = found
    return result


def scored(truth: Sequence[str], labels: np.ndarray) -> dict[str, float]:
    ami = float(adjusted_mutual_info_score(truth, labels))
    return {"ami": round(ami, 3), "coverage": round(float((labels >= 0).mean()), 3)}


def by_scope(truth: Sequence[str], labels: np.ndarray) -> dict[str, float]:
    """The share with a theme of the rows with an intent, and of those that the set itself calls out of scope."""
    outside, themed = np.array(truth) == "oos", labels >= 0
    return {
        "coverage_in_scope": round(float(themed[~outside].mean()), 3),
        "out_of_scope_themed": round(float(themed[outside].mean()), 3),
    }


# --- reviews ----------------------------------------------------------------------------------


def reviews(data: Data) -> dict[str, Any]:
    """10,000 insurance reviews: ours on their segments, BERTopic's default on whole reviews and on these segments."""
    texts = [prepare(row["text"]) for row in data.rows("trustpilot_pet_insurance", 10_000)]
    parts = [(p.text[s.start : s.end], n) for n, p in enumerate(texts) for s in p.segments]
    segments, comment_of = [part for part, _ in parts], np.array([n for _, n in parts])
    alone = data.vectors([theme_text(segment, BRANDS) for segment in segments])
    whole = [p.text or "" for p in texts]
    whole_vectors = data.vectors([text or " " for text in whole])
    # Both warm: imported and, from 4,096 texts on in other ways than below, compiled.
    bertopic(whole[:5000], whole_vectors[:5000])
    ours(data, segments[:500], alone[:500])
    themes, labels, seconds = ours(data, segments, alone, comment_of=comment_of, mask_terms=BRANDS)
    model, topics, theirs = bertopic(whole, whole_vectors)
    _, on_segments, same = bertopic(segments, alone)
    halves = np.random.default_rng(7).random(len(texts)) < 0.5
    return {
        "reviews": len(texts),
        "segments": len(segments),
        "ours": {
            "themes": len(themes.leaves),
            "headings": len(themes.active) - len(themes.leaves),
            "brands_in_labels": named_brands([theme.label for theme in themes.active]),
            "coverage": round(float((labels >= 0).mean()), 3),
            "seconds": round(seconds, 1),
            "halves_matched": round(halved(_our_half(data, segments, alone, comment_of), halves), 3),
            "labels": [theme.label for theme in themes.leaves],
        },
        "bertopic": {
            "themes": int(topics.max()) + 1,
            "brands_in_labels": named_brands(
                [" ".join(w for w, _ in model.get_topic(k)[:4]) for k in range(int(topics.max()) + 1)]
            ),
            "coverage": round(float((topics >= 0).mean()), 3),
            "seconds": round(theirs, 1),
            "halves_matched": round(halved(lambda half: _their_half(whole, whole_vectors, half), halves), 3),
        },
        "bertopic_on_segments": {
            "themes": int(on_segments.max()) + 1,
            "coverage": round(float((on_segments >= 0).mean()), 3),
            "seconds": round(same, 1),
        },
        "time_ratio": round(seconds / same, 3),
        "time_ratio_to_whole_reviews": round(seconds / theirs, 3),
        **({} if data.quick else first_calls(segments, alone, comment_of, whole, whole_vectors)),
    }


def named_brands(labels: Sequence[str]) -> int:
    return sum(theme_text(label, BRANDS) != label for label in labels)


def _our_half(data: Data, segments: Sequence[str], alone: np.ndarray, comment_of: np.ndarray) -> Any:
    def half(members: np.ndarray) -> np.ndarray:
        rows = np.flatnonzero(members[comment_of])
        mine = [segments[i] for i in rows.tolist()]
        themes, _, _ = ours(data, mine, alone[rows], comment_of=comment_of[rows], mask_terms=BRANDS)
        return unit(np.stack([np.mean(theme.prototypes, axis=0) for theme in themes.leaves]))

    return half


def _their_half(texts: Sequence[str], vectors: np.ndarray, members: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(members)
    _, topics, _ = bertopic([texts[i] for i in rows.tolist()], vectors[rows])
    mine = vectors[rows].astype(np.float32)
    return unit(np.stack([mine[topics == k].mean(axis=0) for k in range(int(topics.max()) + 1)]))


def halved(means_of: Callable[[np.ndarray], np.ndarray], members: np.ndarray) -> float:
    """Share of the themes of two halves that are paired, one to one, with a cosine of .8 or more."""
    cosines = means_of(members) @ means_of(~members).T
    rows, columns = linear_sum_assignment(-np.where(cosines >= 0.8, cosines, 0))
    return float(2 * (cosines[rows, columns] >= 0.8).sum() / sum(cosines.shape))


_FRESH = """
import json, sys, time
begun = time.perf_counter()
import numpy as np
from voc.encode import load_encoder
from voc.config import models_folder
from voc.themes.discover import DiscoverOptions, discover
from voc.themes.elsewhere import load_elsewhere
with np.load(sys.argv[1] + "/rows.npz") as rows:
    vectors, comment_of = rows["vectors"], rows["comment_of"]
said = json.load(open(sys.argv[1] + "/said.json"))
options = DiscoverOptions(mask_terms=tuple(said["brands"]))
encoder = load_encoder()
elsewhere = load_elsewhere(models_folder() / "elsewhere", encoder.name)
themes = discover(
    said["texts"], vectors, encoder=encoder, options=options, comment_of=comment_of, elsewhere=elsewhere
)
print(json.dumps({"seconds": time.perf_counter() - begun, "set": themes.to_dict()}))
"""
_FRESH_BERTOPIC = """
import json, sys, time
begun = time.perf_counter()
import numpy as np
from bertopic import BERTopic
with np.load(sys.argv[1] + "/rows.npz") as rows:
    vectors = rows["vectors"].astype(np.float32)
BERTopic().fit_transform(json.load(open(sys.argv[1] + "/said.json"))["texts"], embeddings=vectors)
print(json.dumps({"seconds": time.perf_counter() - begun}))
"""


def fresh(
    texts: Sequence[str], vectors: np.ndarray, comment_of: np.ndarray, threads: int, program: str = _FRESH
) -> dict[str, Any]:
    """Discovery in a process of its own, allowed so many threads: seconds from start to end, and the set."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder, "rows.npz"), vectors=vectors, comment_of=comment_of)
        Path(folder, "said.json").write_text(json.dumps({"texts": list(texts), "brands": BRANDS}))
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, str(threads)), "PYTHONPATH": str(CHECKOUT)}
        command = [sys.executable, "-W", "ignore", "-c", program, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def first_calls(
    segments: Sequence[str], alone: np.ndarray, comment_of: np.ndarray, texts: Sequence[str], vectors: np.ndarray
) -> dict[str, float]:
    """Seconds of either in a process of its own, imports and compilation among them."""
    seconds = fresh(segments, alone, comment_of, cores())["seconds"]
    theirs = fresh(texts, vectors, comment_of, cores(), _FRESH_BERTOPIC)["seconds"]
    ratio = round(seconds / theirs, 3)
    return {"first_call": round(seconds, 1), "first_call_bertopic": round(theirs, 1), "first_call_ratio": ratio}


# --- off the subject --------------------------------------------------------------------------


def off(data: Data) -> dict[str, Any]:
    """Share of segments with a theme: of those that the themes were found in, and of texts about other things, which
    ``models/elsewhere`` has not seen either.
    """
    result: dict[str, Any] = {}
    others = {name: data.vectors([r["text"] for r in data.rows(name, 5_000)]) for name in ("banking77", "clinc150")}
    for name, most, brands in (("trustpilot_pet_insurance", 10_000, BRANDS), ("womens_clothing", 3_000, ())):
        texts = [prepare(row["text"]) for row in data.rows(name, most)]
        parts = [(p.text[s.start : s.end], n) for n, p in enumerate(texts) for s in p.segments]
        segments, comment_of = [part for part, _ in parts], np.array([n for _, n in parts])
        alone = data.vectors([theme_text(segment, brands) for segment in segments])
        for how, elsewhere in (("with", data.elsewhere), ("without", None)):
            options = {"comment_of": comment_of, "mask_terms": brands, "elsewhere": elsewhere}
            themes, labels, _ = ours(data, segments, alone, **options)
            taken = {other: _themed(assign(vectors, themes)[0]) for other, vectors in others.items()}
            result.setdefault(name, {})[how] = {"coverage": round(float((labels >= 0).mean()), 3), **taken}
    return result


def _themed(ids: Sequence[str | None]) -> float:
    return round(sum(one is not None for one in ids) / len(ids), 3)


# --- repeat, assign ---------------------------------------------------------------------------


def repeat(data: Data) -> dict[str, Any]:
    """The same set from the same seed and data: three runs here, then processes of 1, 2 and 4 threads."""
    labels = [json.loads(line) for line in (CHECKOUT / "data/labels/stories.jsonl").read_text().splitlines()]
    segments = [p.text[s.start : s.end] for p in (prepare(row["text"]) for row in labels) for s in p.segments]
    vectors, comment_of = data.vectors([theme_text(s, BRANDS) for s in segments]), np.arange(len(segments))
    runs = [ours(data, segments, vectors, mask_terms=BRANDS)[0].to_dict() for _ in range(1 if data.quick else 3)]
    sets = [json.dumps(run) for run in runs]
    for threads in (1,) if data.quick else (1, 2, 4):
        sets.append(json.dumps(fresh(segments, vectors, comment_of, threads)["set"]))
    return {"segments": len(segments), "runs": len(sets), "different_sets": len(set(sets))}


def assigning(data: Data) -> dict[str, Any]:
    """Vectors assigned a second, to 40 themes beside 100 prototypes of background."""
    draw, n = np.random.default_rng(1), 100_000 if data.quick else 1_000_000
    prototypes = draw.normal(size=(40, data.encoder.dim))
    shown = [Theme(str(k), str(k), as_prototypes([p]), 0.4) for k, p in enumerate(prototypes)]
    behind = as_prototypes(list(draw.normal(size=(100, data.encoder.dim))))
    themes = ThemeSet((*shown, Theme("behind", "Background", behind, 1.0, status="background")), "any")
    vectors = unit(draw.normal(size=(n, data.encoder.dim)).astype(np.float32)).astype(np.float16)
    begun = time.perf_counter()
    assign(vectors, themes)
    return {"vectors": n, "per_second": round(n / (time.perf_counter() - begun)), "wanted_at_least": 50_000}


ROWS: dict[str, tuple[Callable[[Data], dict[str, Any]], tuple[str, ...]]] = {
    "coherence": (coherence, ("octis_bbc_news",)),
    "intents": (intents, ("banking77", "clinc150")),
    "reviews": (reviews, ("trustpilot_pet_insurance",)),
    "off": (off, ("banking77", "clinc150", "trustpilot_pet_insurance", "womens_clothing")),
    "repeat": (repeat, ()),
    "assign": (assigning, ()),
}


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--quick", action="store_true", help="a tenth of each set, one run")
    parser.add_argument("--only", nargs="+", choices=list(ROWS), default=list(ROWS), help="these rows alone")
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("VOC_DATA") or CHECKOUT.parent / "shared/data")
    )
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "voc-bench-vectors")
    args = parser.parse_args()
    data = Data(args.data, args.cache, args.quick)
    for name in args.only:
        measure, sets = ROWS[name]
        if not data.there(*sets):
            print(f"{name}: left out, {', '.join(sets)} not in {args.data}")
            continue
        keep(f"themes-{name}{'-quick' if args.quick else ''}", {"cores_used": cores(), **measure(data)})


if __name__ == "__main__":
    main()
