"""Who says what in a conversation that stands in one cell."""

from __future__ import annotations

import re
from typing import Final

_CUSTOMER: Final = "customer|client|consumer|user|visitor|guest|caller|member|kunde|kundin|cliente|klant"
_COMPANY: Final = (
    "agent|admin|bot|support|representative|rep|advisor|adviser|operator|assistant|staff|mitarbeiter|mitarbeiterin"
    "|conseiller|agente|medewerker"
)
_TURN: Final = re.compile(
    rf"(?:^|(?<=\s))\W{{0,2}}(?:(?P<customer>{_CUSTOMER})|(?:{_COMPANY}))(?: ?\([^()\n]{{0,40}}\))?\s?:\s",
    re.IGNORECASE,
)


def customers_turns(text: str) -> str | None:
    """What the customer says where a text gives the turns of both sides (``Customer: … Agent: …``), one to a line.

    None where a text is no such conversation.
    """
    turns = [*_TURN.finditer(text)]
    sides = {turn["customer"] is not None for turn in turns}
    if len(sides) < 2:
        return None
    ends = [*(turn.start() for turn in turns[1:]), len(text)]
    said = [text[turn.end() : end].strip() for turn, end in zip(turns, ends, strict=True) if turn["customer"]]
    return "\n".join(filter(None, said))
