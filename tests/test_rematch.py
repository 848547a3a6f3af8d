"""A re-discovered set matched to the one people know: what keeps its id, and what is told for approval."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from subjects import DIM, ENCODER, theme

from voc.errors import ModelError
from voc.pipeline.theme_remarks import of_names
from voc.themes import Theme, ThemeSet, assign
from voc.themes import registry as reg
from voc.themes.model import ALWAYS
from voc.themes.rematch import Rematch, rematch


def rows(**counts: int) -> np.ndarray:
    """Unit vectors along axes: ``rows(a3=2)`` gives two along axis 3; ``rows(a1_4=1)`` one between 1 and 4."""
    found = []
    for name, n in counts.items():
        row = np.zeros(DIM, dtype=np.float32)
        row[[int(axis) for axis in name[1:].split("_")]] = 1
        found += [row / np.linalg.norm(row)] * n
    return np.array(found)


def matched(old: ThemeSet, new: ThemeSet, vectors: np.ndarray, **options: object) -> Rematch:
    return rematch(old, new, assign(vectors, old)[0], assign(vectors, new)[0], **options)  # type: ignore[arg-type]


def themes(*several: Theme) -> ThemeSet:
    return ThemeSet(several, ENCODER.name)


def test_a_like_prototype_without_shared_segments_is_another_theme() -> None:
    near = theme("near", 0, 1, 2)
    old, new = themes(theme("hold", 0, 1, 2, 3)), themes(near)
    kept, apart = ["hold"] * 10, ["hold"] * 10 + [None] * 10
    assert rematch(old, new, kept, ["near"] * 10).kept == ("hold",)
    result = rematch(old, new, apart, [None] * 10 + ["near"] * 10)
    assert (result.kept, result.new, result.gone) == ((), ("near",), ("hold",))


def test_shared_segments_without_a_like_prototype_are_another_theme() -> None:
    result = rematch(themes(theme("hold", 0)), themes(theme("near", 1)), ["hold"] * 10, ["near"] * 10)
    assert (result.kept, result.new, result.gone) == ((), ("near",), ("hold",))


def test_of_two_like_themes_the_one_that_shares_more_segments_gets_the_id() -> None:
    old = themes(theme("hold", 0, 1, 2, 3))
    new = themes(theme("few", 0, 1, 2), theme("most", 1, 2, 3))
    result = rematch(old, new, ["hold"] * 10, ["few"] * 4 + ["most"] * 6)
    assert [theme.label for theme in result.themes.active if theme.id == "hold"] == ["Most"]
    assert result.new == ("few",) and result.split == {"hold": ("few", "hold")}


def test_themes_that_came_apart_and_that_were_put_together_are_told() -> None:
    old = themes(theme("calls", 0, 1), theme("bill", 2), theme("refund", 3))
    new = themes(theme("queue", 0), theme("music", 1), theme("money", 2, 3))
    result = matched(old, new, rows(a0=10, a1=10, a2=10, a3=10))
    assert result.split == {"calls": ("queue", "music")}
    assert result.merged == {"money": ("bill", "refund")}


def test_a_chosen_name_that_takes_others_in_is_told_of() -> None:
    old = themes(theme("bill", 1, 2), theme("refund", 3))
    result = rematch(
        old, themes(theme("money", 1, 2, 3)), ["bill"] * 10 + ["refund"] * 4, ["money"] * 14, renamed={"bill"}
    )
    assert result.merged == {"bill": ("bill", "refund")}
    (said,) = of_names(old, result, {"bill"})
    assert said.startswith("'Bill' keeps the name it was given and takes in 'Refund'")
    assert of_names(old, result, set()) == []


def test_what_was_merged_by_hand_counts_where_it_was_merged_to() -> None:
    old, _ = reg.merge(themes(theme("queue", 0), theme("music", 1)), [], "ann", "music", "queue")
    new = themes(theme("n1", 0), theme("n2", 1))
    result = matched(old, new, rows(a0=10, a1=4))
    assert result.kept == ("queue",) and result.themes.get("music").status == "merged"
    gone = matched(old, themes(theme("n3", 7)), rows(a0=10, a1=4, a7=5))
    assert [theme.id for theme in gone.themes.themes] == ["n3"], "merged into a theme that is gone"


def test_a_pinned_part_stands_by_itself_when_its_whole_is_gone() -> None:
    parts = [replace(theme("queue", 0), threshold=ALWAYS), replace(theme("music", 1), threshold=ALWAYS)]
    old, _ = reg.split(themes(theme("calls", 0, 1)), [], "ann", "calls", parts)
    old, _ = reg.pin(old, [], "ann", "queue")
    result = matched(old, themes(theme("n1", 7)), rows(a0=5, a1=5, a7=5))
    assert result.kept == ("queue",) and set(result.gone) == {"music"}
    queue = result.themes.get("queue")
    assert (queue.split_from, queue.threshold) == (None, old.get("calls").threshold)
    assert assign(rows(a0=1, a1=1, a9=1), result.themes)[0] == ["queue", None, None]


def test_a_moved_phrase_stays_moved() -> None:
    old, _ = reg.move(themes(theme("calls", 0, 1), theme("bill", 2)), [], "ann", theme("music", 1), "calls", "bill")
    vectors = rows(a0=9, a1=3, a2=6, a0_1=6)
    result = matched(old, themes(theme("n1", 0, 1), theme("n2", 2)), vectors)
    assert result.kept == ("calls", "bill")
    assert result.themes.resolve(assign(rows(a1=1), result.themes)[0][0]) == "bill"


def test_themes_keep_the_heading_they_stand_under() -> None:
    old = themes(theme("money"), theme("idle"), theme("bill", 2, parent="money"), theme("app", 3))
    result = matched(old, themes(theme("n1", 2), theme("n2", 3)), rows(a2=5, a3=5))
    assert result.themes.get("bill").parent == "money" and result.themes.get("app").parent is None
    assert set(result.kept) == {"bill", "app"} and result.gone == ("idle",)


def test_names_of_an_imported_list_are_kept() -> None:
    old = themes(theme("bill", 2))
    _, event = reg.record(old, [], "ann", action="import")
    result = matched(old, themes(theme("n1", 2)), rows(a2=5), renamed=reg.renamed_ids([event]))
    assert result.themes.get("bill").label == "Bill"


def test_a_set_of_another_encoder_is_not_matched() -> None:
    with pytest.raises(ModelError, match="use that encoder"):
        rematch(themes(theme("hold", 0)), ThemeSet((theme("hold", 0),), "another"), [], [])


def test_what_was_retired_or_merged_stays_so_when_it_is_found_again() -> None:
    old = themes(theme("queue", 0), theme("music", 1), theme("bill", 2), theme("app", 3))
    old, _ = reg.retire(old, [], "ann", "app")
    old, _ = reg.merge(old, [], "ann", "music", "queue")
    again = themes(theme("queue", 0), theme("music", 1), theme("bill", 2), theme("app", 3))
    result = matched(old, again, rows(a0=5, a1=5, a2=5, a3=5))
    assert [t.status for t in result.themes.themes] == ["active", "merged", "active", "retired"]
    assert (result.kept, result.new, result.gone) == (("queue", "bill"), (), ())
    alone = matched(old, themes(theme("n1", 1)), rows(a1=5))
    assert [(t.id, t.status) for t in alone.themes.themes] == [("music", "active"), ("app", "retired")]


def test_a_new_theme_never_goes_by_the_id_of_another() -> None:
    old = themes(theme("hold", 0, 1, 2, 3))
    new = themes(theme("hold", 0), theme("other", 0, 1, 2, 3))
    result = rematch(old, new, ["hold"] * 10, ["other"] * 9 + ["hold"])
    ids = [theme.id for theme in result.themes.themes]
    assert len(set(ids)) == 2 and ids[1] == "hold" and result.themes.get("hold").label == "Other"


def test_a_split_survives_when_its_theme_is_found_again() -> None:
    parts = [replace(theme(name, axis), threshold=ALWAYS) for axis, name in enumerate(("queue", "music", "tone"))]
    old, _ = reg.split(themes(theme("calls", 0, 1, 2), theme("bill", 5, 6)), [], "ann", "calls", parts)
    old, _ = reg.split(old, [], "ann", "bill", [theme("refund", 6)])
    vectors = rows(a0=5, a1=5, a2=5, a5_6=6, a6=5)
    result = matched(old, themes(theme("calls", 0, 1, 2), theme("n2", 5, 6)), vectors)
    assert result.themes.get("calls").status == "split" and not result.new and not result.gone
    assert assign(vectors, result.themes)[0] == assign(vectors, old)[0]


def test_parts_that_are_found_by_themselves_keep_their_ids() -> None:
    parts = [replace(theme(name, axis), threshold=ALWAYS) for axis, name in enumerate(("queue", "music"))]
    old, _ = reg.split(themes(theme("calls", 0, 1)), [], "ann", "calls", parts)
    vectors = rows(a0=5, a1=6)
    result = matched(old, themes(theme("n1", 0), theme("n2", 1)), vectors)
    assert result.kept == ("queue", "music") and {t.split_from for t in result.themes.themes} == {None}
    assert assign(vectors, result.themes)[0] == ["queue"] * 5 + ["music"] * 6
