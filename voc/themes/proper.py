"""Words that customers write with a capital where no sentence begins: brands, people, places. They name no theme."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

#: A word is a name when this share of its uses inside a sentence is written with a capital.
MOSTLY: Final = 0.6
MIN_USES: Final = 2
#: Where more of the words than this look like names, capitals mean something else (German nouns, headlines).
MOST_NAMES: Final = 0.25

#: A word, and before it what begins a sentence.
_WORD = re.compile(r"(^\s*|-\s+|[^\w\s,&/'’-]\s*)?([^\W\d_]+(?:['’-][^\W\d_]+)*)")


def proper_names(texts: Iterable[str]) -> frozenset[str]:
    """Return the names among the words of ``texts``, in lower case, without a possessive 's.

    Not looked at: the first word of a sentence, texts written mostly in capitals, and "I". Empty where capitals tell
    nothing, as in texts without any, or in a language that writes every noun with one.
    """
    uses, capital = Counter[str](), Counter[str]()
    for text in texts:
        if sum(map(str.isupper, text)) > 0.3 * sum(map(str.isalpha, text)):
            continue
        for begins, word in _WORD.findall(text):
            if begins or word in ("I", "i") or word[:2] in ("I'", "I’"):
                continue
            bare = re.split("['’]", word)[0].lower()
            uses[bare] += 1
            capital[bare] += word[0].isupper()
    known = [word for word, count in uses.items() if count >= MIN_USES]
    names = frozenset(word for word in known if capital[word] >= MOSTLY * uses[word])
    return names if len(names) <= MOST_NAMES * len(known) else frozenset()
