"""What the wording of a column name tells: a question, somebody else's words, a number that is no score."""

from __future__ import annotations

import re
from typing import Final

#: "Q3 - …", "12. …", "Q7_TEXT: …" before a question, and what survey tools put behind it.
_NUMBER = re.compile(r"^\s*(?:q(?:uestion)?\s*)?\d+(?:[._]\w+)?\s*[.:)\-–|]+\s*|^\s*q\d+\w*\s+", re.IGNORECASE)
_TAIL = re.compile(
    r"\s*[-–:|\[(]+\s*(?:open[- ]ended response|open response|free text|text|response)\s*[\])]*\s*$", re.IGNORECASE
)
#: "(0–10)", "[1 = bad, 5 = good]", "(optional)" behind a question.
_BRACKET = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_TEN = re.compile(r"\b0\s*(?:-|–|—|to|bis|à|a|al|tot|até)\s*10\b")
_LONGEST: Final = 500
_ASKS = re.compile(
    r"(?:what|why|how|which|where|when|who|please|tell us|describe|explain|do you|did you|would you|will you|have you"
    r"|the (?:best|worst) things?"
    r"|is there|are there|was there|were you|was your|any (?:other|further|additional|last|final)|in your own words"
    r"|was|warum|wie|welche|bitte|pourquoi|comment|que|quel|quelle|quels|avez|qué|cómo|por qué|cuál"
    r"|perché|come|cosa|quale|waarom|hoe|wat|welke|por que|como|qual|o que)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:why|reasons?|tell us|own words|improve\w*|better|comments?|anything else|describe|explain|feedback|thoughts"
    r"|(?:other|else)\W+(?:please )?(?:specify|describe)|dis?like|liked?|suggest\w*|(?:best|worst) things?"
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
    """comment comments verbatim verbatims feedback remark remarks reason reasons suggestion suggestions
    kommentar kommentare commentaire commentaires comentario comentarios commenti opmerking opmerkingen""".split()
)
#: Names that are answers without another word.
_ANSWERS_ALONE: Final = frozenset("reason reasons grund gründe sonstiges why raison motivo reden motivazione".split())
#: What a review of its own is asked for: Feefo's ``Service Review`` and ``Product Review``.
_REVIEWED: Final = frozenset("service product delivery seller store shop staff".split())
#: Things, places, people and records of machines, which take several words too and say nothing of an experience.
_THINGS: Final = frozenset(
    """name names address addresses street city country location region product products item items company employer
    job title titles agent browser device os platform url link links referrer referer campaign category categories type
    kind model version code codes id ids key keys hash token language status segment tag tags label labels prompt
    question questions owner requester assignee manager contact user author seller date""".split()
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
#: Words beside ``score`` that leave open whether it is votes; and words of columns where it is.
_POSTED: Final = frozenset("post posts comment comments submission thread tweet extra data meta".split())
_VOTING: Final = frozenset("ups downs upvotes downvotes upvote downvote thread subreddit subforum forum".split())
_THREADED: Final = frozenset(
    "post,posts,post id,post text,post body,tweet,tweet id,tweet text,topic id,parent,parent id,reply to".split(",")
)
_SURVEYED: Final = frozenset(
    """survey respondent respondents responder response nps csat promoter questionnaire recommend verbatim touchpoint
    customer segment umfrage encuesta enquete""".split()
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
    """A header without a question's number, the tool's own words around it and a bracket at its end."""
    asked = _TAIL.sub("", _NUMBER.sub("", header[:_LONGEST])).strip()
    return _BRACKET.sub("", asked).strip() or asked


def names_ten(header: str) -> bool:
    """Whether a header names a scale from 0 to 10."""
    return _TEN.search(header) is not None


def is_question(header: str) -> bool:
    """Whether a column header is a survey question put to the customer."""
    asked = question_in(header)
    if asked.endswith(("?", "？")) or is_other(header):
        return True
    return len(asked.split()) >= 4 and _ASKS.match(asked.lstrip("¿")) is not None


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


def names_thing(name: str) -> bool:
    """Whether a plain name is that of a thing, a place, a person or a machine's record, whatever words it takes."""
    return bool(_THINGS & set(name.split()))


def is_answer(name: str) -> bool:
    """Whether a name is more than ``comment`` and one of several answers: ``delivery comment``, ``NPS reason``."""
    words = name.split()
    if name in _ANSWERS_ALONE or (len(words) == 2 and words[0] in _REVIEWED and words[1] in ("review", "reviews")):
        return True
    kind = words[-2] if len(words) > 1 and len(words[-1]) <= 2 else words[-1] if words else ""
    about = next((at for at, word in enumerate(words[1:-1], start=1) if word in _ABOUT), None)
    if about:
        kind = words[about - 1]
    return 2 <= len(words) <= 8 and kind in _ANSWER_WORDS


def is_count(name: str) -> bool:
    """Whether a plain name rules out a customer's score."""
    return bool(_NO_SCORE & set(name.split()))


def speaks_of_score(name: str) -> bool:
    return bool(_SCORE_WORDS & set(name.split())) and not is_count(name)


def is_bare_score(name: str) -> bool:
    """Whether a plain name says ``score`` and not of what: customers give one, and voters of a post add up to one."""
    return name == "score" or (name.endswith(" score") and bool(_POSTED & set(name.split())))


def counts_votes(name: str) -> bool:
    """Whether a plain name is found where people vote on posts, and seldom elsewhere."""
    return bool(_VOTING & set(name.split())) or name in _THREADED


def speaks_of_survey(name: str) -> bool:
    return bool(_SURVEYED & set(name.split()))


def is_overall(name: str) -> bool:
    return bool(_OVERALL & set(name.split()))


def is_other_date(name: str) -> bool:
    """Whether a plain name is that of a date of something else: a birth, a reply, an expiry."""
    return bool(_OTHER_DATE & set(name.split())) or is_company_reply(name)


def is_weak_date(name: str) -> bool:
    """Whether a plain name is that of a date near the customer's words, no more: a purchase, a visit."""
    return bool(_WEAK_DATE & set(name.split()))
