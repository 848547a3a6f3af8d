"""The Ray engine: actors of a cluster, each with its own models, replaced when they or their node die.

Actors of Ray's core, not Ray Data: the driver has cut the parts already, and a part commits itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from voc.batch.attempts import Attempt
from voc.batch.parts import Part
from voc.batch.records import Record
from voc.batch.worker import Setup, tag_part
from voc.errors import StoreError, UsageError, VocError
from voc.pipeline import Tagger


@dataclass(frozen=True)
class RayEngine:
    """``workers`` actors of one processor each; None for as many as the cluster has. ``address``: of a running cluster,
    ``auto`` for the one of this machine, None to begin one."""

    workers: int | None
    address: str | None

    def run(self, parts: Iterable[Part], setup: Setup) -> Iterator[Record]:
        """As ``LocalEngine.run``. Raises UsageError where Ray is missing, StoreError where no cluster answers."""
        ray = _ray()
        started = self.address is None
        try:
            options = {"num_cpus": self.workers} if started else {}
            ray.init(address=self.address, include_dashboard=False, log_to_driver=False, **options)
        except (ConnectionError, ValueError, RuntimeError) as error:
            said = (str(error).splitlines() or [""])[0]
            raise StoreError(f"no Ray cluster at {self.address or 'this machine'} ({said}); check --address") from None
        try:
            yield from _Actors(ray, setup, self.workers or int(ray.cluster_resources().get("CPU", 1))).run(parts)
        finally:
            ray.shutdown()


class _Actors:
    def __init__(self, ray: Any, setup: Setup, size: int) -> None:
        self._ray, self._size = ray, size
        self._setup = ray.put(setup)
        self._rows = ray.remote(num_cpus=0)(_Rows).remote()
        self._idle = [self._hire() for _ in range(size)]
        self._busy: dict[Any, tuple[Any, Attempt]] = {}

    def run(self, parts: Iterable[Part]) -> Iterator[Record]:
        for part in parts:
            while not self._idle:
                yield from self._events()
            self._give(self._idle.pop(), Attempt(part))
        while self._busy:
            yield from self._events()

    def _hire(self) -> Any:
        return self._ray.remote(num_cpus=1, max_restarts=0)(_Worker).remote(self._setup, self._rows)

    def _give(self, actor: Any, attempt: Attempt) -> None:
        told = actor.tag.remote(attempt.part, attempt.skip, attempt.careful)
        self._busy[told] = actor, attempt

    def _events(self) -> Iterator[Record]:
        (told, *_), _ = self._ray.wait(list(self._busy), num_returns=1)
        actor, attempt = self._busy.pop(told)
        try:
            result = self._ray.get(told)
        except self._ray.exceptions.RayActorError:
            row = self._ray.get(self._rows.of.remote(attempt.part.number)) if attempt.careful else None
            attempt.died(row)
            self._give(self._hire(), attempt)
            return
        if isinstance(result, VocError):
            attempt.failed(result)
            self._give(actor, attempt)
            return
        self._idle.append(actor)
        yield result


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

    def tag(self, part: Part, skip: frozenset[int], careful: bool) -> Record | VocError:
        """The record, or the failure as a value: raised, Ray would wrap it in its own."""
        ray = _ray()
        tell: Callable[[int], None] | None = None
        if careful:
            tell = lambda row: ray.get(self._rows.begin.remote(part.number, row))  # noqa: E731
        try:
            self._tagger = self._tagger or self._setup.loaded()
            return tag_part(part, self._setup, self._tagger, skip, tell)
        except VocError as error:
            return error


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise UsageError("--engine ray needs Ray: pip install 'voc[ray]', or use --engine local.") from None
    return ray
