"""Which of a comment's segments shows what its reading says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voc.lenses.decode import Reading
from voc.lenses.heads import Heads
from voc.schema import SIGNALS


def evidence_segment(heads: Heads, vectors: npt.NDArray[np.float16], reading: Reading) -> int | None:
    """Return the position of the segment in which the reading's strongest signal is most probable.

    ``vectors``: the comment's segment vectors, shape (segments, dim). None for a reading without a signal.
    """
    if not reading.signals:
        return None
    k = SIGNALS.index(reading.signals[0].label)
    return int(np.argmax([heads.apply(vectors[i : i + 1])["signals"][k] for i in range(len(vectors))]))
