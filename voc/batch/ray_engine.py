"""The Ray engine: actors of a cluster, each with its own models, replaced when they or their node die.

Actors of Ray's core, not Ray Data: the driver has cut the parts already, and a part commits itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from voc.batch.attempts import Attempt
from voc.batch.parts import Part
from voc.batch.records import Record
from voc.batch.worker import Setup, tag_part
from voc.errors import StoreError, UsageError, VocError
from voc.pipeline import Tagger

#: Seconds without any worker before the job stops: a cluster that grows by itself needs minutes.
_MOST_WAIT: Final = 900
_MOST_STILLBORN: Final = 3
#: What a cluster begun here does without unless told otherwise: reports to Ray's makers, workers that give way to
#: every other process of the machine.
_PLAIN: Final = ("RAY_USAGE_STATS_ENABLED", "RAY_worker_niceness")


@dataclass(frozen=True)
class RayEngine:
    """``workers`` actors of one processor and ``gpus`` GPUs each; None for as many as the cluster has room for.
    ``address``: of a running cluster, ``auto`` for the one of this machine, None to begin one."""

    workers: int | None
    address: str | None
    gpus: float = 0.0

    def run(self, parts: Iterable[Part], setup: Setup) -> Iterator[Record]:
        """As ``LocalEngine.run``. Raises UsageError where Ray is missing, StoreError where no cluster answers."""
        ray = _ray()
        started = self.address is None
        try:
            options = {"num_cpus": self.workers} if started else {}
            for name in _PLAIN:
                os.environ.setdefault(name, "0")
            # Without an address Ray would join whatever cluster was begun on this machine last.
            ray.init(address=self.address or "local", include_dashboard=False, log_to_driver=False, **options)
        except (ConnectionError, ValueError, RuntimeError) as error:
            said = (str(error).splitlines() or [""])[0]
            raise StoreError(f"no Ray cluster at {self.address or 'this machine'} ({said}); check --address") from None
        try:
            yield from _Actors(ray, setup, self._count(ray.cluster_resources()), self.gpus).run(parts)
        finally:
            ray.shutdown()

    def _count(self, there: Mapping[str, float]) -> int:
        """How many actors to ask for. Raises UsageError where none could begin."""
        room = int(there.get("CPU", 1))
        if self.gpus:
            room = min(room, int(there.get("GPU", 0) / self.gpus))
            # A cluster that grows may have none yet.
            if not room and not (self.workers and self.address):
                raise UsageError(
                    f"--gpus {self.gpus:g}: the cluster has {there.get('GPU', 0):g} GPUs; leave it out, or for a "
                    "cluster that grows by itself say --workers N"
                )
        return self.workers or max(room, 1)


class _Actors:
    """Actors and what they are at. A part is given to an actor that has its models, never to one that may not come:
    what is left of a cluster goes on."""

    def __init__(self, ray: Any, setup: Setup, size: int, gpus: float) -> None:
        self._ray = ray
        self._worker = ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=0)(_Worker)
        self._setup = ray.put(setup)
        self._rows = ray.remote(num_cpus=0, max_restarts=-1)(_Rows).options(scheduling_strategy=_here(ray)).remote()
        self._idle: list[Any] = []
        self._again: list[Attempt] = []
        self._busy: dict[Any, tuple[Any, Attempt]] = {}
        self._coming: dict[Any, Any] = {}
        self._stillborn = 0
        for _ in range(size):
            self._hire()

    def run(self, parts: Iterable[Part]) -> Iterator[Record]:
        fresh = (Attempt(part) for part in parts)
        while True:
            attempt = None
            while self._idle and (attempt := self._again.pop() if self._again else next(fresh, None)):
                self._give(self._idle.pop(), attempt)
            if self._idle and not self._busy:
                return
            yield from self._events()

    def _hire(self) -> None:
        actor = self._worker.remote(self._setup, self._rows)
        self._coming[actor.ready.remote()] = actor

    def _give(self, actor: Any, attempt: Attempt) -> None:
        told = actor.tag.remote(attempt.part, attempt.skip, attempt.careful)
        self._busy[told] = actor, attempt

    def _events(self) -> Iterator[Record]:
        """Wait until an actor has its models, says something or dies; the record of the part that is done."""
        patience = None if self._busy else _MOST_WAIT
        found, _ = self._ray.wait([*self._busy, *self._coming], num_returns=1, timeout=patience)
        if not found:
            free = self._ray.available_resources().get("CPU", 0)
            raise StoreError(
                f"no worker began within {_MOST_WAIT} s: the cluster has {free:g} free processors; see to it"
            )
        (told,) = found
        result, alive = self._told(told)
        if told in self._coming:
            actor = self._coming.pop(told)
            self._began(actor, result, alive)
            return
        actor, attempt = self._busy.pop(told)
        if not alive:
            attempt.died(self._row_of(attempt))
            self._again.append(attempt)
            self._hire()
        elif isinstance(result, VocError):
            attempt.failed(result)
            self._give(actor, attempt)
        else:
            self._idle.append(actor)
            yield result

    def _began(self, actor: Any, error: VocError | None, alive: bool) -> None:
        if error:
            raise error
        if alive:
            self._stillborn = 0
            self._idle.append(actor)
            return
        self._stillborn += 1
        if self._stillborn >= _MOST_STILLBORN:
            raise StoreError(
                f"{self._stillborn} workers ended before they had loaded the models: look for what ends them, most "
                "often memory (--workers fewer)"
            )
        self._hire()

    def _told(self, reference: Any) -> tuple[Any, bool]:
        """What an actor gave, and whether it lives. A bug in it is raised as it is."""
        try:
            return self._ray.get(reference), True
        except self._ray.exceptions.RayTaskError:
            raise
        except self._ray.exceptions.RayError:
            return None, False

    def _row_of(self, attempt: Attempt) -> int | None:
        """The row that was begun last; None where nobody knows."""
        if not attempt.careful:
            return None
        row, _ = self._told(self._rows.of.remote(attempt.part.number))
        return None if row is None else int(row)


class _Rows:
    """Outlives the workers: which row of a part was begun last."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def begin(self, part: int, row: int) -> None:
        self._last[part] = row

    def of(self, part: int) -> int | None:
        return self._last.pop(part, None)


class _Worker:
    def __init__(self, setup: Setup, rows: Any) -> None:
        self._setup, self._rows = setup, rows
        self._tagger: Tagger | None = None

    def ready(self) -> VocError | None:
        """Load the models."""
        try:
            self._tagger = self._setup.loaded()
        except VocError as error:
            return error
        return None

    def tag(self, part: Part, skip: frozenset[int], careful: bool) -> Record | VocError:
        """The record, or the failure as a value: raised, Ray would wrap it in its own."""
        assert self._tagger
        try:
            return tag_part(
                part, self._setup, self._tagger, skip, partial(self._tell, part.number) if careful else None
            )
        except VocError as error:
            return error

    def _tell(self, part: int, row: int) -> None:
        ray = _ray()
        # Without it a row that kills is found later.
        with suppress(ray.exceptions.RayError):
            ray.get(self._rows.begin.remote(part, row))


def _here(ray: Any) -> Any:
    """To be placed on the driver's machine, which the job does not outlive anyway."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise UsageError("--engine ray needs Ray: pip install 'voc[ray]', or use --engine local.") from None
    return ray
