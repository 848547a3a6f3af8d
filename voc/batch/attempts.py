"""What to do with a part whose worker died or failed: decided here, without a process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from voc.batch.parts import Part
from voc.errors import StoreError, VocError

#: More rows than these that cannot be tagged in one part: then it is not the rows.
MOST_SET_ASIDE: Final = 10
#: Deaths of workers over one part that may be anything (a machine that restarts, a clumsy kill).
_MOST_DEATHS: Final = 2 * MOST_SET_ASIDE + 3


@dataclass
class Attempt:
    """A part and what befell it.

    ``careful``: the worker names each row before it tags it. ``skip``: rows (from 0) to set aside unread. A row is set
    aside when its worker died over it twice.
    """

    part: Part
    deaths: int = 0
    failures: int = 0
    fatal: Counter[int] = field(default_factory=Counter)
    skip: frozenset[int] = frozenset()

    @property
    def careful(self) -> bool:
        return self.deaths > 0

    def died(self, at: int | None) -> None:
        """Note that the worker died, ``at`` the row it named last. Raises StoreError where it is not the rows."""
        self.deaths += 1
        if at is not None:
            self.fatal[at] += 1
        self.skip = frozenset(row for row, times in self.fatal.items() if times > 1)
        if self.deaths >= _MOST_DEATHS or len(self.skip) > MOST_SET_ASIDE:
            raise StoreError(
                f"workers died {self.deaths} times over part {self.part.number}: look for what ends them "
                "(most often memory: --workers fewer), then go on with --resume"
            )

    def failed(self, error: VocError) -> None:
        """Note that the part could not be committed. Raises ``error`` the second time."""
        self.failures += 1
        if self.failures > 1:
            raise error
