"""How a job is run: its options, and the engine they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from voc import ingest
from voc.batch.local import LocalEngine
from voc.batch.parts import Part
from voc.batch.records import Record
from voc.batch.worker import Setup
from voc.encode import SHIPPED, available_cores
from voc.errors import UsageError
from voc.pipeline import Tagger, load_tagger, load_themes

#: Comments a part: some twenty seconds of work, which is what a kill costs.
PART_SIZE: Final = 2000
ENGINES: Final = ("local", "ray")


class Engine(Protocol):
    def run(self, parts: Iterable[Part], setup: Setup) -> Iterator[Record]:
        """Tag and commit all parts; their records in any order."""
        ...


@dataclass(frozen=True)
class BatchOptions:
    """How to run a job. ``workers``: processes or actors, None for as many as cores; ``resume``: go on with what an
    earlier job left in the sink; ``retag``: tag a store's comments anew, in place; ``load``: gives the models in each
    worker, made of ``themes`` and ``encoder`` unless given."""

    reading: ingest.ReadOptions = field(default_factory=ingest.ReadOptions)
    themes: str | None = None
    encoder: str = SHIPPED
    engine: str = "local"
    workers: int | None = None
    address: str | None = None
    part_size: int = PART_SIZE
    format: str = "parquet"
    resume: bool = False
    retag: bool = False
    load: Callable[[], Tagger] | None = None

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise UsageError(f"No engine {self.engine!r}: --engine is {' or '.join(ENGINES)}.")
        if self.address and self.engine != "ray":
            raise UsageError("--address is for --engine ray.")
        if self.part_size < 1 or (self.workers is not None and self.workers < 1):
            raise UsageError("--part-size and --workers are at least 1.")

    def loader(self) -> Callable[[], Tagger]:
        """Picklable; one text at a time in each worker, as there are as many workers as cores."""
        return self.load or partial(_load, self.themes, self.encoder)


def made_engine(options: BatchOptions) -> Engine:
    """The engine that the options name. Raises UsageError where it is not installed."""
    workers = options.workers or available_cores()
    if options.engine == "local":
        return LocalEngine(workers)
    from voc.batch.ray_engine import RayEngine

    return RayEngine(options.workers, options.address)


def _load(themes: str | None, encoder: str) -> Tagger:
    return load_tagger(load_themes(themes) if themes else None, encoder=encoder, threads=1)
