"""What onlookers of a job get: a log, metrics, exit codes. Never a word of a comment."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from batch_taggers import QuickTagger
from calling import call, one_line
from test_batch import options, write

from voc.batch import Bar, JsonLog, Metrics, Record, Summary, engines, run_batch
from voc.batch.attempts import MOST_SET_ASIDE, Attempt
from voc.batch.parts import Part, input_hash
from voc.cli.console import Bars
from voc.errors import StoreError, UsageError, VocError
from voc.schema import READ

Capsys = pytest.CaptureFixture[str]
RECORD = Record(0, "part-000000.parquet", 9, "ab", "m", None, 10, {"ok": 9, "rejected": 1}, 1, 1.5, "2026-01-01")
SUMMARY = Summary(1, 1, 10, 10, {"ok": 9, "rejected": 1}, 1, "m", None, 2.0)
JOB = {"voc": "0.1.0", "model_version": 'm "1"\\', "theme_version": None, "sources": ["a.csv"]}

_LABEL = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"([a-z_]+)(\{{{_LABEL}(?:,{_LABEL})*\}})? (-?[0-9.]+)")


def samples(path: Path) -> dict[str, float]:
    """The samples of an OpenMetrics file; fails where it is none."""
    *lines, end, last = path.read_text().split("\n")
    assert (end, last) == ("# EOF", "")
    types = dict(line.split()[2:4] for line in lines if line.startswith("# TYPE "))
    found = {}
    for line in lines:
        if line.startswith("#"):
            assert re.fullmatch(r"# (TYPE|HELP|UNIT) [a-z_]+ .+", line)
            continue
        matched = _SAMPLE.fullmatch(line)
        assert matched, line
        family = re.sub("_(total|info)$", "", matched[1])
        assert types[family] == {"_total": "counter", "_info": "info"}.get(matched[1][len(family) :], "gauge")
        found[matched[1] + (matched[2] or "")] = float(matched[3])
    return found


def test_metrics_are_openmetrics(tmp_path: Path) -> None:
    now = [1000.0]
    metrics = Metrics(str(tmp_path / "voc.prom"), clock=lambda: now[0])
    metrics.begun(JOB, 20)
    assert "voc_batch_exit_code" not in samples(tmp_path / "voc.prom")
    metrics.part(RECORD)
    assert "voc_batch_rows_total" not in str(samples(tmp_path / "voc.prom"))  # not yet: every few seconds
    now[0] += 6
    metrics.part(RECORD)
    found = samples(tmp_path / "voc.prom")
    assert found['voc_batch_rows_total{status="ok"}'] == 18 and found["voc_batch_set_aside_total"] == 2
    assert found["voc_batch_worker_seconds_total"] == 3.0 and found["voc_batch_source_rows"] == 20
    metrics.ended(SUMMARY)
    assert samples(tmp_path / "voc.prom")["voc_batch_exit_code"] == 4
    metrics.failed("StoreError", 3)
    assert samples(tmp_path / "voc.prom")["voc_batch_exit_code"] == 3


def test_metrics_parse_elsewhere_too(tmp_path: Path) -> None:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser", reason="no prometheus-client")
    metrics = Metrics(str(tmp_path / "voc.prom"))
    metrics.begun(JOB, 20)
    metrics.part(RECORD)
    metrics.ended(SUMMARY)
    families = {f.name: f for f in parser.text_string_to_metric_families((tmp_path / "voc.prom").read_text())}
    assert families["voc_batch"].samples[0].labels["model_version"] == 'm "1"\\'
    assert families["voc_batch_rows"].type == "counter"


def test_log_and_metrics_of_a_job_hold_no_comment(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 25)
    watches = [JsonLog(str(tmp_path / "log")), Metrics(str(tmp_path / "voc.prom"))]
    run_batch([str(source)], str(tmp_path / "out"), options(), watches=watches)
    with pytest.raises(UsageError):
        run_batch([str(source)], str(tmp_path / "out"), options(), watches=watches)
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [e["event"] for e in events] == ["job_begun", *["part_committed"] * 3, "job_ended", "job_failed"]
    assert events[4]["rows"] == 25 and events[5] | {"time": ""} == {
        "time": "",
        "event": "job_failed",
        "error": "UsageError",
        "exit_code": 2,
    }
    told = (tmp_path / "log").read_text() + (tmp_path / "voc.prom").read_text()
    assert "parcel" not in told and "Number" not in told


def test_the_command(tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines.BatchOptions, "_loader", lambda self, *given, **options: QuickTagger)
    source, out = write(tmp_path / "reviews.csv", 12), tmp_path / "out"
    said = call(capsys, "batch", source, out, "--workers", 1, "--part-size", 5, "--json")
    assert said.code == 0
    document = json.loads(said.out)
    assert (document["parts"], document["rows"], document["by_status"]) == (3, 12, {"ok": 12})
    assert call(capsys, "batch", source, out).code == 2
    assert "0 rows tagged in 0 new parts" in call(capsys, "batch", source, out, "--resume", "--workers", 1).err
    source.write_text(source.read_text() + "k99,9,Nine of five stars\n")
    said = call(capsys, "batch", source, out, "--resume", "--workers", 1)
    assert said.code == 4 and "1 rejected" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nowhere.csv", "out"], 3, "no such file or folder"),
        (["{source}", "out", "--engine", "abacus"], 2, "--engine is local or ray"),
        (["{source}", "out", "--address", "auto"], 2, "--address is for --engine ray"),
        (["{source}", "out", "--format", "xlsx"], 2, "--format is parquet, jsonl, csv"),
        (["{source}", "postgresql://h/d?table=t"], 2, "Only a PostgreSQL table is tagged into a table"),
        (["{source}"], 2, "SINK is missing: name a folder"),
        (["{source}", "out", "--log", "no/such/folder/log"], 2, "Cannot write the log"),
        (["{source}", "pigeon://loft/out"], 3, "no file system for pigeon://"),
    ],
)
def test_wrong_calls(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    source = write(tmp_path / "reviews.csv", 3)
    said = call(capsys, "batch", *(argument.format(source=source) for argument in arguments))
    assert said.code == code and says in one_line(said)


# --- decisions, without a process ---------------------------------------------------------------

PART = Part(3, READ.empty_table(), input_hash(READ.empty_table()))


def test_a_row_is_skipped_after_two_deaths_over_it() -> None:
    attempt = Attempt(PART)
    attempt.died(None)
    assert attempt.careful and not attempt.skip
    attempt.died(7)
    attempt.died(2)
    assert not attempt.skip
    attempt.died(7)
    assert attempt.skip == {7}


def test_deaths_without_end_stop_the_job() -> None:
    attempt = Attempt(PART)
    attempt.deaths = 2 * MOST_SET_ASIDE + 2
    with pytest.raises(StoreError, match=r"workers died 23 times over part 3"):
        attempt.died(None)


def test_a_part_fails_once_for_free() -> None:
    attempt = Attempt(PART)
    attempt.failed(VocError("first"))
    with pytest.raises(VocError, match="second"):
        attempt.failed(VocError("second"))


def test_the_bar_tells_of_rate_time_left_and_rejected_rows(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    bars = Bars()
    bar = Bar(bars, bars.note)
    bar.begun({}, 100)
    for by_status in ({"ok": 20}, {"ok": 19, "rejected": 1}, {"ok": 18, "rejected": 2}):
        bar.part(replace(RECORD, rows=20, by_status=by_status))
    bar.ended(SUMMARY)
    shown = capsys.readouterr().err
    assert "60/100" in shown and "/s" in shown and "left" in shown and "3 rejected" in shown
