"""What other trades talk about keeps what is off the subject out of themes, and takes nothing that is on it."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from voc.config import models_folder
from voc.encode import load_encoder
from voc.errors import InputError, ModelError
from voc.themes import Theme, ThemeSet, assign
from voc.themes import elsewhere as module
from voc.themes.clusters import unit
from voc.themes.discover import DiscoverOptions, discover
from voc.themes.elsewhere import ID, load_elsewhere, with_elsewhere
from voc.themes.model import as_prototypes
from voc.train.elsewhere import ElsewhereOptions, make_elsewhere

SHIPPED = models_folder() / "elsewhere"


def at(*degrees: float) -> npt.NDArray[np.float32]:
    """Unit vectors of the plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def themes_at(degrees: float) -> ThemeSet:
    return ThemeSet((Theme("bill", "Bill", as_prototypes(at(degrees)), 0.5),), "plane")


def test_what_is_nearer_to_other_trades_has_no_theme() -> None:
    own, off = at(0, 5, 10, 15), at(45)
    themes = themes_at(8)
    assert assign(off, themes)[0] == ["bill"]
    kept = with_elsewhere(themes, own, at(50))
    assert assign(off, kept)[0] == [None]
    assert assign(own, kept)[0] == ["bill"] * 4
    assert kept.leaves == themes.leaves


def test_what_the_corpus_talks_about_is_not_elsewhere() -> None:
    own = at(0, 5, 10, 15)
    assert with_elsewhere(themes_at(0), own, at(14)) == themes_at(0)
    both = with_elsewhere(themes_at(0), own, at(14, 60))
    assert len(both.get(ID).prototypes) == 1
    assert assign(own, both)[0] == ["bill"] * 4


def test_a_large_corpus_may_lose_a_few_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    own = np.concatenate([at(0)] * 9 + [at(40)])
    assert with_elsewhere(themes_at(0), own, at(42)) == themes_at(0)
    monkeypatch.setattr(module, "MOST_TAKEN", 0.1)
    assert assign(own, with_elsewhere(themes_at(0), own, at(42)))[0] == ["bill"] * 9 + [None]


def test_only_the_means_near_a_theme_are_kept_and_replace_those_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    once = with_elsewhere(themes_at(0), at(0), at(170, 50, 120, 60))
    assert np.allclose(once.get(ID).prototypes, at(50, 60))
    twice = with_elsewhere(once, at(0), at(70))
    assert np.allclose(twice.get(ID).prototypes, at(70))
    assert with_elsewhere(twice, at(0), at(1)) == with_elsewhere(themes_at(0), at(0), at(1))


def test_shipped_means_are_of_the_shipped_encoder() -> None:
    means = load_elsewhere(SHIPPED, load_encoder().name)
    assert means is not None and means.shape == (400, load_encoder().dim)
    assert np.allclose(np.linalg.norm(means, axis=1), 1, atol=2e-3)
    assert load_elsewhere(SHIPPED, "another") is None


def test_damaged_means_are_refused_and_absent_ones_are_none(tmp_path: Path) -> None:
    name = json.loads((SHIPPED / "manifest.json").read_text())["encoder"]
    assert load_elsewhere(tmp_path / "none", name) is None
    for file, content in (("means.npy", b"cut"), ("manifest.json", b"{")):
        folder = tmp_path / file
        folder.mkdir()
        for other in SHIPPED.iterdir():
            (folder / other.name).write_bytes(content if other.name == file else other.read_bytes())
        with pytest.raises(ModelError, match="restore the models folder"):
            load_elsewhere(folder, name)


def test_means_are_made_of_texts_without_non_commercial_ones(tmp_path: Path) -> None:
    encoder = load_encoder()
    texts = [f"The {thing} was {how} when it came." for thing in ("soup", "tent", "sofa") for how in ("late", "torn")]
    rows = [{"text": text} for text in texts] + [{"text": "The concert hall was far too loud.", "licence": "nc"}]
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said: list[str] = []
    options = ElsewhereOptions(means=3)
    out = make_elsewhere([tmp_path / "texts.jsonl"], encoder, tmp_path / "out", options, said.append)
    means = load_elsewhere(out, encoder.name)
    assert means is not None and means.shape == (3, encoder.dim)
    assert said == ["6 of 6 segments."]
    with pytest.raises(InputError, match="6 different sentences: 7 means"):
        make_elsewhere([tmp_path / "texts.jsonl"], encoder, tmp_path / "out", ElsewhereOptions(means=7), said.append)


def test_given_themes_are_spared_too() -> None:
    encoder = load_encoder()
    bills = [
        f"The {a} for {b} was wrong." for a, b in product(("bill", "invoice", "statement"), ("May", "June", "July"))
    ]
    people = product(("man", "lady", "girl", "boy"), ("kind", "friendly", "rude", "polite", "warm", "curt", "helpful"))
    places = product(
        ("cellar", "train", "village", "kitchen"), ("today", "on Monday", "all week", "at night", "in May")
    )
    staff = [f"The {who} in the shop was {how} to us." for who, how in people]
    signal = [f"The {where} had no phone signal {when}." for where, when in places]
    segments = [*bills, *staff, *signal, *(text.replace("The ", "Our ") for text in (*staff, *signal))]
    vectors, off = encoder.encode(segments), encoder.encode(["The bill for the wedding cake was wrong."])
    bill = Theme("bill", "Bill", as_prototypes([unit(vectors[: len(bills)].mean(axis=0))]), 0.5)
    given, options = ThemeSet((bill,), encoder.name), DiscoverOptions(themes=2)
    plain = discover(segments, vectors, encoder=encoder, options=options, given=given)
    means = unit(np.concatenate([vectors[:3], off]))
    kept = discover(segments, vectors, encoder=encoder, options=options, given=given, elsewhere=means)
    assert assign(vectors, kept)[0] == assign(vectors, plain)[0]
    assert assign(off, plain)[0] == ["bill"]
    assert assign(off, kept)[0] == [None]
