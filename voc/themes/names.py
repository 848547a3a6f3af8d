"""Names a CX person would accept: a short phrase in customers' words, with a description and verbatims."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.text import personal_data
from voc.themes.clusters import unit
from voc.themes.model import Floats
from voc.themes.wording import MASK, THEME_STOP_WORDS, is_content, theme_text, words

MAX_WORDS: Final = 5
CANDIDATES: Final = 40
#: A label's words are each used by this share of the members or more.
MIN_SHARE: Final = 0.04
#: A plain name of the catalogue is taken when its cosine to the theme's mean (both centred) is this or more.
MIN_FIT: Final = 0.45
MIN_FIT_SAID: Final = 0.3
VERBATIMS: Final = 5
VERBATIM_WORDS: Final = (5, 28)

_CATALOGUE = Path(__file__).with_name("catalogue.txt")
_CLAUSE = re.compile(r"[.,;:!?()\[\]\"“”…\n—–]+|\s-\s")
_MASKED = re.compile(r"\[[a-z]+\]")
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|£\d[\d.,]*")
#: Small words that may end a phrase: "logs me out", "waiting on", "no answer".
_MAY_END = frozenset({"out", "off", "up", "down", "back", "away", "twice"})
_MAY_START = frozenset({"no", "not", "without", "cannot", "can't", "won't", "never", "keeps", "waiting"})
_NEVER_INSIDE = frozenset(
    """
also and are because but could did do does had he here how i i'd i'll i'm i've if is it it's just one or she
should so than that then there these they this those was we were what when where which who why will would
you
""".split()
)
_CAPITALS = {
    "sim": "SIM",
    "esim": "eSIM",
    "uk": "UK",
    "eu": "EU",
    "usa": "USA",
    "wifi": "Wi-Fi",
    "wi-fi": "Wi-Fi",
    "5g": "5G",
    "4g": "4G",
    "3g": "3G",
    "tv": "TV",
    "pin": "PIN",
    "gps": "GPS",
    "faq": "FAQ",
    "id": "ID",
    "usb": "USB",
    "atm": "ATM",
    "pdf": "PDF",
}


@dataclass(frozen=True)
class Group:
    """The members of a theme to be named.

    ``texts`` are masked, ``segments`` as written; ``vectors`` shape (n, dim). ``term_weights``: c-TF-IDF by
    word or pair of words. ``keywords``: best first.
    """

    texts: tuple[str, ...]
    segments: tuple[str, ...]
    vectors: Floats
    term_weights: Mapping[str, float]
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """What a theme is called and shown with."""

    label: str
    description: str
    verbatims: tuple[str, ...]


def name_themes(
    groups: Sequence[Group], encoder: Encoder, mask_terms: Iterable[str] = (), taken: Iterable[str] = ()
) -> list[Name]:
    """Return a name for each group, no label twice and none like one of ``taken``.

    A label is the plain name of ``catalogue.txt`` that fits best, if one does. Otherwise it is a phrase of two to
    five words that members use, chosen by closeness to the group's mean vector (and distance from the nearest
    other group's), the c-TF-IDF weight of its words, and how many members share them.
    """
    if not groups:
        return []
    corpus = np.concatenate([group.vectors for group in groups]).mean(axis=0)
    means = unit(np.stack([group.vectors.mean(axis=0) for group in groups]) - corpus)
    candidates = [_candidates(group) for group in groups]
    plain = catalogue()
    phrases = sorted({phrase for found in candidates for phrase in found} | set(plain))
    vectors = unit(encoder.encode(phrases).astype(np.float32) - corpus)
    cosines = vectors @ means.T
    row = {phrase: i for i, phrase in enumerate(phrases)}
    ranked = []
    for k, found in enumerate(candidates):
        rest = np.delete(cosines, k, axis=1)
        others: Floats = rest.max(axis=1) if rest.size else np.zeros(len(phrases), dtype=np.float32)
        scored = [
            (2.0 * float(cosines[row[p], k]) - 0.5 * float(others[row[p]]) + weight, p) for p, weight in found.items()
        ]
        own = [phrase for _, phrase in sorted(scored, key=lambda pair: (-pair[0], pair[1]))]
        at = [row[p] for p in plain]
        ranked.append(_fitting(plain, cosines[at, k], others[at], word_stems(own[0]) if own else frozenset()) + own)
    labels = _distinct(ranked, groups, taken)
    terms = tuple(mask_terms)
    return [
        Name(label, description(group), representatives(group, terms))
        for label, group in zip(labels, groups, strict=True)
    ]


def _fitting(plain: Sequence[str], own: Floats, others: Floats, said: frozenset[str]) -> list[str]:
    """The plain names that fit a theme, best first: near its mean and not nearer to another theme's.

    ``said``: word stems of the members' own best phrase; a name that shares one needs to be less near.
    """
    least = [MIN_FIT_SAID if word_stems(phrase) & said else MIN_FIT for phrase in plain]
    fits = [i for i in range(len(plain)) if own[i] >= least[i] and own[i] > others[i]]
    return [plain[i] for i in sorted(fits, key=lambda i: (-own[i], plain[i]))]


def catalogue() -> list[str]:
    """Return the plain names of ``catalogue.txt``."""
    lines = _CATALOGUE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _candidates(group: Group) -> dict[str, float]:
    """Readable phrases of the members with the part of their score that needs no encoder, the best 40."""
    used: Counter[str] = Counter()
    for text in group.texts:
        used.update({_stem(word) for word in words(text) if is_content(word)})
    shared = {stem for stem, count in used.items() if count >= max(2, MIN_SHARE * len(group.texts))}
    phrases: Counter[str] = Counter()
    for text in group.texts:
        phrases.update({p for p in _phrases(text) if all(_stem(w) in shared for w in p.split() if is_content(w))})
    weight: dict[str, float] = {}
    for term, value in group.term_weights.items():
        stem = _stem(term)
        weight[stem] = max(weight.get(stem, 0.0), value * used[stem])
    heaviest = max(weight.values(), default=0.0) or 1.0

    def score(phrase: str) -> float:
        stems = [_stem(word) for word in phrase.split() if is_content(word)]
        typical = sum(math.sqrt(weight.get(stem, 0.0) / heaviest) for stem in stems) / max(len(stems), 2)
        frequent = 0.12 * math.log(phrases[phrase])
        length = {1: -0.25, 2: 0.05, 3: 0.1, 4: 0.05, 5: 0.0}[len(phrase.split())]
        return 1.5 * typical + frequent + length

    scored = {phrase: score(phrase) for phrase in phrases}
    best = sorted(scored, key=lambda phrase: (-scored[phrase], phrase))[:CANDIDATES]
    return {phrase: scored[phrase] for phrase in best}


def _phrases(text: str) -> Iterable[str]:
    for clause in _CLAUSE.split(text.replace(MASK, ". ")):
        tokens = [token.lower().replace("’", "'") for token in _TOKEN.findall(clause)]
        for start in range(len(tokens)):
            for stop in range(start + 1, min(start + MAX_WORDS, len(tokens)) + 1):
                if _readable(tokens[start:stop]):
                    yield " ".join(tokens[start:stop])


def _readable(tokens: Sequence[str]) -> bool:
    """Say whether a run of words can stand alone: whole at both ends, with a subject, nothing torn inside."""
    first, last = tokens[0], tokens[-1]
    starts = is_content(first) or (first in _MAY_START and len(tokens) > 1)
    ends = is_content(last) or (last in _MAY_END and len(tokens) > 1)
    if not (starts and ends) or any(token[0] == "£" or token.isdigit() for token in tokens):
        return False
    if any(token in _NEVER_INSIDE for token in tokens):
        return False
    if len(tokens) == 1:
        return is_content(first) and len(first) > 3
    content = sum(is_content(token) for token in tokens)
    return content >= 2 or (content == 1 and (first in _MAY_START or last in _MAY_END))


def _distinct(ranked: Sequence[Sequence[str]], groups: Sequence[Group], others: Iterable[str]) -> list[str]:
    """The best phrase of each group that no larger group and none of ``others`` has taken, nor one with the same
    content words.
    """
    taken = {word_stems(label) for label in others}
    labels = [""] * len(groups)
    for k in sorted(range(len(groups)), key=lambda k: (-len(groups[k].texts), k)):
        free = (
            p
            for p in [*ranked[k], *groups[k].keywords, " ".join(groups[k].keywords[:3])]
            if word_stems(p) and word_stems(p) not in taken
        )
        label = next(free, f"theme {k + 1}")
        taken.add(word_stems(label))
        labels[k] = sentence_case(label)
    return labels


def word_stems(phrase: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in phrase.lower().split() if word not in THEME_STOP_WORDS)


def _stem(word: str) -> str:
    """Drop a plural or verb ending: enough to tell "bills" and "billed" as one word of a label."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word.removesuffix(ending)
    return word.removesuffix("e") if len(word) > 4 else word


def sentence_case(phrase: str) -> str:
    """Return ``phrase`` with a capital first letter, known abbreviations in capitals, no underscores."""
    tokens = [_CAPITALS.get(token, token) for token in phrase.replace("_", " ").split()]
    if not tokens:
        return ""
    head = tokens[0] if tokens[0] in _CAPITALS.values() else tokens[0][:1].upper() + tokens[0][1:]
    return " ".join([head, *tokens[1:]])


def description(group: Group) -> str:
    """Return one line that says which words the members share."""
    chosen: list[str] = []
    for word in group.keywords:
        if not any(set(map(_stem, word.split())) & set(map(_stem, other.split())) for other in chosen):
            chosen.append(word)
    *start, last = chosen[:4] or ["various matters"]
    return f"Customers write about {', '.join(start)} and {last}." if start else f"Customers write about {last}."


def representatives(group: Group, mask_terms: tuple[str, ...] = (), count: int = VERBATIMS) -> tuple[str, ...]:
    """Return up to ``count`` short segments near the group's mean and unlike one another.

    Maximal marginal relevance (Carbonell & Goldstein 1998), λ = 0.7. No two are the same but for case and
    punctuation. Segments without a masked name come first; those with personal data, masked or not, are left out.
    """
    shortest, longest = VERBATIM_WORDS
    said = [tuple(words(text)) for text in group.texts]
    once = {key: i for i, key in reversed(list(enumerate(said)))}
    distinct = [i for i in sorted(once.values()) if not _MASKED.search(group.segments[i])]
    distinct = [i for i in distinct if not personal_data(group.segments[i])]
    fitting = [i for i in distinct if shortest <= len(said[i]) <= longest] or distinct
    unnamed = [i for i in fitting if theme_text(group.segments[i], mask_terms) == group.segments[i]]
    pool = unnamed if len(unnamed) >= count else fitting
    rows: npt.NDArray[np.float32] = unit(group.vectors[pool])
    relevance = rows @ unit(group.vectors.mean(axis=0))
    picked: list[int] = []
    while len(picked) < min(count, len(pool)):
        likeness = (rows @ rows[picked].T).max(axis=1) if picked else np.zeros(len(pool), dtype=np.float32)
        value = 0.7 * relevance - 0.3 * likeness
        value[picked] = -np.inf
        picked.append(int(value.argmax()))
    return tuple(group.segments[pool[i]] for i in picked)
