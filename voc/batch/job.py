"""A batch job: which kind it is, and what its onlookers hear when it fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voc.batch.engines import BatchOptions
from voc.batch.folder_job import tag_into_folder
from voc.batch.places import is_store
from voc.batch.records import Summary
from voc.batch.store_job import retag_store, tag_into_store
from voc.batch.watch import Watch, Watches
from voc.errors import UsageError, VocError
from voc.ingest.database import is_database
from voc.progress import Progress, Silent


def run_batch(
    sources: Sequence[str],
    sink: str | None = None,
    options: BatchOptions | None = None,
    *,
    watches: Iterable[Watch] = (),
    progress: Progress | None = None,
) -> Summary:
    """Tag ``sources`` (files, folders, globs, URLs) into ``sink``, part by part, each committed whole.

    ``sink``: a folder; or a store, where all comments appear at once at the end. One source that is a PostgreSQL table
    with a ``key`` goes into a table of its database, by default one beside it. One that is a store goes into a folder,
    or is tagged anew in place with ``retag``, where its tags are of other models or themes.

    Raises InputError for unusable input, UsageError for a sink that holds something else, StoreError where it cannot
    be written or another job is at it. What was committed before stays; call it with ``resume`` to go on.
    """
    options = options or BatchOptions()
    watch = Watches(watches)
    try:
        return _run(sources, sink, options, watch, progress or Silent())
    except VocError as error:
        watch.failed(type(error).__name__, error.exit_code)
        raise
    except BaseException as error:
        watch.failed(type(error).__name__, 130 if isinstance(error, KeyboardInterrupt) else 1)
        raise


def _run(sources: Sequence[str], sink: str | None, options: BatchOptions, watch: Watch, progress: Progress) -> Summary:
    from_store = len(sources) == 1 and is_store(sources[0])
    if options.retag != (from_store and sink is None):
        raise UsageError("A store's comments are tagged anew by 'voc batch STORE --retag', without SINK.")
    if options.retag:
        return retag_store(sources[0], options, watch, progress)
    if from_store and sink is not None and is_store(sink):
        raise UsageError("From a store into another no job leads: name a folder as SINK, or none and --retag.")
    if sink is not None and not is_database(sink):
        _require_plain(sources)
    if sink is not None and is_store(sink):
        return tag_into_store(sources, sink, options, watch, progress)
    if sink is not None and not is_database(sink):
        return tag_into_folder(sources, sink, options, watch, progress)
    if len(sources) == 1 and is_database(sources[0]):
        from voc.batch.table_job import tag_table

        return tag_table(sources[0], sink, options, watch, progress)
    if sink is None:
        raise UsageError("SINK is missing: name a folder, or store:FOLDER; only a PostgreSQL table does without.")
    raise UsageError("Only a PostgreSQL table is tagged into a table: name a folder as SINK.")


def _require_plain(sources: Sequence[str]) -> None:
    """Raise UsageError for a table with options that only tags beside it have."""
    for source in filter(is_database, sources):
        options = {pair.partition("=")[0] for pair in source.partition("?")[2].split("&")}
        if own := sorted(options & {"key", "since"}):
            raise UsageError(
                f"{' and '.join(own)} in the address {'are' if len(own) > 1 else 'is'} for tags in the database: "
                "leave SINK out, or for a folder or store leave that out of the address."
            )
