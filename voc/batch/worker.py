"""What a worker does with a part: tag it in small batches, set aside what cannot be tagged, commit."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from voc.batch.attempts import MOST_SET_ASIDE
from voc.batch.parts import Part
from voc.batch.records import Record, voc_version
from voc.errors import ModelError, VocError
from voc.pipeline import Tagged, Tagger
from voc.pipeline.tag_file import BATCH

#: Told the row (from 0) that comes next.
Tell = Callable[[int], None]
#: Gives the record of the rows walked so far, for the name and the bytes of the file that holds them.
Recorded = Callable[[str, int], Record]


class Batch(NamedTuple):
    """Some rows of a part (schema READ), and what ``tagger`` made of them."""

    rows: pa.Table
    tagged: Tagged
    tagger: Tagger


class Sink(Protocol):
    """Where parts go; travels to the workers, so it holds no open connection."""

    @property
    def with_segments(self) -> bool:
        """Whether it keeps segments and vectors too."""
        ...

    def commit(self, part: Part, batches: Iterator[Batch], recorded: Recorded) -> Record:
        """Write all batches and what ``recorded`` makes of them: both count, or neither.

        ``batches`` is walked to its end before ``recorded`` is called. Called again for the same part it leaves the
        same. Raises VocError where it cannot write.
        """
        ...


@dataclass(frozen=True)
class Setup:
    """All that a worker needs beside the parts. ``load`` gives the models, once in each worker; ``voc``,
    ``model_version`` and ``theme_version`` are what the job was begun with."""

    load: Callable[[], Tagger]
    sink: Sink
    model_version: str
    theme_version: str | None
    voc: str = field(default_factory=voc_version)

    def loaded(self) -> Tagger:
        """The models. Raises ModelError where this machine has others than the job, or another voc."""
        if (here := voc_version()) != self.voc:
            raise ModelError(f"a worker has voc {here}, the job was begun with {self.voc}: install the same everywhere")
        tagger = self.load()
        if (tagger.model_version, tagger.theme_version) != (self.model_version, self.theme_version):
            raise ModelError(
                f"a worker has model {tagger.model_version}, the job was begun with {self.model_version}: "
                "install the same version of voc and the same models everywhere"
            )
        return tagger


def tag_part(
    part: Part, setup: Setup, tagger: Tagger, skip: frozenset[int] = frozenset(), tell: Tell | None = None
) -> Record:
    """Tag and commit a part. ``skip``: rows (from 0) to set aside unread; with ``tell``, row by row."""
    begun = time.monotonic()
    counts: Counter[str] = Counter()
    aside: list[str] = []

    segments = setup.sink.with_segments

    def batches() -> Iterator[Batch]:
        step = 1 if tell else BATCH
        for start in range(0, part.rows.num_rows, step):
            if tell:
                tell(start)
            rows = part.rows.slice(start, step)
            if start in skip and tell:
                rows, tagged = _set_aside(rows, tagger, "its worker died over it", aside)
            else:
                rows, tagged = _tagged(rows, tagger, aside, segments)
            if len(aside) > MOST_SET_ASIDE:
                raise ModelError(
                    f"more than {MOST_SET_ASIDE} rows of part {part.number} cannot be tagged (the last: {aside[-1]}): "
                    "it is not the rows; check the models with 'voc doctor'"
                )
            counts.update(tagged.comments["status"].to_pylist())
            yield Batch(rows, tagged, tagger)

    def recorded(file: str, size: int) -> Record:
        return Record(
            part=part.number,
            file=file,
            bytes=size,
            input_hash=part.input_hash,
            model_version=setup.model_version,
            theme_version=setup.theme_version,
            rows=sum(counts.values()),
            by_status=dict(sorted(counts.items())),
            set_aside=len(aside),
            seconds=round(time.monotonic() - begun, 3),
            written=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )

    return setup.sink.commit(part, batches(), recorded)


def _tagged(rows: pa.Table, tagger: Tagger, aside: list[str], segments: bool) -> tuple[pa.Table, Tagged]:
    """Rows with their tags; a row that fails alone, twice, is set aside. The law of tagging lets rows be cut anyhow."""
    try:
        return rows, tagger.tag(rows, with_segments=segments)
    except VocError:
        raise
    except Exception:
        if rows.num_rows > 1:
            half = rows.num_rows // 2
            halves = rows.slice(0, half), rows.slice(half)
            return _joined([_tagged(part, tagger, aside, segments) for part in halves])
    try:
        return rows, tagger.tag(rows, with_segments=segments)
    except Exception as error:
        return _set_aside(rows, tagger, f"it raises {type(error).__name__}", aside)


def _set_aside(rows: pa.Table, tagger: Tagger, why: str, aside: list[str]) -> tuple[pa.Table, Tagged]:
    """One row as a rejected one: in the output and counted, never read by the models."""
    aside.append(why)
    (row,) = rows.to_pylist()
    rejected = row | {"status": "rejected", "reason": f"cannot be tagged: {why}"}
    table = pa.Table.from_pylist([rejected], schema=rows.schema)
    return table, tagger.tag(table, with_segments=False)


def _joined(parts: Sequence[tuple[pa.Table, Tagged]]) -> tuple[pa.Table, Tagged]:
    rows, tagged = zip(*parts, strict=True)
    return pa.concat_tables(rows), joined(tagged)


def joined(tagged: Sequence[Tagged]) -> Tagged:
    """Several as one, in their order."""
    return Tagged(
        pa.concat_tables([one.comments for one in tagged]),
        pa.concat_tables([one.segments for one in tagged]),
        np.concatenate([one.vectors for one in tagged]),
    )
