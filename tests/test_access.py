"""Several people at one store: who may what, and that nobody sees a row that is another's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit
from explorer_store import BILL, make_store, vector_of
from streamlit.testing.v1 import AppTest
from test_ui import NAMES, press, screen

from voc.access import Visitor, access_settings
from voc.errors import UsageError
from voc.pipeline import Frames, load_frames
from voc.pipeline.annotations import annotate, held_annotations
from voc.pipeline.search import index_for_search, search
from voc.store import Snapshot, Store
from voc.ui import access
from voc.ui.export import to_csv

ADMIN, EDITOR, READER, STRANGER = "ada@example.org", "bo@example.org", "cy@example.org", "eve@example.org"
SETTINGS = f"""
[access.users."{ADMIN}"]
role = "admin"
[access.users."{EDITOR}"]
role = "editor"
rows = {{brand = ["Wrenly"]}}
[access.users."{READER}"]
role = "viewer"
rows = {{brand = ["Larkline"], source = ["review", "it's"]}}
"""
#: What only stands in rows that the editor may not see.
HIDDEN = b"said-by-larkline"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an index, and notes on comments of both brands."""
    folder = make_store(tmp_path_factory.mktemp("shared") / "store", 120, signed=True)
    store = Store.open(folder)
    for number, note in ((0, "ours"), (1, "theirs, said-by-larkline")):
        annotate(store, [("made-up", f"c{number:04d}")], "note", note, "Ada")
    index_for_search(store)
    return folder


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "voc.toml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("VOC_CONFIG", str(tmp_path / "voc.toml"))
    yield
    streamlit.cache_data.clear()
    streamlit.cache_resource.clear()


@pytest.fixture
def as_(monkeypatch: pytest.MonkeyPatch) -> object:
    return lambda email: monkeypatch.setattr(access, "signed_in", lambda: email)


def part(path: Path, condition: str = "brand IN ('Wrenly')") -> Snapshot:
    return Store.open(path).snapshot(only=condition)


def sent(app: AppTest) -> bytes:
    """All that goes to the browser, side bar included."""
    blocks = [app.main, app.sidebar]
    found = []
    while blocks:
        block = blocks.pop()
        found += [block.proto.SerializeToString()] if getattr(block, "proto", None) is not None else []
        blocks += list(getattr(block, "children", {}).values())
    return b"".join(found).lower()


# --- the store ------------------------------------------------------------------------------


def test_a_part_of_a_store_holds_nothing_of_the_rest(path: Path) -> None:
    whole, own = Store.open(path).snapshot(), part(path)
    brands = dict(zip(whole.comments()["id"].to_pylist(), whole.comments()["brand"].to_pylist(), strict=True))
    ours = {id_ for id_, brand in brands.items() if brand == "Wrenly"}
    assert 0 < len(ours) < len(brands) and own.count("comments") == len(ours)
    tables = [own.comments(), own.segments(), own.vectors()[0], own.annotations(), own.copies()]
    tables += [own.with_words(["said"], 500), own.near(np.array(vector_of(BILL), dtype=np.float16), 500)]
    tables += list(own.scan_comments())
    for table in tables:
        assert set(table["id"].to_pylist()) <= ours
    assert len(own.with_words(["said"], 500)) == len(own.comments(where="text IS NOT NULL"))
    assert set(own.near(np.array(vector_of(BILL), dtype=np.float16), 5)["id"].to_pylist()) <= ours
    assert len(own.near(np.array(vector_of(BILL), dtype=np.float16), 5)) == 5
    assert own.vectors()[1].shape[0] == len(own.segments()) < len(whole.segments())
    assert own.count("segments") == len(own.segments()) and own.count("rejects") == 0
    assert held_annotations(own)["value"].tolist() == ["ours"]
    assert own.comments(where="brand = 'Larkline'").num_rows == 0 == own.comments(where="false) OR (true").num_rows
    with pytest.raises(UsageError, match="queries read whole tables"):
        own.query("SELECT count(*) FROM comments")
    assert set(own.runs()["counts"].to_pylist()) == {"{}"}


def test_two_users_find_search_and_take_along_their_own_rows_only(path: Path) -> None:
    seen = {}
    for brand in ("Wrenly", "Larkline"):
        snapshot = part(path, f"brand IN ('{brand}')")
        frames = load_frames(snapshot, lean=True)
        found = search(snapshot, frames, "said", by=("words",))
        file = to_csv(frames.comments.iloc[found["position"]]).decode("utf-8-sig")
        other = "larkline" if brand == "Wrenly" else "wrenly"
        assert len(found) and other not in file.lower() and f"said-by-{brand.lower()}" in file
        seen[brand] = set(frames.comments["id"])
    assert not seen["Wrenly"] & seen["Larkline"]
    assert len(seen["Wrenly"] | seen["Larkline"]) == Store.open(path).snapshot().count("comments")


def test_files_that_are_kept_for_all_are_not_for_one_who_may_see_some_rows(path: Path) -> None:
    own = part(path)
    made = {"comments": own.comments()}
    assert own.kept(("comments", "segments"), 1, lambda: made) is made and not (path / "prepared").exists()


# --- the pages ------------------------------------------------------------------------------


def test_no_page_shows_an_editor_what_the_admin_saw_before(
    path: Path, as_: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("week", "themes", "comments", "giving", "overview"):
        as_(ADMIN)  # type: ignore[operator]
        everything = screen(name, path, monkeypatch)
        if name in ("week", "comments"):
            assert HIDDEN in sent(everything), "the admin fills the caches with it"
        as_(EDITOR)  # type: ignore[operator]
        own = screen(name, path, monkeypatch)
        assert not own.exception and not own.error
        assert HIDDEN not in sent(own) and f"Signed in as {EDITOR}" in own.sidebar.caption[0].value
        assert any(f"All {part(path).count('comments')} comments" in one.value for one in own.caption)
    found = screen("comments", path, monkeypatch, words="said-by-larkline")
    assert "leave no comment" in found.warning[0].value


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("settings", "week", "comments")])
def test_every_page_is_there_for_a_reader_of_some_rows(
    name: str, path: Path, as_: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_(READER)  # type: ignore[operator]
    app = screen(name, path, monkeypatch)
    assert not app.exception and not app.error and b"said-by-wrenly" not in sent(app)
    edits = {"Rename", "Merge", "Track", "Add data", "Save the view", "Measure stability anew", "Undo the last edit"}
    assert not edits & {button.label for button in app.button}


def test_edits_carry_who_signed_in(tmp_path: Path, as_: object, monkeypatch: pytest.MonkeyPatch) -> None:
    as_(EDITOR)  # type: ignore[operator]
    app = screen("themes", make_store(tmp_path / "store", 120), monkeypatch)
    assert not [field for field in app.text_input if "Your name" in field.label]
    app.text_input(key=f"name-{BILL}").set_value("Surprise charges")
    press(app, "Rename")
    assert Store.open(tmp_path / "store").snapshot().events()["author"].to_pylist()[-1] == EDITOR


def test_who_is_not_let_in_sees_nothing(path: Path, as_: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for email, said in ((STRANGER, f"{STRANGER} may not see this store"), (None, "visitors sign in")):
        as_(email)  # type: ignore[operator]
        app = screen("comments", path, monkeypatch)
        assert said in app.error[0].value and b"said-by" not in sent(app)
    as_(EDITOR)  # type: ignore[operator]
    with pytest.raises(UsageError, match="Only an admin"):
        access.writable(str(path), "admin")
    as_(READER)  # type: ignore[operator]
    with pytest.raises(UsageError, match="edit nothing"):
        access.writable(str(path))


def test_without_access_another_address_than_this_machines_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOC_CONFIG", "nowhere.toml")
    assert not screen("data", path, monkeypatch).error
    monkeypatch.setattr(access.st, "get_option", lambda name: "0.0.0.0")
    app = screen("data", path, monkeypatch)
    assert "would answer the whole network" in app.error[0].value and b"said-by" not in sent(app)


# --- the settings ---------------------------------------------------------------------------


def test_settings_are_read(tmp_path: Path) -> None:
    settings = access_settings(tmp_path / "voc.toml")
    assert settings is not None
    reader = settings.visitor("CY@example.org")
    assert reader == Visitor(READER, "viewer", (("brand", ("Larkline",)), ("source", ("review", "it's"))))
    assert reader.condition == "brand IN ('Larkline') AND source IN ('review', 'it''s')"
    assert settings.visitor(STRANGER) is None and settings.visitor("") is None
    (tmp_path / "voc.toml").write_text('[access]\nothers = "viewer"\n', encoding="utf-8")
    assert access_settings(tmp_path / "voc.toml").visitor(STRANGER) == Visitor(STRANGER, "viewer")  # type: ignore[union-attr]
    (tmp_path / "voc.toml").write_text("[namer]\n", encoding="utf-8")
    assert access_settings(tmp_path / "voc.toml") is access_settings(tmp_path / "none.toml") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[access]\n", "lets nobody in"),
        ("access = 1\n", "write it as a table"),
        ('[access]\nother = "viewer"\n', "the key 'other'"),
        ('[access]\nothers = "root"\n', "choose one of viewer, editor, admin"),
        ('[access.users."a"]\nrole = "boss"\n', "role = 'boss'"),
        ('[access.users."a"]\nrole = "viewer"\nrow = {}\n', "the key 'row'"),
        ('[access.users."a"]\nrole = "viewer"\nrows = {}\n', "rows is empty"),
        ('[access.users."a"]\nrole = "viewer"\nrows = {text = ["x"]}\n', "the key 'text'"),
        ('[access.users."a"]\nrole = "viewer"\nrows = {brand = "x"}\n', "give a list of values"),
        ('[access.users."a"]\nrole = "admin"\nrows = {brand = ["x"]}\n', "an admin sees all rows"),
    ],
)
def test_a_wrong_word_never_opens_a_door(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "voc.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        access_settings(tmp_path / "voc.toml")
    assert said in str(raised.value)


def test_pages_open_the_store_in_one_place_only() -> None:
    pages = Path(access.__file__).parent.glob("*.py")
    assert [page.name for page in pages if "Store.open(" in page.read_text(encoding="utf-8")] == ["access.py"]


def test_frames_of_a_part_count_as_those_that_are_filtered(path: Path) -> None:
    whole, own = load_frames(Store.open(path).snapshot(), lean=True), load_frames(part(path), lean=True)
    same: Frames = whole.where("brand = 'Wrenly'")
    assert own.comments["id"].tolist() == same.comments["id"].tolist()
    assert own.segments["segment_no"].tolist() == same.segments["segment_no"].tolist()
