"""The main job from files to frames: every row accounted for, nothing tagged twice, nothing personal stored."""

from __future__ import annotations

import csv
import importlib
import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from voc.errors import InputError, ModelError, UsageError
from voc.pipeline import (
    Frames,
    RunOptions,
    RunSummary,
    Tagger,
    discover_themes,
    edit_themes,
    import_themes,
    load_frames,
    load_tagger,
    load_themes,
    retag,
    run,
    stored_themes,
)
from voc.schema import SCORE_SCALES
from voc.store import Snapshot, Store
from voc.themes import registry

EMAIL, PHONE, CARD, NAME = "nell.ash@post.example.org", "07700 900417", "4012 8888 8888 1881", "Nell Ashdown"
HEADER = ("review_id", "date", "brand", "stars", "review", "contact", "agent_note")
ROWS: tuple[tuple[Any, ...], ...] = (
    (
        "a1",
        "2026-02-03",
        "Larkline",
        1,
        "Charged twice for one month, and the chat keeps passing me round.",
        "",
        "",
    ),
    (
        "a2",
        "2026-02-09",
        "Wrenly",
        5,
        "The young man rang me back himself, so kind. Sorted in five minutes!",
        "",
        "",
    ),
    ("a3", "2026-02-11", "Larkline", 3, "", "", ""),
    (
        "a4",
        "2026-02-12",
        "Larkline",
        4,
        f"My name is {NAME}, write to {EMAIL} or ring {PHONE}.",
        EMAIL,
        f"card {CARD}",
    ),
    (
        "a1",
        "2026-02-03",
        "Larkline",
        1,
        "Charged twice for one month, and the chat keeps passing me round.",
        "",
        "",
    ),
    ("a5", "", "Wrenly", "", "", "", ""),
    ("a6", "2026-03-01", "Wrenly", 11, f"Eleven stars from {EMAIL}, card {CARD}, phone {PHONE}", PHONE, ""),
    ("a7", "2026-03-02", "Wrenly", 2, "n/a", "", ""),
    (
        "a8",
        "2026-03-04",
        "Wrenly",
        4,
        "Ich warte seit drei Wochen auf meine Karte, niemand antwortet mir.",
        "",
        "",
    ),
)


def write_csv(path: Path, rows: Sequence[Sequence[Any]] = ROWS, header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def contents(snapshot: Snapshot) -> dict[str, list[dict[str, Any]]]:
    """Every table of comments and what belongs to them, in an order of their own."""
    keys, vectors = snapshot.vectors()
    joined = keys.append_column("vector", pa.array(vectors.tolist()))
    tables = {
        "comments": snapshot.comments(),
        "segments": snapshot.segments(),
        "vectors": joined,
        "rejects": snapshot.rejects(),
    }
    return {
        name: sorted(
            table.to_pylist(),
            key=lambda row: [str(row.get(k)) for k in ("dataset", "id", "segment_no", "row")],
        )
        for name, table in tables.items()
    }


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, RunSummary]:
    """A store made of one small file: (store, file, what the run said)."""
    folder = tmp_path_factory.mktemp("first")
    file = write_csv(folder / "reviews.csv")
    summary = run([str(file)], Store.open(folder / "store", create=True))
    return folder / "store", file, summary


@pytest.fixture
def small(first: tuple[Path, Path, RunSummary], tmp_path: Path) -> tuple[Store, Path]:
    """A copy of it to write to, and its file."""
    shutil.copytree(first[0], tmp_path / "store")
    return Store.open(tmp_path / "store"), Path(shutil.copy(first[1], tmp_path / "reviews.csv"))


# --- accounting -------------------------------------------------------------------------------


def test_every_row_is_accounted_for(first: tuple[Path, Path, RunSummary]) -> None:
    (file,) = first[2].as_json()["files"]
    assert {name: n for name, n in file.items() if name != "file"} == {
        "read": 9,
        "kept": 6,
        "new": 6,
        "updated": 0,
        "unchanged": 0,
        "duplicates": 1,
        "empty": 1,
        "rejected": 1,
        "score_only": 1,
    }
    assert first[2].comments == 6 and first[2].themes == 0 and first[2].unthemed_share is None


def test_accounting_law_on_the_samples(sample_store: Path) -> None:
    for run_ in Store.open(sample_store).snapshot().runs().to_pylist():
        for file in json.loads(run_["counts"]).get("files", ()):
            assert file["read"] == file["kept"] + file["duplicates"] + file["empty"] + file["rejected"]
            assert file["kept"] == file["new"] + file["updated"] + file["unchanged"]


def test_what_is_stored(first: tuple[Path, Path, RunSummary]) -> None:
    rows = {row["id"]: row for row in Store.open(first[0]).snapshot().comments().to_pylist()}
    assert {id_: row["status"] for id_, row in rows.items()} == {
        "a1": "ok",
        "a2": "ok",
        "a3": "score_only",
        "a4": "ok",
        "a7": "junk",
        "a8": "unsupported_language",
    }
    assert rows["a3"]["text"] is None and rows["a3"]["score"] == 3 and rows["a3"]["stance"] is None
    assert rows["a2"]["stance"] == "giving" and rows["a1"]["stance"] == "taking"
    assert rows["a8"]["language"] == "de" and rows["a8"]["sentiment"] is None
    assert any("languages that the models do not know: 1 (de 1)" in said for said in first[2].warnings)
    assert all(row["nps"] is None and row["score_scale"] in SCORE_SCALES for row in rows.values())


def test_rejected_rows_are_kept_with_the_reason(first: tuple[Path, Path, RunSummary]) -> None:
    (reject,) = Store.open(first[0]).snapshot().rejects().to_pylist()
    assert (reject["row"], reject["reason"]) == (7, "score 11 is off its scale stars_1_5")
    assert "Eleven stars from [email], card [card], phone [phone]" in reject["content"]


def test_no_personal_data_in_any_table(first: tuple[Path, Path, RunSummary]) -> None:
    snapshot = Store.open(first[0]).snapshot()
    tables = [
        snapshot.comments(),
        snapshot.segments(),
        snapshot.rejects(),
        snapshot.themes(),
        snapshot.events(),
        snapshot.runs(),
    ]
    stored = " ".join(str(row) for table in tables for row in table.to_pylist())
    for planted in (EMAIL, PHONE, CARD, NAME, PHONE.replace(" ", ""), CARD.replace(" ", "")):
        assert planted not in stored
    assert all(f"[{kind}]" in stored for kind in ("email", "phone", "card", "name"))
    on_disk = b"".join(path.read_bytes() for path in first[0].rglob("*") if path.is_file())
    assert EMAIL.encode() not in on_disk and CARD.encode() not in on_disk


def test_no_personal_data_of_the_samples(sample_store: Path) -> None:
    snapshot = Store.open(sample_store).snapshot()
    themes = snapshot.themes().drop_columns(["prototypes"])
    tables = [snapshot.comments(), snapshot.segments(), snapshot.rejects(), themes]
    stored = " ".join(str(row) for table in tables for row in table.to_pylist())
    assert not re.search(r"\S@\w+\.\w|\b07700 ?900|(?:\d{4} ){3}\d{4}", stored)


# --- running again ----------------------------------------------------------------------------


def test_a_second_run_changes_nothing(first: tuple[Path, Path, RunSummary], small: tuple[Store, Path]) -> None:
    store, _ = small
    before = contents(store.snapshot())
    (counts,) = run([str(first[1])], store).as_json()["files"]
    assert (counts["new"], counts["updated"], counts["unchanged"]) == (0, 0, 6)
    assert contents(store.snapshot()) == before and len(store.snapshot().runs()) == 2


def test_an_updated_row_is_read_again_alone(small: tuple[Store, Path]) -> None:
    store, file = small
    before = {row["id"]: row for row in store.snapshot().comments().to_pylist()}
    changed = [
        (*row[:4], "They paid it all back, with an apology.", *row[5:]) if row[0] == "a1" else row for row in ROWS
    ]
    (counts,) = run([str(write_csv(file, changed))], store).as_json()["files"]
    assert (counts["new"], counts["updated"], counts["unchanged"]) == (0, 1, 5)
    after = {row["id"]: row for row in store.snapshot().comments().to_pylist()}
    assert after.pop("a1")["text"] == "They paid it all back, with an apology."
    assert after == {id_: row for id_, row in before.items() if id_ != "a1"}
    segments = store.snapshot().segments(where="id = 'a1'").to_pylist()
    assert [s["end"] for s in segments] == [39]
    assert len(store.snapshot().vectors()[0]) == len(store.snapshot().segments())


def test_further_rows_join_and_none_is_lost(small: tuple[Store, Path]) -> None:
    store, file = small
    more = write_csv(file.with_name("more.csv"), [("b1", "2026-04-01", "Wrenly", 4, "Signal is fine now.", "", "")])
    summary = run([str(more), str(file)], store)
    assert [(f.new, f.unchanged) for f in summary.files] == [(1, 0), (0, 6)] and summary.comments == 7


def test_what_was_only_read_is_tagged_by_the_next_run(first: tuple[Path, Path, RunSummary], tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    read = run([str(first[1])], store, RunOptions(tag=False, command="voc ingest reviews.csv"))
    untagged = store.snapshot().comments().to_pylist()
    assert read.comments == 6 and read.segments == 0 and not any(row["model_version"] for row in untagged)
    assert EMAIL not in str(untagged) and {row["status"] for row in untagged} >= {"ok", "score_only", "junk"}
    assert load_frames(store.snapshot()).segments.empty
    (counts,) = run([str(first[1])], store).as_json()["files"]
    assert (counts["new"], counts["unchanged"]) == (0, 6)
    expected = contents(Store.open(first[0]).snapshot())
    found = contents(store.snapshot())
    assert found["segments"] == expected["segments"] and found["vectors"] == expected["vectors"]
    for mine, other in zip(found["comments"], expected["comments"], strict=True):
        assert mine == {**other, "file": mine["file"]}


def test_nothing_usable(tmp_path: Path) -> None:
    rows = [(f"a{i}", "2099-01-01", "Wrenly", 4, "A comment from the far future", "", "") for i in range(5)]
    file = write_csv(tmp_path / "reviews.csv", [*rows, ("a9", "2026-01-02", "Wrenly", "", "", "", "")])
    store = Store.open(tmp_path / "store", create=True)
    with pytest.raises(InputError, match="No usable comment"):
        run([str(file)], store)
    assert store.snapshot().is_empty and store.snapshot().run is None


# --- a run that fails -------------------------------------------------------------------------


class FailingEncoder:
    """The real one until it has seen ``after`` texts."""

    def __init__(self, tagger: Tagger, after: int) -> None:
        self._encoder, self._left = tagger.encoder, after
        self.name, self.dim = tagger.encoder.name, tagger.encoder.dim

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        self._left -= len(texts)
        if self._left < 0:
            raise MemoryError("no room for more vectors")
        return self._encoder.encode(texts, progress)


def test_readers_see_nothing_of_a_run_that_failed(small: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    store, file = small
    before, reader = contents(store.snapshot()), store.snapshot()
    job, intake = (importlib.import_module(f"voc.pipeline.{name}") for name in ("run", "intake"))
    tagger = load_tagger()
    monkeypatch.setattr(job, "BATCH", 2)
    monkeypatch.setattr(intake, "CHUNK", 2)
    monkeypatch.setattr(job, "load_tagger", lambda *args, **kw: Tagger(FailingEncoder(tagger, 6), tagger.heads))
    rows = [(f"c{i}", "2026-04-01", "Wrenly", 4, f"Bar number {i} is gone. So is the next.", "", "") for i in range(12)]
    more = write_csv(file.with_name("more.csv"), [*rows, ("c99", "2026-04-01", "Wrenly", 99, "off", "", "")])
    with pytest.raises(MemoryError):
        run([str(more)], store)
    assert contents(store.snapshot()) == contents(reader) == before
    assert len(store.snapshot().runs()) == 1
    monkeypatch.undo()
    assert [f.new for f in run([str(more)], store).files] == [12]
    assert len(store.snapshot().comments()) == 18


# --- themes -----------------------------------------------------------------------------------


@pytest.fixture
def samples(sample_store: Path, tmp_path: Path) -> Store:
    """A copy of the sample store to write to."""
    shutil.copytree(sample_store, tmp_path / "samples")
    return Store.open(tmp_path / "samples")


def shown(store: Store) -> Frames:
    return load_frames(store.snapshot())


def mentions(frames: Frames, theme: str) -> set[str]:
    return {id_ for id_, own in zip(frames.comments["id"], frames.comments["themes"], strict=True) if theme in own}


def edit(store: Store, action: Callable[..., Any], *values: Any) -> None:
    edit_themes(store, lambda themes, log, who: action(themes, log, who, *values), "tester")


def test_edits_show_at_once_and_tag_nothing_again(samples: Store) -> None:
    before = shown(samples)
    raw = contents(samples.snapshot())
    one, other, third = before.themes["id"][:3]
    ones, others = mentions(before, one), mentions(before, other)
    label = before.themes["label"][2]

    edit(samples, registry.merge, one, other)
    merged = shown(samples)
    assert mentions(merged, other) == ones | others and not mentions(merged, one)
    assert one not in set(merged.themes["id"]) and one not in set(merged.segments["theme"].dropna())

    edit(samples, registry.retire, third)
    edit(samples, registry.rename, other, "A name by hand")
    retired = shown(samples)
    assert not mentions(retired, third) and label not in set(retired.comments["theme_labels"].explode())
    named = retired.comments[[other in own for own in retired.comments["themes"]]]
    assert all("A name by hand" in labels for labels in named["theme_labels"])

    for _ in range(3):
        edit(samples, registry.undo)
    again = shown(samples)
    assert again.comments["themes"].tolist() == before.comments["themes"].tolist()
    assert again.comments["theme_labels"].tolist() == before.comments["theme_labels"].tolist()
    assert contents(samples.snapshot()) == raw
    with pytest.raises(UsageError, match="Nothing to undo"):
        edit(samples, registry.undo)
    assert [e.action for e in registry.from_table(samples.snapshot().events())][-6:] == [
        "merge",
        "retire",
        "rename",
        "undo",
        "undo",
        "undo",
    ]


def test_new_comments_get_the_present_themes(samples: Store, tmp_path: Path) -> None:
    before = stored_themes(samples.snapshot())
    assert before is not None
    words = before.active[0].verbatims[0]
    file = write_csv(tmp_path / "more.csv", [("z1", "2026-11-01", "Wrenly", 2, words, "", "")])
    summary = run([str(file)], samples, RunOptions(command="voc run more.csv"))
    after = stored_themes(samples.snapshot())
    assert after is not None and after.version == before.version and summary.themes == len(before.leaves)
    (row,) = samples.snapshot().comments(where="id = 'z1'").to_pylist()
    assert before.active[0].id in row["themes"] and row["theme_version"] == before.version


def test_themes_that_come_while_the_models_load_are_assigned(
    samples: Store, small: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, file = small
    themes = load_themes(samples.path)
    themes.to_folder(file.with_name("themes"))
    assert stored_themes(store.snapshot()) is None

    def slow(*args: Any, **kw: Any) -> Tagger:
        tagger = load_tagger(*args, **kw)
        import_themes(store, file.with_name("themes"), tagger, "somebody else")
        return tagger

    monkeypatch.setattr(importlib.import_module("voc.pipeline.run"), "load_tagger", slow)
    words = themes.active[0].verbatims[0]
    run([str(write_csv(file.with_name("more.csv"), [("z1", "2026-11-01", "Wrenly", 2, words, "", "")]))], store)
    (row,) = store.snapshot().comments(where="id = 'z1'").to_pylist()
    assert themes.active[0].id in row["themes"] and row["theme_version"] == themes.version


def test_first_themes_are_not_found_twice(samples: Store) -> None:
    before = contents(samples.snapshot())
    assert discover_themes(samples, load_tagger(), only_first=True) is None
    assert contents(samples.snapshot()) == before


def test_discovering_again_keeps_the_ids(samples: Store) -> None:
    before = shown(samples)
    chosen = before.themes["id"][0]
    edit(samples, registry.rename, chosen, "Chosen by hand")
    matched = discover_themes(samples, load_tagger())
    after = shown(samples)
    assert matched is not None and not matched.new and not matched.gone
    assert set(after.themes["id"]) == set(before.themes["id"])
    assert after.themes.set_index("id")["label"][chosen] == "Chosen by hand"
    assert mentions(after, chosen) == mentions(before, chosen)


def test_themes_travel_to_another_store(samples: Store, first: tuple[Path, Path, RunSummary], tmp_path: Path) -> None:
    themes = load_themes(samples.path)
    themes.to_folder(tmp_path / "themes")
    assert load_themes(str(tmp_path / "themes")).version == themes.version
    shutil.copytree(first[0], tmp_path / "other")
    other = Store.open(tmp_path / "other")
    with pytest.raises(UsageError, match="has no themes yet"):
        load_themes(other.path)
    import_themes(other, tmp_path / "themes", load_tagger(), "tester")
    frames = shown(other)
    assert set(frames.themes["id"]) == {theme.id for theme in themes.active}
    assert frames.comments["theme_version"].unique().tolist() == [themes.version]


def test_themes_of_another_encoder_are_refused(samples: Store) -> None:
    themes = load_themes(samples.path)
    with pytest.raises(ModelError, match="made with encoder"):
        load_tagger().with_themes(type(themes)(themes.themes, "another"))


def test_a_store_without_segments_has_no_themes_to_find(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    with pytest.raises(InputError, match="holds no segments"):
        discover_themes(store, load_tagger())
    with pytest.raises(UsageError, match="no themes to edit"):
        edit(store, registry.undo)


# --- frames -----------------------------------------------------------------------------------


def test_frames_of_an_empty_store(tmp_path: Path) -> None:
    frames = load_frames(Store.open(tmp_path / "store", create=True).snapshot())
    assert frames.comments.empty and frames.segments.empty and frames.themes.empty and frames.run is None


def test_segments_hold_their_words(sample_store: Path) -> None:
    frames = load_frames(Store.open(sample_store).snapshot())
    joined = frames.segments.merge(
        frames.comments[["dataset", "id", "text"]], on=["dataset", "id"], suffixes=("", "_whole")
    )
    assert len(joined) == len(frames.segments) > 3000
    assert all(row.text == row.text_whole[row.start : row.end] for row in joined.itertuples())


def test_where(sample_store: Path) -> None:
    frames = load_frames(Store.open(sample_store).snapshot())
    part = frames.where("brand = 'Wrenly' AND date >= '2026-06-01' AND stance = 'taking'")
    assert 0 < len(part.comments) < len(frames.comments)
    assert set(part.comments["brand"]) == {"Wrenly"} and set(part.comments["stance"]) == {"taking"}
    assert part.comments["date"].min().isoformat() >= "2026-06-01"
    assert set(part.segments["id"]) == set(part.comments["id"])
    assert frames.where("brand = 'Nobody'").comments.empty
    assert len(frames.where("len(signals) >= 0").comments) == len(frames.comments)


@pytest.mark.parametrize(
    "condition",
    ["colour = 'red'", "brand ==== 'x'", "1=1) OR (SELECT", "brand IN (SELECT * FROM '/etc/passwd')"],
)
def test_a_condition_that_cannot_be_understood(first: tuple[Path, Path, RunSummary], condition: str) -> None:
    with pytest.raises(UsageError, match="Condition not understood"):
        load_frames(Store.open(first[0]).snapshot()).where(condition)


def test_tagging_anew_reads_stored_texts_as_the_first_time(
    small: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = small
    before, tagger = contents(store.snapshot()), load_tagger()
    other = Tagger(tagger.encoder, replace(tagger.heads, version="other"))
    monkeypatch.setattr(importlib.import_module("voc.pipeline.retag"), "load_tagger", lambda **named: other)
    done = retag(store)
    assert done.comments == store.snapshot().count("comments") and done.before == {tagger.model_version: done.comments}
    assert str(contents(store.snapshot())).replace(other.model_version, tagger.model_version) == str(before)
    assert retag(store).comments == 0
