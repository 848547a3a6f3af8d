"""Files at addresses: fsspec's file system in memory, and S3 by a server of its own."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from pyarrow import fs
from test_batch import options, run, write

from voc.batch import Record, Summary, run_batch
from voc.batch.folder_sink import FolderSink
from voc.errors import InputError, StoreError
from voc.ingest import read, understand
from voc.remote import Remote, shown

TEXT = "id,review\n1,The parcel came on time and the driver was kind\n"


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    system = fsspec.filesystem("memory")
    for name in ("shop/a.csv", "shop/deep/b.csv", "shop/_hidden/c.csv", "shop/.d.csv"):
        system.pipe(f"/{name}", TEXT.replace("1,", f"{name},").encode())
    yield system
    system.rm("/shop", recursive=True)


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("memory://shop/a.csv", ["shop/a.csv"]),
        ("memory://shop", ["shop/a.csv", "shop/deep/b.csv"]),
        ("memory://shop/*.csv", ["shop/a.csv"]),
        ("memory://shop/**.csv", ["shop/a.csv", "shop/deep/b.csv"]),
        ("memory://shop/[ab].csv", ["shop/a.csv"]),
    ],
)
def test_files_folders_and_globs(memory: fsspec.AbstractFileSystem, address: str, names: list[str]) -> None:
    rows = [row for table in read(understand([address])) for row in table.to_pylist()]
    assert sorted(row["id"] for row in rows) == names
    assert all(row["file"].startswith("memory://shop/") for row in rows)


@pytest.mark.usefixtures("memory")
def test_copies_go_with_their_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    plan = understand(["memory://shop"])
    assert len(list(tmp_path.iterdir())) == 2
    del plan
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["memory://nowhere/a.csv", "memory://nowhere", "memory://nowhere/*.csv"])
def test_what_is_not_there(address: str) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        understand([address])


def test_addresses_are_shown_without_secrets() -> None:
    assert shown("s3://key:secret@bucket/a?endpoint_override=x") == "s3://bucket/a"
    assert shown("a folder/file?.csv") == "a folder/file?.csv"
    with pytest.raises(InputError, match="pigeon://loft/a: no file system") as caught:
        Remote.at("pigeon://ann:hush@loft/a")
    assert "hush" not in str(caught.value)


# --- S3 ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """An address of a bucket at an S3 server on this machine; its last part is the options."""
    if find_spec("moto") is None:
        pytest.skip("no moto: pip install 'moto[s3]' flask flask-cors")
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/"):
                break
            time.sleep(0.2)
        options = f"endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1&allow_bucket_creation=true"
        system, _ = fs.FileSystem.from_uri(f"s3://key:secret@shop?{options}")
        system.create_dir("shop")
        yield options
    finally:
        server.kill()
        server.wait()


def test_from_s3_to_s3_and_on(bucket: str, tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 50)
    system, _ = fs.FileSystem.from_uri(f"s3://key:secret@shop?{bucket}")
    with system.open_output_stream("shop/exports/reviews.csv") as out:
        out.write(source.read_bytes())
    given, sink = (f"s3://key:secret@shop/{folder}?{bucket}" for folder in ("exports", "tagged"))
    summary = run_batch([given], sink, options())
    assert (summary.new_parts, summary.rows) == (5, 50)
    lost = [
        info.path for info in system.get_file_info(fs.FileSelector("shop/tagged")) if info.path.endswith(".parquet")
    ]
    system.delete_file(lost[2])
    assert run_batch([given], sink, options(resume=True)).new_parts == 1
    with system.open_input_stream("shop/tagged/_manifest/manifest.json") as stream:
        text = stream.read().decode()
    assert "secret" not in text
    rows = [row for part in json.loads(text)["parts"]
            for row in pq.read_table(f"shop/tagged/{part['file']}", filesystem=system).to_pylist()]  # fmt: skip
    run(source, tmp_path / "local")
    local = sorted((tmp_path / "local").glob("*.parquet"))
    assert rows == [row for file in local for row in pq.read_table(file).to_pylist()]


class Another:
    """Looks on at a job; when its first part is there, another one begins in the same place."""

    def __init__(self, sink: str) -> None:
        self._sink = sink

    def part(self, record: Record) -> None:
        FolderSink(self._sink, "parquet").claim()

    def begun(self, job: dict[str, Any], rows: int) -> None: ...
    def ended(self, summary: Summary) -> None: ...
    def failed(self, kind: str, code: int) -> None: ...


def test_of_two_jobs_at_an_address_the_earlier_stops_with_a_sentence(bucket: str, tmp_path: Path) -> None:
    source, sink = write(tmp_path / "reviews.csv", 50), f"s3://key:secret@shop/both?{bucket}"
    with pytest.raises(StoreError, match="s3://shop/both: another batch job has begun to write here; this one stops"):
        run_batch([str(source)], sink, options(workers=1), watches=[Another(sink)])
    summary = run_batch([str(source)], sink, options(workers=1, resume=True))
    assert summary.rows == 50 and 1 <= summary.new_parts <= 4
