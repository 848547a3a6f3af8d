"""Names a CX person would accept: a short phrase in customers' words, with a description and verbatims."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.text import personal_data
from voc.themes.catalogue import catalogue, tone_of
from voc.themes.clusters import unit
from voc.themes.model import Floats
from voc.themes.proper import proper_names
from voc.themes.wording import MASK, VERDICT_WORDS, is_content, stem, word_stems, words

MAX_WORDS: Final = 5
CANDIDATES: Final = 20
#: A label's words are each used by this share of the members or more.
MIN_SHARE: Final = 0.04
#: and those that tell a quality ("small rooms") by this share: of most subjects others say the contrary.
MIN_QUALITY: Final = 0.25
#: For each member that uses a stem as a name ("Acme") so many must use it otherwise ("acmes"), or it is but a name.
MIN_COMMON: Final = 0.25
#: One word names no theme when this share of the members use it in more than so many themes, unless no other phrase is
#: near.
COMMON: Final = 0.25
MOST_THEMES: Final = 2
#: What a phrase is worth by its cosine to the mean of its theme, to the nearest other one, and by the log of the share
#: of members that say its rarest word. Fitted, with the smaller sums in ``_candidates``, to names that readers graded
#: (docs/decisions/010-themes-for-what-they-hold.md).
NEAR: Final = 2.5
ELSEWHERE: Final = 0.4
SHARED: Final = 0.38
#: A plain name of the catalogue is taken when its cosine to the theme's mean (both centred) is this or more, and no
#: phrase of the members' own is nearer by more than this.
MIN_FIT: Final = 0.4
BEHIND: Final = 0.1
#: Among so many members a phrase that only one says tells little; among fewer it tells more.
LARGE: Final = 150
VERBATIMS: Final = 5
VERBATIM_WORDS: Final = (5, 28)

_CLAUSE = re.compile(r"[.,;:!?()\[\]\"“”…\n—–]+|\s-\s")
_MASKED = re.compile(r"\[[a-z]+\]")
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|£\d[\d.,]*")
#: Small words that may end a phrase: "logs me out", "waiting on", "no answer".
_MAY_END = frozenset({"out", "off", "up", "down", "back", "away", "twice", "service"})
_MAY_START = frozenset({"no", "not", "without", "cannot", "can't", "won't", "never", "keeps", "waiting"})
#: Two words that belong together, so that none ends between them.
_TORN = {("customer", "service"), ("out", "there"), ("up", "to"), ("down", "to")}
#: Small words that may stand within one.
_MAY_STAND = frozenset(
    """
a about after all any anyone as at away back before between by during every for from get getting given go going in
into it keep making me more my near new no not nothing of off on online only onto or other our out over own per same
taking than the through to too twice under until up us using want when with within without your
""".split()
)
#: A quality is no subject: none of these is a name alone.
_QUALITIES: Final = frozenset(
    """
easy easily simple simply quick quickly fast slow slowly prompt helpful unhelpful friendly unfriendly polite rude kind
cheap affordable expensive reasonable clean dirty clear complicated confusing difficult hard comfortable uncomfortable
professional pleasant beautiful smooth free new old small tiny large big huge
""".split()
)
#: Words that stand before a whole phrase, or after it; beside any other it is a piece of a longer one.
_BESIDE: Final = frozenset(
    """
a an the my our your their his her its this that these those and or but to of in on at for with from by about i we you
they he she it is was are were be been have has had not no very so
""".split()
)
_BEFORE: Final = _BESIDE | {"as", "am", "do", "did", "don't"}
_AFTER: Final = _BESIDE | {"because", "when", "if", "which"}
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
    "4k": "4K",
    "401k": "401(k)",
    "w2": "W-2",
    "tv": "TV",
    "apr": "APR",
    "pto": "PTO",
    "vpn": "VPN",
    "hdmi": "HDMI",
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

    ``texts`` are masked, ``segments`` as written; ``vectors`` shape (n, dim). ``keywords``: best first.
    """

    texts: tuple[str, ...]
    segments: tuple[str, ...]
    vectors: Floats
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """What a theme is called and shown with.

    ``fit``: the cosine of the label to the mean of the members, both centred, −1 … 1; 1 where nobody asked.
    """

    label: str
    description: str
    verbatims: tuple[str, ...]
    fit: float = 1.0


def name_themes(groups: Sequence[Group], encoder: Encoder, taken: Iterable[str] = ()) -> list[Name]:
    """Return a name for each group, no label twice and none like one of ``taken``.

    A label is the plain name of ``catalogue.txt`` that fits best, if one does. Otherwise it is a phrase of two to
    five words that members use, or one, chosen by closeness to the group's mean vector (and distance from the nearest
    other group's) and by how many members say its rarest word.
    """
    if not groups:
        return []
    corpus = np.concatenate([group.vectors for group in groups]).mean(axis=0)
    means = unit(np.stack([group.vectors.mean(axis=0) for group in groups]) - corpus)
    proper = proper_names(text for group in groups for text in group.texts) - _CAPITALS.keys()
    candidates = [_candidates(group, proper) for group in groups]
    plain = [name for name in catalogue() if any(name.is_said(shared) for _, shared in candidates)]
    phrases = {phrase for found, _ in candidates for phrase in found}
    phrases |= {phrase for name in plain for phrase in name.phrases} | {p for name in catalogue() for p in name.sides}
    ordered = sorted(phrases)
    vectors = dict(zip(ordered, unit(encoder.encode(ordered).astype(np.float32) - corpus), strict=True))
    tone = tone_of(vectors)
    ranked = []
    common = Counter(stem for _, shared in candidates for stem, share in shared.items() if share >= COMMON)
    widespread = {frozenset({stem}) for stem, themes in common.items() if themes > MOST_THEMES}
    for k, (found, shared) in enumerate(candidates):
        telling = {phrase: score for phrase, score in found.items() if word_stems(phrase) not in widespread}
        if any(float(vectors[phrase] @ means[k]) >= MIN_FIT for phrase in telling):
            found = telling
        worth = {phrase: _worth(means @ vectors[phrase], k) + found[phrase] for phrase in found}
        own = {p: float(vectors[p] @ means[k]) for p in sorted(worth, key=lambda p: (-worth[p], p))}
        least = max(MIN_FIT, max(own.values(), default=0.0) - BEHIND)
        fits = {name: float(name.place(vectors) @ means[k]) for name in plain if name.is_said(shared)}
        fitting = sorted((name for name in fits if fits[name] >= least), key=lambda name: (-fits[name], name.name))
        members = unit(groups[k].vectors - corpus)
        told = {name.told_of(members, vectors, tone, shared): fits[name] for name in fitting}
        ranked.append(_Ranked(told, {**own, **{word: 0.0 for word in groups[k].keywords if word not in own}}))
    labels = _distinct(ranked, groups, taken)
    return [named(label, group, fit) for (label, fit), group in zip(labels, groups, strict=True)]


def _worth(cosines: Floats, k: int) -> float:
    """What a phrase is worth by its cosines to the means of all themes as the name of theme ``k``."""
    return NEAR * float(cosines[k]) - ELSEWHERE * float(np.delete(cosines, k).max(initial=0.0))


def _candidates(group: Group, proper: Collection[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Readable phrases of the members, without a ``proper`` name, with the part of their score that needs no encoder,
    the best 20; and the word stems that members share, with the share (0–1) of them that use each.
    """
    used, named = Counter[str](), Counter[str]()
    for text in group.texts:
        told = {word for word in words(text) if is_content(word)}
        names = {word for word in told if word.split("'")[0] in proper}
        used.update({stem(word) for word in told - names})
        named.update({stem(word) for word in names})
    least = max(2, MIN_SHARE * len(group.texts))
    used = Counter({stem: count for stem, count in used.items() if count >= MIN_COMMON * named[stem]})
    shared = {stem: count / len(group.texts) for stem, count in used.items() if count >= least}
    phrases: Counter[str] = Counter()
    before: dict[str, Counter[str]] = defaultdict(Counter)
    after: dict[str, Counter[str]] = defaultdict(Counter)
    for text in group.texts:
        for phrase, left, right in {one[0]: one for one in _phrases(text)}.values():
            if word_stems(phrase) <= shared.keys() and _is_voiced(phrase, shared):
                phrases[phrase] += 1
                before[phrase][left] += 1
                after[phrase][right] += 1

    def score(phrase: str) -> float:
        stems = word_stems(phrase)
        share = min((used[stem] for stem in stems), default=0) / len(group.texts)
        torn = _torn(before[phrase], _BEFORE) + _torn(after[phrase], _AFTER)
        past = phrase.split()[0].endswith(("ed", "paid"))  # "deducted from the account" lacks its subject
        once = (phrases[phrase] == 1) * min(1.0, len(group.texts) / LARGE)
        small = sum(not is_content(word) for word in phrase.split())
        one = len(stems) == 1
        return SHARED * math.log(share + 0.02) - 0.2 * one - 0.1 * small - 0.3 * torn - 0.3 * past - 0.2 * once

    usual = {word_stems(phrase): phrase for phrase in sorted(phrases, key=lambda one: (phrases[one], one))}
    scored = {phrase: score(phrase) for phrase in usual.values()}
    best = sorted(scored, key=lambda phrase: (-scored[phrase], phrase))[:CANDIDATES]
    return {phrase: scored[phrase] for phrase in best}, shared


def _is_voiced(phrase: str, shared: Mapping[str, float]) -> bool:
    """Whether the qualities in a phrase are said by many; ``shared``: the share (0–1) of members that use each stem."""
    return all(shared.get(stem(word), 0.0) >= MIN_QUALITY for word in phrase.split() if _is_quality(word))


def _torn(neighbours: Counter[str], apart: Collection[str]) -> float:
    """The share of a phrase's uses in which it goes on into the word beside it."""
    return sum(count for word, count in neighbours.items() if word and word not in apart) / neighbours.total()


def _phrases(text: str) -> Iterable[tuple[str, str, str]]:
    """Each phrase of one to five words with the word before it and the one after it, empty at the end of a clause."""
    for clause in _CLAUSE.split(text.replace(MASK, ". ")):
        tokens = [token.lower().replace("’", "'") for token in _TOKEN.findall(clause)]
        for start, first in enumerate(tokens):
            if is_content(first) or first in _MAY_START:
                for stop in range(start + 1, min(start + MAX_WORDS, len(tokens)) + 1):
                    last = tokens[stop - 1]
                    if _numbered(last):
                        break
                    torn = tokens[stop - 1 : stop + 1]
                    if _readable(tokens[start:stop]) and tuple(torn) not in _TORN:
                        left = tokens[start - 1] if start else ""
                        yield " ".join(tokens[start:stop]), left, tokens[stop] if stop < len(tokens) else ""
                    if stop - 1 > start and not (is_content(last) or last in _MAY_STAND or last in VERDICT_WORDS):
                        break  # no longer phrase may have it inside


def _readable(tokens: Sequence[str]) -> bool:
    """Say whether a run of words that may begin a phrase, and lie inside one, can stand alone: whole at its end, with a
    subject, no word twice.
    """
    first, last = tokens[0], tokens[-1]
    if _is_quality(last) or not (is_content(last) or last in _MAY_END):
        return False
    if len(tokens) == 1:
        return is_content(first) and len(first) > 3
    if len(tokens) == 2 and last.endswith("ly") and not first.endswith("ed"):
        return False  # "claims quickly" lacks its verb
    content = [stem(token) for token in tokens if is_content(token)]
    least = 1 if first in _MAY_START or last in _MAY_END else 2
    return least <= len(content) == len(set(content))


def _is_quality(token: str) -> bool:
    return token in _QUALITIES or token.endswith(("ous", "ful", "istic"))


@lru_cache(maxsize=2**16)
def _numbered(token: str) -> bool:
    """Whether a token is an amount, a number, or has digits in it without being a known word."""
    return token not in _CAPITALS and any(letter.isdigit() for letter in token)


@dataclass(frozen=True)
class _Ranked:
    """What may name a theme, best first, with its cosine to the theme's mean."""

    plain: Mapping[str, float]
    own: Mapping[str, float]


def _distinct(ranked: Sequence[_Ranked], groups: Sequence[Group], others: Iterable[str]) -> list[tuple[str, float]]:
    """The best name of each group that no group before it and none of ``others`` has, with its cosine; no phrase of
    members' own with the content words of another label. First come those that a plain name fits best, then large ones.
    """
    labels = [("", 0.0)] * len(groups)
    taken = {sentence_case(label) for label in others}
    roots = {frozenset[str](), *map(_roots, taken)}
    best = [max(one.plain.values(), default=-1.0) for one in ranked]
    for k in sorted(range(len(groups)), key=lambda k: (-best[k], -len(groups[k].texts), k)):
        plain = ((name, fit) for name, fit in ranked[k].plain.items() if name not in taken)
        own = ((sentence_case(p), fit) for p, fit in ranked[k].own.items() if _roots(p) not in roots)
        labels[k] = next(plain, None) or next(own, (f"Theme {k + 1}", 0.0))
        taken.add(labels[k][0])
        roots.add(_roots(labels[k][0]))
    return labels


def _roots(phrase: str) -> frozenset[str]:
    """The beginnings of its content words: "coverage" and "what is covered" have one."""
    return frozenset(one[:5] for one in word_stems(phrase))


def sentence_case(phrase: str) -> str:
    """Return ``phrase`` with a capital first letter, known abbreviations in capitals, no underscores."""
    tokens = [_CAPITALS.get(token, token) for token in phrase.replace("_", " ").split()]
    if not tokens:
        return ""
    head = tokens[0] if tokens[0] in _CAPITALS.values() else tokens[0][:1].upper() + tokens[0][1:]
    return " ".join([head, *tokens[1:]])


def named(label: str, group: Group, fit: float = 1.0) -> Name:
    """Return the name of a group with this label: its description is the verbatim nearest to the group's mean, which
    tells more than words in a row; where there is none, the words that members share.
    """
    verbatims = representatives(group)
    if verbatims:
        return Name(label, f"For instance: “{' '.join(verbatims[0].split())}”", verbatims, fit)
    *start, last = group.keywords[:4] or ["various matters"]
    return Name(label, f"Customers write about {', '.join(start)}{' and ' if start else ''}{last}.", (), fit)


def representatives(group: Group, count: int = VERBATIMS) -> tuple[str, ...]:
    """Return up to ``count`` short segments near the group's mean and unlike one another.

    No two are the same but for case and punctuation. Segments without a masked name come first; those with personal
    data, masked or not, are left out.
    """
    shortest, longest = VERBATIM_WORDS
    said = [tuple(words(text)) for text in group.texts]
    distinct = sorted({key: i for i, key in reversed(list(enumerate(said)))}.values())
    fitting = [i for i in distinct if shortest <= len(said[i]) <= longest]
    unnamed = [i for i in fitting if group.texts[i] == group.segments[i]]
    picked = _diverse(group, unnamed, count)
    if len(picked) < count:
        picked = _diverse(group, fitting, count) or _diverse(group, distinct, count)
    return tuple(group.segments[i] for i in picked)


def _diverse(group: Group, pool: Sequence[int], count: int) -> list[int]:
    """Up to ``count`` members of ``pool`` without personal data, by maximal marginal relevance (Carbonell & Goldstein
    1998), λ = 0.7.
    """
    if not pool:
        return []
    rows: npt.NDArray[np.float32] = unit(group.vectors[pool])
    relevance = rows @ unit(group.vectors.mean(axis=0))
    likeness = np.zeros(len(pool), dtype=np.float32)
    picked: list[int] = []
    for _ in pool:
        best = int((0.7 * relevance - 0.3 * likeness).argmax())
        relevance[best] = -np.inf
        segment = group.segments[pool[best]]
        if not _MASKED.search(segment) and not personal_data(segment):
            likeness = np.maximum(likeness, rows @ rows[best]) if picked else rows @ rows[best]
            picked.append(best)
        if len(picked) == count:
            break
    return [pool[i] for i in picked]
