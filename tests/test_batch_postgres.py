"""Batch jobs from a table of a real PostgreSQL into the table of its tags."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from batch_taggers import FAILING, QuickTagger
from calling import Said, call, one_line
from soak_batch import drill, local_kills
from test_batch import write
from test_postgres import Server, server  # noqa: F401

from voc.batch import BatchOptions, Summary, run_batch
from voc.errors import InputError, StoreError, UsageError

psycopg = pytest.importorskip("psycopg", reason="no psycopg: pip install 'voc[postgres]'")
from voc.batch.postgres_output import open_table  # noqa: E402 (needs psycopg)

Capsys = pytest.CaptureFixture[str]
SETUP = """
DROP SCHEMA IF EXISTS desk CASCADE;
CREATE SCHEMA desk;
CREATE TABLE desk.calls (ref uuid PRIMARY KEY DEFAULT gen_random_uuid(), n integer, stars smallint, comment text, changed timestamptz);
INSERT INTO desk.calls (n, stars, comment, changed)
    SELECT n, 1 + n % 5, 'The line dropped again, call number ' || n, '2026-01-01' FROM generate_series(1, 60) n;
"""  # noqa: E501


@pytest.fixture
def admin(server: Server) -> Iterator[Any]:  # noqa: F811
    with psycopg.connect(server.admin, autocommit=True) as connection:
        connection.execute(SETUP)
        yield connection


def run(address: str, sink: str | None = None, load: Any = QuickTagger, **more: Any) -> Summary:
    options = BatchOptions(**{"workers": 1, "part_size": 20, "load": load, **more})
    return run_batch([address], sink, options)


def source(server: Server, more: str = "") -> str:  # noqa: F811
    mark = "&" if "?" in server.admin else "?"
    return f"{server.admin}{mark}table=desk.calls&key=ref{more}"


def whole(admin: Any, count: int, model: str = "quick-1") -> None:
    """Each row of the source has its tags, once; each part its record."""
    query = """SELECT count(*), count(DISTINCT c.ref), count(t.key) FROM desk.calls c
        LEFT JOIN desk.calls_tags t ON t.key = c.ref AND t.model_version = %s AND t.text LIKE '%%' || c.n"""
    assert admin.execute(query, (model,)).fetchone() == (count, count, count)


def test_each_row_is_tagged_once_and_the_source_untouched(server: Server, admin: Any) -> None:  # noqa: F811
    before = admin.execute("SELECT md5(string_agg(c::text, '|' ORDER BY n)) FROM desk.calls c").fetchone()
    summary = run(source(server))
    assert (summary.new_parts, summary.tagged, summary.by_status) == (3, 60, {"ok": 60})
    whole(admin, 60)
    assert admin.execute("SELECT md5(string_agg(c::text, '|' ORDER BY n)) FROM desk.calls c").fetchone() == before
    runs = admin.execute(
        "SELECT sum((record->>'rows')::int), count(DISTINCT run_id) FROM desk.calls_tags_runs"
    ).fetchone()
    assert runs == (60, 1)
    row = admin.execute("SELECT pg_typeof(key)::text, status, sentiment, pii FROM desk.calls_tags LIMIT 1").fetchone()
    assert row[:2] == ("uuid", "ok") and row[2] and row[3] == []


def test_only_what_has_no_tags_of_this_model_is_read(server: Server, admin: Any) -> None:  # noqa: F811
    run(source(server))
    assert run(source(server)).tagged == 0
    admin.execute("INSERT INTO desk.calls (n, comment) VALUES (61, 'A new call, number 61')")
    assert run(source(server)).tagged == 1
    assert run(source(server), load=partial(QuickTagger, theme_version="t2")).tagged == 0
    assert run(source(server), load=partial(QuickTagger, model_version="quick-2")).tagged == 61
    whole(admin, 61)
    whole(admin, 61, "quick-2")


def test_tags_by_one_key_are_not_taken_for_those_of_another(server: Server, admin: Any) -> None:  # noqa: F811
    admin.execute("CREATE TABLE desk.twice AS SELECT n AS id, n + 10 AS code, comment FROM desk.calls")
    place = source(server).replace("desk.calls&key=ref", "desk.twice&key=")
    assert run(f"{place}id").tagged == 60
    with pytest.raises(UsageError, match="is keyed by 'id', not by 'code'"):
        run(f"{place}code")
    assert run(f"{place}id").tagged == 0
    assert admin.execute("SELECT count(*) FROM desk.twice_tags").fetchone() == (60,)


def test_who_may_write_tags_need_not_create_tables(server: Server, admin: Any) -> None:  # noqa: F811
    run(source(server))
    admin.execute("INSERT INTO desk.calls (n, comment) VALUES (61, 'A new call, number 61')")
    admin.execute("GRANT USAGE ON SCHEMA desk TO reader")
    admin.execute("GRANT SELECT ON desk.calls TO reader")
    admin.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON desk.calls_tags, desk.calls_tags_runs TO reader")
    address = server.address("table=desk.calls&key=ref")
    assert run(address).tagged == 1
    admin.execute("REVOKE SELECT ON desk.calls FROM reader")
    with pytest.raises(InputError, match=r"permission denied.*give a user that may read it"):
        run(address)


def test_a_key_belongs_to_tags_in_the_database(server: Server, admin: Any, tmp_path: Path) -> None:  # noqa: F811
    with pytest.raises(UsageError, match="key in the address is for tags in the database"):
        run(source(server), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_since_reads_changed_rows_again(server: Server, admin: Any) -> None:  # noqa: F811
    run(source(server, "&since=changed"))
    admin.execute("UPDATE desk.calls SET changed = '2020-01-01', comment = 'Mended at last, call number 7' WHERE n = 7")
    assert run(source(server, "&since=changed")).tagged == 1
    assert run(source(server, "&since=changed")).tagged == 0
    whole(admin, 60)
    assert admin.execute("SELECT count(*) FROM desk.calls_tags WHERE text LIKE 'Mended%'").fetchone() == (1,)


def test_rows_that_fail_are_rejected_and_not_tried_every_night(server: Server, admin: Any) -> None:  # noqa: F811
    admin.execute("UPDATE desk.calls SET comment = %s WHERE n = 9", (f"This one {FAILING}",))
    assert run(source(server)).by_status == {"ok": 59, "rejected": 1}
    assert run(source(server)).tagged == 0


def test_a_job_that_falls_leaves_whole_parts_and_goes_on(server: Server, admin: Any) -> None:  # noqa: F811
    admin.execute("""CREATE TABLE desk.calls_tags_runs (run_id text, part integer CHECK (part < 2),
        committed timestamptz DEFAULT now(), understood json, record jsonb, PRIMARY KEY (run_id, part))""")
    with pytest.raises(StoreError, match="it goes on where it stopped"):
        run(source(server))
    # The third part's tags went back with its record.
    assert admin.execute("SELECT count(*) FROM desk.calls_tags").fetchone() == (40,)
    admin.execute("ALTER TABLE desk.calls_tags_runs DROP CONSTRAINT calls_tags_runs_part_check")
    assert run(source(server)).tagged == 20
    whole(admin, 60)


def cut_off(driver: int, admin: str) -> QuickTagger:
    """In a worker: end all sessions that write, once, just before the second part is committed."""
    from voc.batch.postgres_sink import PostgresSink

    if os.getpid() != driver:
        real, calls = PostgresSink._replace, 0

        def lossy(self: PostgresSink, cursor: Any) -> None:
            nonlocal calls
            calls += 1
            if calls == 2:
                with psycopg.connect(admin, autocommit=True) as connection:
                    pid = cursor.connection.info.backend_pid
                    connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
            real(self, cursor)

        PostgresSink._replace = lossy  # type: ignore[method-assign]
    return QuickTagger()


def test_a_lost_connection_costs_a_second_try(server: Server, admin: Any) -> None:  # noqa: F811
    assert run(source(server), load=partial(cut_off, os.getpid(), server.admin)).tagged == 60
    whole(admin, 60)


def in_worker(driver: int, admin: str, *statements: str) -> QuickTagger:
    """In a worker: run these statements; one that has to wait for a lock is given up."""
    if os.getpid() != driver:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '300ms'")
            for statement in statements:
                with suppress(psycopg.errors.LockNotAvailable):
                    connection.execute(statement)
    return QuickTagger()


def test_a_source_cannot_vanish_while_it_is_read(server: Server, admin: Any) -> None:  # noqa: F811
    run(source(server), load=partial(in_worker, os.getpid(), server.admin, "DELETE FROM desk.calls WHERE n = 1",
                                     "DROP TABLE desk.calls"))  # fmt: skip
    assert admin.execute("SELECT count(*) FROM desk.calls_tags").fetchone() == (60,)
    whole(admin, 59)


def test_tables_of_a_job_that_vanish(server: Server, admin: Any) -> None:  # noqa: F811
    """That of the tags is held by the walk over what has none; that of the runs is not."""
    drops = "DROP TABLE desk.calls_tags", "DROP TABLE desk.calls_tags_runs"
    with pytest.raises(StoreError, match=r'"desk.calls_tags_runs" does not exist'):
        run(source(server), load=partial(in_worker, os.getpid(), server.admin, *drops))
    assert admin.execute("SELECT count(*) FROM desk.calls_tags").fetchone() == (0,)
    assert run(source(server)).tagged == 60
    whole(admin, 60)


def test_two_jobs_on_one_sink(server: Server, admin: Any) -> None:  # noqa: F811
    run(source(server))
    (name,) = [f'postgresql://{host}/postgres?table="desk"."calls_tags"' for host in (server.folder,)]
    admin.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (name,))
    with pytest.raises(StoreError, match="another batch job is writing here"):
        run(source(server))


def test_keys_that_outgrow_those_of_the_tags(server: Server, admin: Any) -> None:  # noqa: F811
    by_number = source(server).replace("key=ref", "key=n")
    run(by_number)
    admin.execute("ALTER TABLE desk.calls ALTER COLUMN n TYPE bigint")
    admin.execute("INSERT INTO desk.calls (n, comment) VALUES (3000000000, 'A call with a large number')")
    with pytest.raises(StoreError, match="its keys are integer and the source's are bigint now") as told:
        run(by_number)
    (remedy,) = re.findall("ALTER TABLE .* TYPE bigint", str(told.value))
    admin.execute(remedy)
    assert run(by_number).tagged == 1


def test_a_column_renamed_between_runs(server: Server, admin: Any) -> None:  # noqa: F811
    run(source(server))
    admin.execute("INSERT INTO desk.calls (n, comment) VALUES (61, 'A new call, number 61')")
    admin.execute("ALTER TABLE desk.calls RENAME COLUMN comment TO remark")
    with pytest.raises(UsageError, match="no column 'comment' any more, from which text was read"):
        run(source(server))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("table=desk.calls", "the column that names a row"),
        ("table=desk.calls&key=nothing", "has no column 'nothing'"),
        ("table=desk.calls&key=ref&since=nothing", "has no column 'nothing'"),
        ("table=desk.calls&key=stars", "is no key: some rows share it"),
        ("table=desk.odd&key=ref", "has a column 'voc_key_', which means something here"),
        ("table=desk.nowhere&key=ref", "cannot be read .*does not exist"),
        ("table=desk.calls&key=ref,n", "take one column each"),
        ("table=desk.calls&key=ref&sinse=changed", "sinse.*takes table or query"),
    ],
)
def test_addresses_that_do_not_fit(server: Server, admin: Any, address: str, says: str) -> None:  # noqa: F811
    mark = "&" if "?" in server.admin else "?"
    admin.execute("CREATE TABLE desk.odd AS SELECT ref, n AS voc_key_ FROM desk.calls")
    with pytest.raises((UsageError, InputError, StoreError), match=says):
        run(f"{server.admin}{mark}{address}")


def test_a_sink_elsewhere_is_refused(server: Server, admin: Any) -> None:  # noqa: F811
    with pytest.raises(UsageError, match="a table of the same database"):
        run(source(server), "postgresql://other/shop?table=tags")
    with pytest.raises(UsageError, match="is the source as well"):
        run(source(server), source(server).replace("&key=ref", ""))


def test_columns_of_own_lenses_are_added_and_filled(server: Server, admin: Any) -> None:  # noqa: F811
    run(source(server))
    fields = (pa.field("desk", pa.string()),)
    with_lens = partial(QuickTagger, model_version="quick-1+desk", own_fields=fields)
    assert run(source(server), load=with_lens).tagged == 60
    rows = admin.execute(
        "SELECT model_version, count(desk), bool_and(desk = upper(text)) FROM desk.calls_tags GROUP BY 1"
    )
    assert sorted(rows.fetchall()) == [("quick-1", 0, None), ("quick-1+desk", 60, True)]
    admin.execute("INSERT INTO desk.calls (n, comment) VALUES (61, 'A new call, number 61')")
    assert run(source(server)).tagged == 1
    whole(admin, 61)


def test_a_sink_that_would_be_the_source_is_refused(server: Server, admin: Any) -> None:  # noqa: F811
    """Under another spelling, through a name that PostgreSQL cuts short, or as the table of the runs."""
    long = "calls_of_all_shops_and_depots_of_the_northern_and_southern_desk"
    admin.execute(f"CREATE TABLE desk.{long} AS TABLE desk.calls; CREATE TABLE desk.t_runs AS TABLE desk.calls")
    admin.execute("SET search_path TO desk; ALTER ROLE CURRENT_USER SET search_path TO desk")
    lens = partial(QuickTagger, own_fields=(pa.field("desk", pa.string()),))
    mark = "&" if "?" in server.admin else "?"
    try:
        for table, sink, says in (
            ("calls", "desk.calls", "has no column 'key'"),
            (f"desk.{long}", None, "the name is too long"),
            ("desk.t_runs", "desk.t", "its runs would go into the source"),
        ):
            there = sink and f"{server.admin}{mark}table={sink}"
            with pytest.raises(UsageError, match=says):
                run(f"{server.admin}{mark}table={table}&key=ref", there, load=lens)
    finally:
        admin.execute("ALTER ROLE CURRENT_USER RESET search_path")
    query = "SELECT count(DISTINCT table_name), count(*) FROM information_schema.columns WHERE table_schema = 'desk'"
    assert admin.execute(query).fetchone() == (3, 15)


def test_a_reader_without_the_right_to_write_is_one_line(server: Server, admin: Any) -> None:  # noqa: F811
    admin.execute("GRANT USAGE ON SCHEMA desk TO reader; GRANT SELECT ON desk.calls TO reader")
    with pytest.raises(StoreError, match="permission denied"):
        run(server.address("table=desk.calls&key=ref"))


# --- voc tag -o ---------------------------------------------------------------------------------


def tagged_into(server: Server, capsys: Capsys, *arguments: Any, table: str = "desk.said") -> Said:  # noqa: F811
    mark = "&" if "?" in server.admin else "?"
    return call(capsys, "tag", *arguments, "-o", f"{server.admin}{mark}table={table}")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.pipeline.load_tagger", lambda *arguments, **named: QuickTagger())


@pytest.mark.usefixtures("quick")
def test_a_file_is_tagged_into_a_table_and_again_into_the_same_rows(
    server: Server,  # noqa: F811
    admin: Any,
    tmp_path: Path,
    capsys: Capsys,
) -> None:
    file = write(tmp_path / "reviews.csv", 30)
    said = tagged_into(server, capsys, file)
    assert said.code == 0 and "30 rows: 30 ok" in said.err
    query = (
        "SELECT id, stars, text, sentiment, signals, pg_typeof(sentiment_score)::text FROM desk.said WHERE id = 'k4'"
    )
    assert admin.execute(query).fetchall() == [
        ("k4", "5", "Number 4: the parcel came and was fine!!!!", "negative", None, "real")
    ]
    file.write_text(file.read_text().replace("Number 4:", "Number 4 once more:").replace("k5,", "k4,"))
    assert tagged_into(server, capsys, file).code == 0
    assert admin.execute("SELECT count(*), count(DISTINCT id) FROM desk.said").fetchone() == (30, 30)
    # k5 became a second k4: the later of two rows with one key counts.
    assert admin.execute("SELECT text FROM desk.said WHERE id = 'k4'").fetchone()[0].startswith("Number 5:")
    assert tagged_into(server, capsys, file, "--segments", table="desk.parts").code == 0
    assert admin.execute("SELECT count(*), max(segment_no) FROM desk.parts").fetchone() == (29, 0)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("table", "code", "says"),
    [
        ("desk.calls", 2, "has no column 'id_input'"),
        ("nowhere.said", 3, "does not exist"),
        ("desk.plain", 2, "is no table of 'voc tag'"),
    ],
)
def test_a_table_that_does_not_fit_stays_as_it_is(
    server: Server,  # noqa: F811
    admin: Any,
    tmp_path: Path,
    capsys: Capsys,
    table: str,
    code: int,
    says: str,
) -> None:
    file = write(tmp_path / "reviews.csv", 5)
    assert tagged_into(server, capsys, file).code == 0
    admin.execute("CREATE TABLE desk.plain AS TABLE desk.said")
    said = tagged_into(server, capsys, file, table=table)
    assert said.code == code and says in one_line(said)
    assert admin.execute("SELECT count(*) FROM desk.plain").fetchone() == (5,)
    assert admin.execute("SELECT count(*) FROM desk.calls").fetchone() == (60,)


def test_a_connection_lost_on_the_way_leaves_nothing(server: Server, admin: Any) -> None:  # noqa: F811
    rows = [{"dataset": "d", "id": str(i), "text": "Words", "model_version": "m"} for i in range(2)]
    mark = "&" if "?" in server.admin else "?"

    def cut() -> None:
        with open_table(f"{server.admin}{mark}table=desk.said", list(rows[0])) as sink:
            sink.write(rows[:1])
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'voc'")
            sink.write(rows[1:])

    with pytest.raises(StoreError, match=r"cannot be written \(.*\); nothing was"):
        cut()
    assert admin.execute("SELECT to_regclass('desk.said')").fetchone() == (None,)


def test_an_output_without_a_table() -> None:
    with pytest.raises(UsageError, match="name the table to write to"):
        open_table("postgresql://h/d?query=SELECT 1", ()).__enter__()


def test_driver_worker_and_sessions_killed(server: Server) -> None:  # noqa: F811
    """Each of the three once; ``make soak`` does it at random, for long, and kills machines of a Ray cluster too."""
    job = {"seconds": 0.01, "part_size": 20}
    kills = {
        name: partial(when_committed, server.admin, parts, kill)
        for parts, (name, kill) in enumerate(local_kills(server.admin, random.Random(4)).items(), start=1)
    }
    found = drill(server.admin, 240, kills, [(0, name) for name in kills], job)
    assert found.kills == dict.fromkeys(kills, 1) and found.begun >= 2
    assert (found.lost, found.doubled) == (0, 0)


def when_committed(admin: str, parts: int, kill: Any, driver: Any) -> bool:
    """Kill when so many parts are in the database, not before."""
    with psycopg.connect(admin) as connection, suppress(psycopg.errors.UndefinedTable):
        (there,) = connection.execute("SELECT count(*) FROM soak.calls_tags_runs").fetchone() or (0,)
        return there >= parts and kill(driver)
    return False
