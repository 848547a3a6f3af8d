"""What the wording of a column name tells: a question, somebody else's words, a number that is no score."""

from __future__ import annotations

import re
from typing import Final

#: "Q3 - …", "12. …", "Q7_TEXT: …" before a question, and what survey tools put behind it.
_NUMBER = re.compile(r"^\s*(?:q(?:uestion)?\s*)?\d+(?:[._]\w+)?\s*[.:)\-–|]+\s*|^\s*q\d+\w*\s+", re.IGNORECASE)
_TAIL = re.compile(
    r"\s*[-–:|\[(]+\s*(?:open[- ]ended response|open response|free text|text|response)\s*[\])]*\s*$", re.IGNORECASE
)
_LONGEST: Final = 500
_ASKS = re.compile(
    r"(?:what|why|how|which|where|when|who|please|tell us|describe|explain|do you|did you|would you|will you|have you"
    r"|is there|are there|was there|were you|was your|any (?:other|further|additional|last|final)|in your own words"
    r"|was|warum|wie|welche|bitte|pourquoi|comment|que|quel|quelle|quels|avez|qué|cómo|por qué|cuál"
    r"|perché|come|cosa|quale|waarom|hoe|wat|welke|por que|como|qual|o que)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:why|reasons?|tell us|own words|improve\w*|better|comments?|anything else|describe|explain|feedback|thoughts"
    r"|(?:other|else)\W+(?:please )?(?:specify|describe)|dis?like|liked?|suggest\w*"
    r"|warum|grund|verbessern|anmerkungen|besser"
    r"|pourquoi|raisons?|améliorer|commentaires?|por qué|razón|motivo|mejorar|comentarios?|perché|migliorare"
    r"|waarom|reden|verbeteren|opmerkingen|por que|melhorar|comentários?)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\bother\b.*\b(?:specify|describe|explain)\b|\(specify\)|^q\d+\w*_text$", re.IGNORECASE)

_REPLY: Final = frozenset(
    "reply replies replied antwort reponse respuesta risposta resposta response responses responded".split()
)
_REPLY_ALONE: Final = frozenset("reply replies replied".split())
_COMPANY: Final = frozenset(
    """company owner developer dev business seller merchant public official management manager mgmt host hotel staff
    agent support admin vendor brand moderator employer restaurant unternehmens unternehmen anbieter entwickler
    entwicklers inhabers entreprise proprietaire hotelier empresa propietario vendedor proprietario azienda
    proprieta bedrijf eigenaar""".split()
)
_INSIDE = re.compile(r"\b(?:internal|agents?|moderator|admin|csr|rep|private|manager) (?:comments?|notes?|remarks?)\b")
_QUOTED = re.compile(
    r"quoted?|quoted (?:text|post|tweet|status text)|parent (?:text|body|comment|post)|original post|previous message"
    r"|in reply to text"
)
_DERIVED: Final = frozenset(
    """clean cleaned processed preprocessed lemmatized lemmatised lemma lemmas stemmed tokens tokenized normalized
    stopwords pos bigrams keywords tags""".split()
)
_TRANSLATED: Final = frozenset(
    """translated translation ubersetzt ubersetzung traduit traduction traducido traduccion tradotto traduzione
    vertaald vertaling traduzido traducao""".split()
)
_ENGLISH_VERSION = re.compile(r"(?:^| )(?:en|eng|english|in english)$")
_ORIGINAL: Final = frozenset("original untranslated native originaltext".split())

#: Whole words in a name that make it likely to hold what customers wrote.
_TEXT_WORDS: Final = frozenset(
    """review reviews comment comments verbatim verbatims text feedback narrative opinion body message content remark
    remarks kommentar kommentare rezension commentaire commentaires avis comentario comentarios resena commento
    recensione opmerking opmerkingen recensie""".split()
)
#: A second column of these kinds is a second answer, not another form of the first.
_ANSWER_WORDS: Final = frozenset(
    """comment comments verbatim verbatims feedback remark remarks reason suggestions kommentar kommentare commentaire
    commentaires comentario comentarios commenti opmerking opmerkingen""".split()
)
_ABOUT: Final = frozenset("on about for regarding with zu zum zur sur sobre su over".split())
#: Whole words in a name that speak of counts, people, places, money or machine labels: never a customer's score.
_NO_SCORE: Final = frozenset(
    """vote votes upvotes downvotes ups downs like likes dislikes helpful helpfulness useful funny cool count counts
    number num total age year years id ids length words chars price cost amount value retweet retweets favorites
    favourites confidence probability polarity subjectivity compound sentiment label class target average avg
    mean median index rank ranking zip postcode views nights karma followers latitude longitude lat lng duration
    seconds minutes hours days day month quantity qty credit relevance toxicity readability similarity risk lead
    status category group type date time comment comments reason text indicator ind verified numerator
    denominator version""".split()
)
_SCORE_WORDS: Final = frozenset(
    """rating ratings rate score stars star nps csat satisfaction bewertung zufriedenheit note notation satisfaccion
    puntuacion calificacion valutazione punteggio voto beoordeling cijfer nota avaliacao""".split()
)
_OVERALL: Final = frozenset(
    "overall general gesamt insgesamt globale global generale complessiva algemeen geral allgemein".split()
)
#: Dates of something else than the customer's words.
_OTHER_DATE: Final = frozenset(
    """birth birthday dob born expiry expires expiration due renewal reply replied response responded respond close
    closed resolved approved scraped crawled extracted downloaded exported""".split()
)
_WEAK_DATE: Final = frozenset(
    "purchase purchased order ordered start started updated modified edited visit stay joined signup last sent".split()
)


def question_in(header: str) -> str:
    """A header without a question's number and the tool's own words around it."""
    return _TAIL.sub("", _NUMBER.sub("", header[:_LONGEST])).strip()


def is_question(header: str) -> bool:
    """Whether a column header is a survey question put to the customer."""
    asked = question_in(header)
    words = len(asked.split())
    return (words >= 3 and asked.endswith("?")) or (words >= 4 and _ASKS.match(asked) is not None) or is_other(header)


def is_open_question(header: str) -> bool:
    """Whether a header asks for an answer in own words, as its wording shows."""
    return is_other(header) or (is_question(header) and _OPEN.search(question_in(header)) is not None)


def is_other(header: str) -> bool:
    """Whether a header is the free field of a choice: ``Other (please specify)``, ``Q4_TEXT``."""
    return _OTHER.search(header) is not None


def is_company_reply(name: str) -> bool:
    """Whether a column holds what the company wrote (its plain name says so)."""
    words = set(name.split())
    return bool(words & _REPLY_ALONE or (words & _REPLY and words & _COMPANY) or _INSIDE.search(name))


def is_quoted(name: str) -> bool:
    """Whether a column holds what others wrote before."""
    return _QUOTED.fullmatch(name) is not None


def is_derived(name: str) -> bool:
    """Whether a column is the text again, worked over."""
    return bool(_DERIVED & set(name.split()))


def is_translation(name: str) -> bool:
    words = set(name.split())
    return (bool(_TRANSLATED & words) and not words & {"language", "lang"}) or _ENGLISH_VERSION.search(name) is not None


def is_original(name: str) -> bool:
    return bool(_ORIGINAL & set(name.split()))


def speaks_of_text(name: str) -> bool:
    return bool(_TEXT_WORDS & set(name.split()))


def is_answer(name: str) -> bool:
    """Whether a name is more than ``comment`` and one of several answers: ``delivery comment``, ``NPS reason``."""
    words = name.split()
    kind = words[-2] if len(words) > 1 and len(words[-1]) <= 2 else words[-1] if words else ""
    if len(words) > 2 and words[1] in _ABOUT:
        kind = words[0]
    return 2 <= len(words) <= 8 and kind in _ANSWER_WORDS


def is_count(name: str) -> bool:
    """Whether a plain name rules out a customer's score."""
    return bool(_NO_SCORE & set(name.split()))


def speaks_of_score(name: str) -> bool:
    return bool(_SCORE_WORDS & set(name.split())) and not is_count(name)


def is_overall(name: str) -> bool:
    return bool(_OVERALL & set(name.split()))


def is_other_date(name: str) -> bool:
    """Whether a plain name is that of a date of something else: a birth, a reply, an expiry."""
    return bool(_OTHER_DATE & set(name.split())) or is_company_reply(name)


def is_weak_date(name: str) -> bool:
    """Whether a plain name is that of a date near the customer's words, no more: a purchase, a visit."""
    return bool(_WEAK_DATE & set(name.split()))
