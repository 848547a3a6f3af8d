"""Lists of themes in CSV and JSON: a round trip, faults told in one line, and the set that a list makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from subjects import ENCODER, TEXTS, VECTORS, make_store, theme, two_themes

from voc.errors import InputError, ModelError, UsageError
from voc.pipeline import write_theme_list
from voc.pipeline.theme_lists import read_theme_list
from voc.themes import ThemeSet, assign
from voc.themes.registry import split
from voc.themes.taxonomy import Entry, to_entries, to_themes

HEADER = "id,label,description,parent,keywords,examples\n"

phrases = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=9)
keywords = phrases.filter(lambda word: ";" not in word)


@st.composite
def lists(draw: st.DrawFn) -> list[Entry]:
    labels = draw(st.lists(phrases, min_size=1, max_size=6, unique_by=str.casefold))
    return [
        Entry(
            id=f"id-{number}",
            label=label,
            description=draw(phrases | st.just("")),
            parent=draw(st.sampled_from(["", *(f"id-{above}" for above in range(number))])),
            keywords=tuple(draw(st.lists(keywords, max_size=3))),
            examples=tuple(draw(st.lists(phrases, max_size=3))),
        )
        for number, label in enumerate(labels)
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=lists(), suffix=st.sampled_from([".csv", ".json"]))
def test_what_is_written_is_read_again(entries: list[Entry], suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"themes{suffix}"
    write_theme_list(entries, file)
    assert read_theme_list(file) == entries


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_an_exported_list_imported_again_leaves_the_set_as_it_was(suffix: str, tmp_path: Path) -> None:
    themes = two_themes()
    write_theme_list(to_entries(themes), tmp_path / f"themes{suffix}")
    assert to_themes(read_theme_list(tmp_path / f"themes{suffix}"), themes, ENCODER) == themes


def test_a_cell_that_looks_like_a_formula_is_written_as_text(tmp_path: Path) -> None:
    entries = [Entry("a", "Sums", examples=("=1+1 is what the app says",))]
    write_theme_list(entries, tmp_path / "themes.csv")
    assert "'=1+1 is" in (tmp_path / "themes.csv").read_text()
    assert read_theme_list(tmp_path / "themes.csv") == entries


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (",Hold,,Bill,,\n,Bill,,Calls,,\n,Calls,,Hold,,\n", "go in a circle (Hold → Bill → Calls → Hold)"),
        (",Hold,,Hold,,\n", "go in a circle (Hold → Hold)"),
        (",Hold,,,,\n,hold,,,,\n", "Two themes of the list are called 'hold'"),
        ("1,Hold,,,,\n1,Bill,,,,\n", "Two themes of the list have the id '1'"),
        (",Hold,,Calls,,\n", "has the parent 'Calls', which is not in the list"),
        (",Hold,,,,\n, ,,,,\n", "Theme 2 of the list has no label"),
        ("", "The theme list is empty"),
    ],
)
def test_a_list_that_does_not_hold_together_is_refused_in_one_line(rows: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "themes.csv").write_text(HEADER + rows)
    with pytest.raises(InputError) as refused:
        read_theme_list(tmp_path / "themes.csv")
    assert message in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("themes.csv", b"name,words\nHold,queue\n"),
        ("themes.csv", b"\xff\xfe\x00label"),
        ("themes.csv", b'label\n"Hold'),
        ("themes.json", b"{"),
        ("themes.json", b'{"topics": []}'),
        ("themes.json", b"[1, 2]"),
        ("themes.json", b'[{"label": "Hold", "keywords": "queue; music"}]'),
        ("themes.json", b'[{"label": ["Hold"]}]'),
        ("themes.json", b'"label"'),
    ],
)
def test_a_file_that_is_no_theme_list_is_refused_in_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_theme_list(tmp_path / name)
    assert "theme list" in str(refused.value) and "\n" not in str(refused.value)


def test_a_missing_file_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read the theme list"):
        read_theme_list(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="Cannot write"):
        write_theme_list([Entry("", "Hold")], tmp_path / "nowhere" / "themes.csv")


def test_themes_given_in_words_take_the_segments_that_are_near_them() -> None:
    calls = Entry("", "Calls")
    hold = Entry("", "Waiting in the queue", parent="calls", examples=(TEXTS[0], TEXTS[1]))
    themes = to_themes([calls, hold, Entry("", "Refund", keywords=("refund",))], None, ENCODER)
    labels = themes.labels()
    assert [labels.get(one or "") for one in assign(VECTORS, themes)[0][::10]] == [
        "Waiting in the queue",
        None,
        "Refund",
        None,
    ]
    heading, leaf, _ = themes.themes
    assert heading.prototypes == () and leaf.parent == heading.id
    assert to_themes([calls, hold], None, ENCODER).themes[1].id == leaf.id


def test_a_list_renames_restores_and_retires_and_keeps_prototypes() -> None:
    present = two_themes()
    listed = [Entry("hold", "Waiting on hold", keywords=("hold",)), Entry("", "Double charge")]
    themes = to_themes(listed, present, ENCODER)
    by_id = {theme.id: theme for theme in themes.themes}
    assert (by_id["hold"].label, by_id["hold"].prototypes) == ("Waiting on hold", present.get("hold").prototypes)
    assert by_id["bill"].status == "retired" and len(themes.active) == 2
    again = to_themes([Entry("bill", "Bill"), Entry("hold", "Hold")], themes, ENCODER)
    assert {theme.label for theme in again.active} == {"Bill", "Hold"}


def test_a_list_for_themes_of_another_encoder_is_refused() -> None:
    foreign = ThemeSet(two_themes().themes, "another")
    with pytest.raises(ModelError, match="use that encoder"):
        to_themes([Entry("", "Hold")], foreign, ENCODER)


def test_a_refused_list_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    from voc.pipeline import load_tagger, themes_to_import

    store = make_store(tmp_path / "store")
    (tmp_path / "themes.json").write_text(json.dumps([{"label": "Hold"}, {"label": "hold"}]))
    run = store.snapshot().run
    with pytest.raises(InputError, match="are called"):
        themes_to_import(store.snapshot(), tmp_path / "themes.json", load_tagger())
    assert store.snapshot().run == run


def test_the_order_of_a_list_decides_nothing() -> None:
    present = two_themes()
    for part in (theme("queue", 0), theme("kept", 0, 4)):
        present, _ = split(present, [], "ann", "hold", [part])
    themes = to_themes(to_entries(present)[::-1], present, ENCODER)
    assert themes == present and themes.version == present.version
    assert assign(VECTORS, themes)[0] == assign(VECTORS, present)[0]
