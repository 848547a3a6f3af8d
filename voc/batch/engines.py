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
from voc.pipeline.tagger import STANDARD

#: Comments a part: some twenty seconds of work, which is what a kill costs.
PART_SIZE: Final = 2000
ENGINES: Final = ("local", "ray")


class Engine(Protocol):
    def run(self, parts: Iterable[Part], setup: Setup) -> Iterator[Record]:
        """Tag and commit all parts; their records in any order."""
        ...


@dataclass(frozen=True)
class BatchOptions:
    """How to run a job. ``own``: folders of the user's lenses; ``workers``: processes or actors, None for as many as
    cores; ``gpus``: for each actor of Ray, below 1 where actors share one; ``resume``: go on with what an earlier job
    left in the sink; ``retag``: tag a store's comments anew, in place; ``load``: gives the models in each worker, made
    of ``themes``, ``encoder``, ``own`` and ``profile`` unless given."""

    reading: ingest.ReadOptions = field(default_factory=ingest.ReadOptions)
    themes: str | None = None
    encoder: str = SHIPPED
    own: tuple[str, ...] = ()
    profile: str = STANDARD
    engine: str = "local"
    workers: int | None = None
    address: str | None = None
    gpus: float = 0.0
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
        if self.gpus and self.engine != "ray":
            raise UsageError("--gpus is for --engine ray.")
        if self.gpus < 0 or (self.gpus > 1 and self.gpus != int(self.gpus)):
            raise UsageError("--gpus is a part of one (0.25, 0.5) or a whole number.")
        if self.part_size < 1 or (self.workers is not None and self.workers < 1):
            raise UsageError("--part-size and --workers are at least 1.")

    def loader(self) -> Callable[[], Tagger]:
        """Picklable; one text at a time in each worker, as there are as many workers as cores."""
        return self.load or partial(_load, self.themes, self.encoder, self.own, self.profile)

    def worker_loader(self) -> Callable[[], Tagger]:
        """As ``loader``, on a GPU where each worker has one: the driver's machine may have none."""
        if self.load or not self.gpus:
            return self.loader()
        return partial(_load, self.themes, self.encoder, self.own, self.profile, gpu=True)


def made_engine(options: BatchOptions) -> Engine:
    """The engine that the options name. Raises UsageError where it is not installed."""
    workers = options.workers or available_cores()
    if options.engine == "local":
        return LocalEngine(workers)
    from voc.batch.ray_engine import RayEngine

    return RayEngine(options.workers, options.address, options.gpus)


def _load(themes: str | None, encoder: str, own: tuple[str, ...], profile: str, gpu: bool = False) -> Tagger:
    found = load_themes(themes) if themes else None
    return load_tagger(found, encoder=encoder, own=own, threads=1, profile=profile, gpu=gpu)
