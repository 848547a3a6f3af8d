"""The local engine: processes on this machine, each with its own models, that may die without harm."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from voc.batch.attempts import Attempt
from voc.batch.parts import Part
from voc.batch.records import Record
from voc.batch.worker import Setup, tag_part
from voc.errors import StoreError, VocError

#: Workers that may die before they are ready, in a row, before the job stops.
_MOST_STILLBORN = 3


@dataclass(frozen=True)
class LocalEngine:
    """``workers`` processes. Each reads one text at a time, so as many as cores keep all cores busy."""

    workers: int

    def run(self, parts: Iterable[Part], setup: Setup) -> Iterator[Record]:
        """Records of the parts as they are committed, in no order.

        Holds a part for each worker and one more. Raises VocError where a part cannot be committed; what was committed
        stays.
        """
        crew = _Crew(setup, self.workers)
        try:
            for part in parts:
                while not crew.idle:
                    yield from crew.events()
                crew.give(Attempt(part))
            while crew.busy:
                yield from crew.events()
        finally:
            crew.dismiss()


class _Worker:
    """A process and what it is at. ``row``: the row it named last."""

    def __init__(self, context: Any, setup: Setup) -> None:
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=serve, args=(theirs, setup), daemon=True)
        self.process.start()
        theirs.close()
        self.attempt: Attempt | None = None
        self.ready = False
        self.row: int | None = None

    def give(self, attempt: Attempt) -> None:
        self.attempt, self.row = attempt, None
        # A worker that is dead already is found so when its pipe is read.
        try:
            self.pipe.send((attempt.part, attempt.skip, attempt.careful))
        except OSError:
            return


class _Crew:
    def __init__(self, setup: Setup, size: int) -> None:
        self._setup = setup
        self._context = _context()
        self._stillborn = 0
        self._workers = [self._hire() for _ in range(size)]

    @property
    def idle(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.attempt is None]

    @property
    def busy(self) -> bool:
        return any(worker.attempt for worker in self._workers)

    def give(self, attempt: Attempt) -> None:
        self.idle[0].give(attempt)

    def events(self) -> Iterator[Record]:
        """Wait until a worker says something or dies; the records of the parts that are done."""
        by_pipe: dict[Any, _Worker] = {worker.pipe: worker for worker in self._workers}
        for pipe in wait(list(by_pipe)):
            worker = by_pipe[pipe]
            try:
                kind, told = worker.pipe.recv()
            except (EOFError, OSError):
                self._replace(worker)
                continue
            if kind == "ready":
                worker.ready, self._stillborn = True, 0
            elif kind == "row":
                worker.row = told
            elif kind == "done":
                worker.attempt = None
                yield told
            else:
                self._failed(worker, told)

    def dismiss(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()

    def _hire(self) -> _Worker:
        return _Worker(self._context, self._setup)

    def _replace(self, worker: _Worker) -> None:
        """Put a new worker in the place of one that died, and give it the same part."""
        worker.process.join()
        worker.pipe.close()
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn >= _MOST_STILLBORN:
                raise StoreError(
                    f"{self._stillborn} workers ended before they had loaded the models (exit "
                    f"{worker.process.exitcode}): look for what ends them, most often memory (--workers fewer)"
                )
        elif worker.attempt:
            worker.attempt.died(worker.row)
        new = self._hire()
        self._workers[self._workers.index(worker)] = new
        if worker.attempt:
            new.give(worker.attempt)

    def _failed(self, worker: _Worker, error: VocError) -> None:
        if worker.attempt is None:
            raise error
        worker.attempt.failed(error)
        worker.give(worker.attempt)


def _context() -> Any:
    """How workers begin: from a process that has imported everything and holds no thread and no model of this one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def serve(pipe: Connection, setup: Setup) -> None:
    """What a worker process does until its pipe is closed, as it is when the driver dies."""
    # Ctrl-C reaches every process of a terminal; the driver decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        tagger = setup.loaded()
        pipe.send(("ready", None))
        while True:
            part, skip, careful = pipe.recv()
            tell = (lambda row: pipe.send(("row", row))) if careful else None
            try:
                pipe.send(("done", tag_part(part, setup, tagger, skip, tell)))
            except VocError as error:
                pipe.send(("failed", error))
    except VocError as error:
        pipe.send(("failed", error))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
