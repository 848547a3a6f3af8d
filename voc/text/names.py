"""Names of people where a cue gives them away: "agent Sarah", "spoke to Mr. Lee", "Regards, Tom"."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

_PEOPLE = """
    agent adviser advisor associate attendant barber barista bartender boss cashier chef clerk colleague
    concierge consultant dentist doctor electrician engineer fitter hairdresser handler hostess housekeeper
    instructor landlord manager mechanic midwife nurse operative physio physiotherapist plumber receptionist rep
    representative salesman salesperson saleswoman steward stewardess stylist supervisor surgeon teacher
    technician teller therapist trainer tutor waiter waitress brother cousin dad daughter father friend husband
    mother mum mom neighbour neighbor sister son wife
"""
#: Words that also stand before products and software: "server Apache", "driver Realtek".
_PEOPLE_OR_THINGS = "assistant courier driver guide operator server host partner lady gentleman"
_SOMEONE = (
    "someone somebody guy lady woman man person girl boy bloke chap gentleman member employee staff worker agent rep"
)
_SPOKE = "spoke spoken speak speaking talk talked talking"
_WITH = "chat chatted chatting dealt deal dealing phone call met meeting"
_BY = "served helped assisted told looked advised handled treated greeted seated welcomed contacted called"
_PRAISE = "credit kudos props shout-out shoutout"
_TO = "escalated transferred passed sent out mention hats gratitude according compliment compliments thanks thx"


def _any(words: str) -> str:
    return "|".join(words.split())


#: What may stand before a name. ``title``: any word is a name; ``open``: any capitalised word, in other writing only
#: a listed name; ``listed``: a listed name alone, because products and places stand there as well; ``end``: as
#: open, where nothing follows on the line or it has a surname; ``closing``: as listed, after a comma or on the next
#: line; ``likely``: as open, but no department, company or nation, and no word before "team", "support" and the like.
_CUES = (
    ("title", "mr|mrs"),
    ("open", "ms|miss|dr|prof|sir"),
    ("open", "my (?:full )?name(?: is|['’]?s)|(?:his|her|their) names? (?:is|was|are|were)|named|by the name of"),
    ("open", f"(?:{_any(_SOMEONE)})(?: of staff)? called"),
    ("open", f"{_any(_PEOPLE)}|signed(?: by)?|(?:contact|call) me"),
    ("listed", _any(_PEOPLE_OR_THINGS)),
    ("end", "regards|sincerely|faithfully|wishes|yours truly"),
    ("likely", f"(?:{_any(_SPOKE)}) (?:to|with)|(?:{_any(_PRAISE)}|shout out) to|ask(?:ed|ing)? for"),
    ("likely", "work(?:ed|ing) with|thank"),
    ("listed", f"(?:{_any(_SPOKE)}|{_any(_WITH)}) (?:to|with)(?: an?)?"),
    ("listed", f"(?:{_any(_BY)}) by"),
    ("listed", f"(?:{_any(_TO)}) to"),
    ("listed", "thanks?|thank (?:you|u)|thx|cheers|well done|bravo|contact|call|hi|hello|hey|dear|attn"),
    ("closing", "best|love"),
    ("listed", "this is|i am|i['’]?m|it was"),
)
_CUE = re.compile(
    r"(?<![\w\['’])(?:" + "|".join(f"(?P<{kind}{i}>{cue})" for i, (kind, cue) in enumerate(_CUES)) + ")",
    re.IGNORECASE,
)
#: The words that end a cue: only after them is the costlier pattern tried.
_LAST_WORDS = frozenset(
    f"""mr mrs ms miss dr prof sir is name's name’s names are were was named of called by signed regards sincerely
    faithfully wishes truly me to with a an thanks thank you u thx cheers done best love bravo for contact call
    hi hello hey dear attn am im i'm i’m {_PEOPLE} {_PEOPLE_OR_THINGS}""".split()
)
_PEOPLE_WORDS = frozenset(f"{_PEOPLE} {_PEOPLE_OR_THINGS} {_SOMEONE} mr mrs ms miss dr prof".split())
#: Capitalised words that may follow a name without being part of a longer one, as a department's would be.
_SAID_NEXT = frozenset("i he she they we it the this that who and but so very was is".split())
_TITLES = ("mr", "mrs")
_ABBREVIATED = ("mr", "mrs", "ms", "dr", "prof")
_CUE_WORDS = 4
_DIGITS = "0123456789"
_GAP = re.compile(r"(?:[,:]?[ \t]*\n?[ \t]*|:? ?[\"“(])")
_JOINED = re.compile(r"(?:,? (?:and|&|or|then)(?: then)?|,)(?: (?:to|with|by))? ", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_INITIALS = re.compile(r"(?:[A-Z]\. ?){1,3}")
_PARTICLE = re.compile(
    r"(?:(?:van|von|de|der|den|del|della|di|da|dos|du|la|le|el|al|bin|ter|ten)\b ){1,3}", re.IGNORECASE
)
_POSSESSIVE = re.compile(r"['’]s\Z", re.IGNORECASE)
_NO_PERSON_AFTER = re.compile(
    r"['’]s\b|s['’]|[ \t]*[&/+]| (?:(?:customer|technical|tech) )?(?:teams?|staff|support|services?|customers?|help"
    r"|helpdesk|desk|people|person|bank|airlines?|insurance|hotel|stores?|shops?|account|card|app|reps?|agents?|representatives?|"
    r"employees?|managers?|department|dept|office|branch|menu|drivers?|engineers?|call|care|chat|crew|management|"
    r"size|version|food|water|wine|beer|coffee|tea)\b",
    re.IGNORECASE,
)
_LINE_END = re.compile(r"[ \t.!,)]*(?:\n|\Z)")

#: Given names that are common words, places, months or products too: names only where written with a capital after a
#: cue that is fairly sure, never after one of the ``listed`` kind when the case says nothing.
_AMBIGUOUS = frozenset(
    """alexa amber angel april art ash august aurora austin basil bill blake brooke buddy carter chad chase chelsea
    cliff crystal daisy dale dallas dana dawn dean don drew faith florence ford frank gene georgia gill glen
    grace grant guy harmony hazel holly hope iris ivy jack jade jay jersey jordan joy june kit lance lily luna
    mark mason may max mercedes mia mick miles mo nick norm olive pat pearl penny perry ram ray raj rich rob
    robin rod rose ross ruby rusty sandy scott sienna sky star sue summer sunny taylor tia tony troy una victor
    victoria viola violet virginia wade will wanda best love lee max don jan bea son""".split()
)
#: Months, and names that are better known as products: after a ``listed`` cue they are no persons.
_NEVER = frozenset("alexa april august bea june may mercedes sky".split())
#: Capitalised words that follow a cue and name no person.
_STOP = frozenset(
    """a about access account after again all also always amazon amex an and android another any anyone anything apple
    are as asda asus at aws azure bank because before being best better billing bing both british but by call
    called came can card care centre center chat chatgpt claims clean company complaints could covid customer
    customers cyber dear december delivery dell department desk dhl did didn discord do does doing done ebay
    either email english european even every everybody everyone everything excel excellent facebook fedex
    february few finally for friday friends from front german get give go god good google got great guest guys
    had half has have he head health hello help helpdesk her here him his hotel how hp huawei i if ikea in
    instagram insurance intel internet is it its itself january july just keep kind know last lenovo lg like
    linux live lot lovely mac madam made main making management many march microsoft might monday more morning
    most muscle my myself na need netflix never nhs nice no nobody none nor not nothing november now october of
    office on once one online only or order other others our out outlook over oppo parcel paypal pepper people
    perfect phone please porky premium prime qa quality really reception recently refund returns reply resident
    right said sales samsung saturday say says security see september service services several shame she should
    since sir so some somebody someone something sony spotify staff still store such sunday super support survey
    tech teams technical terrible tesco than thank thanks that the their them then there these they think this
    those thursday to today told tomorrow too total trustpilot tuesday twitter uber unfortunately until up ups
    us very via visa visit vodafone was we wednesday well were what when where which while whippy who whole why
    will windows with word work working worst would xbox yes yesterday yet you your yourself youtube zoom mud
    appointment appointments coffee martens me mine kipling bean goodness heaven heavens lord jesus allah""".split()
)


@cache
def _words_of(file: str) -> frozenset[str]:
    return frozenset(resources.files("voc.text").joinpath(file).read_text("utf-8").split())


def _given_names() -> frozenset[str]:
    return _words_of("given_names.txt")


def names(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each name of a person that follows a cue; the cue and a title stay out.

    Where the case says nothing (all small, all capitals), only given names of the list ``given_names.txt``
    count, save after "Mr" and "Mrs".
    """
    given = _given_names()
    starts: deque[int] = deque(maxlen=_CUE_WORDS)
    earlier = before = ""
    before_end = reached = 0
    for word in _WORD.finditer(text):
        low = word[0].lower()
        cued = before in _LAST_WORDS and (before not in ("a", "an") or earlier in ("to", "with"))
        likely = cued and (word[0][0].isupper() or low in given or before in _TITLES)
        found = _named_after(text, starts, before_end, word.start()) if likely and word.start() >= reached else None
        while found:
            yield found
            reached = found[1]
            joint = _JOINED.match(text, reached)
            found = _name_at(text, joint.end(), "listed") if joint else None
        starts.append(word.start())
        earlier, before, before_end = before, low, word.end()


def _named_after(text: str, starts: Iterable[int], cue_end: int, start: int) -> tuple[int, int] | None:
    """Return the name that begins at ``start``, if one of the last words begins a cue that ends at ``cue_end``."""
    cue = next(filter(None, (_CUE.fullmatch(text, at, cue_end) for at in starts)), None)
    if cue is None:
        return None
    gap = text[cue_end:start]
    kind = (cue.lastgroup or "").rstrip(_DIGITS)
    if not (_GAP.fullmatch(gap) or (gap in (".", ". ") and cue[0].lower() in _ABBREVIATED)):
        return None
    if kind == "closing" and gap[0] not in ",\n":  # "best Margarita ever" is a drink
        return None
    if kind == "closing" or cue[0] == "miss" or (kind == "likely" and not cue[0].rpartition(" ")[2].islower()):
        kind = "listed"  # "Ask For Refund": a headline's capitals say nothing
    return _name_at(text, start, kind)


def _name_at(text: str, start: int, kind: str) -> tuple[int, int] | None:
    """Return the name that begins at ``start``, if one does."""
    initials = _INITIALS.match(text, start)
    word = _WORD.match(text, initials.end() if initials else start)
    particle = _PARTICLE.match(text, start) if kind == "title" else None
    if particle:
        word = _WORD.match(text, particle.end())
    if word is None or not _is_name(word[0], kind, initials is not None):
        return None
    end = _surname_end(text, _end(word), word[0])
    if kind == "end" and not _LINE_END.match(text, end) and (" " not in text[start:end] or text[start - 2] != ","):
        return None
    if kind == "likely" and word[0].lower() not in _given_names() and not _is_likely(text, end, text[start:end]):
        return None
    return start, end


#: How a company's answer addresses its reader: at the start of a line, or by the way before a comma or stop.
_ADDRESSED = re.compile(
    r"(?:^[ \t]*(?:dear|hi|hello|hey|hiya|good (?:morning|day|afternoon|evening)|thank you|thanks|many thanks|hallo|"
    r"liebe|lieber|bonjour|hola|ciao|beste)(?: (?:so|very) much)?,? "
    r"|\b(?:sorry to (?:hear|read|see) (?:(?:this|that|about this|about that|it),? )?"
    r"|(?:sorry|apologies|thank you|thanks)(?: (?:so|very) much)?,? "
    r"|(?:hear|read|this|that|feedback|review|comments?), ))(?=[^\W\d_])",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS_END = re.compile(r"[ \t]*(?:[,.!;:\n–—]|-|\Z| (?:for|we|and)\b)")


def addressees(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the names by which the answer of a company addresses its customer: "Dear Ottoline,".

    Any capitalised word counts there; in a customer's own words it may as well be the company.
    """
    for cue in _ADDRESSED.finditer(text):
        found = _name_at(text, cue.end(), "open")
        if found and _ADDRESS_END.match(text, found[1]):
            yield found


def _is_likely(text: str, end: int, name: str) -> bool:
    """Say whether unlisted capitalised words before ``end`` may name a person."""
    no_people = _words_of("not_people.txt")
    if any(word in no_people or word in _STOP or word in _PEOPLE_WORDS for word in name.lower().split()):
        return False
    after = _WORD.match(text, end + 1) if text.startswith(" ", end) else None
    goes_on = after is not None and after[0][0].isupper() and after[0].lower() not in _SAID_NEXT
    return not goes_on and not _NO_PERSON_AFTER.match(text, end)


def _is_name(word: str, kind: str, initials: bool) -> bool:
    bare = _POSSESSIVE.sub("", word)
    low = bare.lower()
    capital = bare[0].isupper() and not bare.isupper()
    listed = low in _given_names() or low.partition("-")[0] in _given_names()
    if listed:
        if kind in ("listed", "likely"):
            return low not in _NEVER and (capital or low not in _AMBIGUOUS)
        return capital or low not in _AMBIGUOUS or kind == "title"
    if low in _STOP or len(low) < 2:
        return False
    return kind == "title" or (kind in ("open", "end", "likely") and (capital or (initials and bare[0].isupper())))


def _surname_end(text: str, end: int, first: str) -> int:
    """Return where the name ends: up to two more capitalised words belong to a capitalised first one."""
    if first.isupper() or not first[0].isupper():
        return end
    for _ in range(2):
        if not text.startswith(" ", end):
            break
        word = _WORD.match(text, end + 1)
        if word is None or not word[0][0].isupper() or _is_shouted(word[0]) or word[0].lower() in _STOP:
            break
        end = _end(word)
    return end


def _is_shouted(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _end(word: re.Match[str]) -> int:
    own = _POSSESSIVE.search(word[0])
    return word.end() - (len(own[0]) if own else 0)
