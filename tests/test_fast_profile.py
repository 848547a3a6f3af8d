"""The fast profile: words alone decide where they are sure enough, the encoder reads the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from calling import call, one_line

from voc.encode import Encoded, Progress
from voc.errors import UsageError
from voc.pipeline import Tagger, load_tagger
from voc.themes import ThemeSet

TEXTS = (
    "Friendly staff, very helpful and quick. Thank you so much!",
    "They charged me twice and refuse to pay it back.",
    "It is what it is, I would not have thought so after what the other branch told my sister.",
    "Where do I find my PUK?",
    "",
    "n/a",
)


@pytest.fixture(scope="module")
def standard() -> Tagger:
    return load_tagger()


class Counting:
    """An encoder that remembers what it was asked to encode."""

    def __init__(self, tagger: Tagger) -> None:
        self._encoder = tagger.encoder
        self.asked: list[str] = []

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dim(self) -> int:
        return self._encoder.dim

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> object:
        return self._encoder.encode(texts, progress)

    def encode_comments(self, comments: Sequence[Sequence[str]], progress: Progress | None = None) -> list[Encoded]:
        self.asked += [" ".join(own) for own in comments]
        return self._encoder.encode_comments(comments, progress)  # type: ignore[attr-defined, no-any-return]


def fast(tagger: Tagger, above: float) -> tuple[Tagger, Counting]:
    """The tagger in its fast profile, its words sure where they give ``above`` to a class."""
    counting = Counting(tagger)
    rules = replace(tagger.heads.rules, sure_above=above)
    return replace(tagger, encoder=counting, heads=replace(tagger.heads, rules=rules)).as_fast(), counting


def comments(texts: Sequence[str]) -> pa.Table:
    n = len(texts)
    status = ["ok" if text else "empty" for text in texts]
    return pa.table(
        {"dataset": ["d"] * n, "id": [str(i) for i in range(n)], "text": list(texts), "status": status},
    )


def rows(tagger: Tagger, texts: Sequence[str]) -> list[dict[str, object]]:
    return tagger.tag(comments(texts), with_segments=False).comments.drop(["dataset", "id"]).to_pylist()


def test_where_words_are_sure_nothing_is_encoded(standard: Tagger) -> None:
    tagger, counting = fast(standard, 0.0)
    found = rows(tagger, TEXTS)
    assert not counting.asked and [row["status"] for row in found] == ["ok"] * 4 + ["empty", "junk"]
    for row in found[:4]:
        assert row["sentiment"] and row["stance"] and row["themes"] is None
        assert (row["evidence"] is None) == (row["stance"] == "neither")
        assert row["evidence"] is None or str(row["evidence"]) in str(row["text"])
    assert found[0]["stance"] == "giving" and found[1]["stance"] == "taking"


def test_where_they_never_are_all_is_read_as_in_the_standard_profile(standard: Tagger) -> None:
    tagger, counting = fast(standard, 2.0)
    found = rows(tagger, TEXTS)
    assert len(counting.asked) == 4
    expected = [{**row, "model_version": tagger.model_version} for row in rows(standard, TEXTS)]
    assert found == expected and tagger.model_version == f"{standard.model_version}+fast"


def test_one_comment_decides_nothing_about_another(standard: Tagger) -> None:
    tagger, _ = fast(standard, 0.6)
    assert rows(tagger, TEXTS) == [row for text in TEXTS for row in rows(tagger, [text])]


def test_without_the_theme_view_the_tags_are_the_same(standard: Tagger) -> None:
    bare = load_tagger(theme_view=False)
    assert rows(bare, TEXTS) == rows(standard, TEXTS)
    assert bare.tag(comments(TEXTS)).segments.equals(standard.tag(comments(TEXTS)).segments)
    with pytest.raises(UsageError, match="theme_view=True"):
        bare.with_themes(ThemeSet((), bare.encoder.name))


def test_themes_need_the_standard_profile(standard: Tagger) -> None:
    with pytest.raises(UsageError, match="reads no themes"):
        standard.with_themes(ThemeSet((), standard.encoder.name)).as_fast()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--profile", "quick"], "no profile 'quick'"),
        (["--profile", "fast", "--segments"], "reads no segments"),
        (["--profile", "fast", "--lens", "desk"], "reads no themes and no lenses of your own"),
    ],
)
def test_what_does_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    (tmp_path / "in.csv").write_text("review\nLovely.\n")
    said = call(capsys, "tag", tmp_path / "in.csv", "-o", tmp_path / "out.csv", *options)
    assert said.code == 2 and complaint in one_line(said)
