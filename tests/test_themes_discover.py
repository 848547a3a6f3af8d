"""Discovery on a small made-up corpus, with the shipped encoder."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from voc.encode import load_encoder
from voc.errors import InputError
from voc.themes import ThemeSet, assign, theme_text
from voc.themes.discover import STEPS, DiscoverOptions, discover

MASKED = ("Acme",)
SUBJECTS = {
    "hold": (
        ["I waited", "we were kept", "she sat", "my dad was left", "they had me"],
        [
            "on hold for half an hour",
            "in the phone queue all morning",
            "on the line listening to music",
            "holding for forty minutes before anyone answered",
            "in a telephone queue until I gave up",
        ],
    ),
    "bill": (
        ["Acme charged me", "my account was billed", "the invoice charged us", "I was charged", "they have billed us"],
        [
            "twice for the same month",
            "for a tablet nobody ordered",
            "a fee that was never agreed",
            "the old tariff on my bill again",
            "double on the last bill",
        ],
    ),
    "parcel": (
        ["The parcel", "My delivery", "The package from Acme", "The order I placed", "Our parcel"],
        [
            "never arrived at the house",
            "was left with a neighbour",
            "came a week late",
            "was delivered to a wrong address",
            "is still not delivered",
        ],
    ),
    "staff": (
        ["The assistant in the shop", "A man at the counter", "The lady in the store", "The manager", "The girl"],
        [
            "explained everything patiently",
            "was kind to my mother",
            "helped me set up the phone",
            "took time to answer my questions",
            "stayed late to help my dad",
        ],
    ),
}
SEGMENTS = [f"{start} {end}." for starts, ends in SUBJECTS.values() for start, end in product(starts, ends)]
SUBJECT_OF = [name for name, (starts, ends) in SUBJECTS.items() for _ in product(starts, ends)]
OPTIONS = DiscoverOptions(themes=4, mask_terms=MASKED)


def found_again() -> tuple[ThemeSet, list[str | None]]:
    encoder = load_encoder()
    vectors = encoder.encode([theme_text(segment, MASKED) for segment in SEGMENTS])
    themes = discover([*SEGMENTS], vectors, encoder=encoder, options=OPTIONS)
    return themes, assign(vectors, themes)[0]


@pytest.fixture(scope="module")
def found() -> tuple[ThemeSet, list[str | None]]:
    return found_again()


def test_each_subject_becomes_one_theme(found: tuple[ThemeSet, list[str | None]]) -> None:
    _, ids = found
    leading = {}
    for subject in SUBJECTS:
        own = [one for one, name in zip(ids, SUBJECT_OF, strict=True) if name == subject and one]
        leading[subject] = max(set(own), key=own.count)
        assert own.count(leading[subject]) >= 18
    assert len(set(leading.values())) == 4


def test_names_read_like_phrases_and_name_no_brand(found: tuple[ThemeSet, list[str | None]]) -> None:
    themes, _ = found
    labels = [theme.label for theme in themes.active]
    assert len({label.casefold() for label in labels}) == len(labels)
    for theme in themes.leaves:
        assert theme.label[0].isupper() and "_" not in theme.label and 1 <= len(theme.label.split()) <= 5
        assert "acme" not in " ".join([theme.label, *theme.keywords, theme.description]).casefold()
        assert theme.description == f"For instance: “{theme.verbatims[0]}”"
        assert 1 <= len(theme.verbatims) <= 5 and set(theme.verbatims) <= set(SEGMENTS)
        assert 0.36 - 1e-6 <= theme.threshold <= 0.52 + 1e-6
        assert max(abs(theme.x), abs(theme.y)) <= 1.0


def test_the_same_input_gives_the_same_set_in_another_process(found: tuple[ThemeSet, list[str | None]]) -> None:
    code = (
        "import json, sys; sys.path.insert(0, 'tests');"
        "from test_themes_discover import found_again; s, _ = found_again();"
        "print(json.dumps(s.to_dict()))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ThemeSet.from_dict(json.loads(done.stdout.splitlines()[-1])) == found[0]


def test_too_little_to_go_by_is_said_in_one_line() -> None:
    encoder = load_encoder()
    texts = ["They charged my card twice in May."] * 300 + ["great service!!"] * 50
    vectors = np.zeros((350, encoder.dim), dtype=np.float16)
    with pytest.raises(InputError, match="Only 1 different segments") as failure:
        discover(texts, vectors, encoder=encoder)
    assert "\n" not in str(failure.value)


def test_progress_names_every_step() -> None:
    encoder = load_encoder()
    told: list[str] = []
    discover(SEGMENTS, encoder.encode(SEGMENTS), encoder=encoder, options=OPTIONS, progress=told.append)
    assert tuple(told) == STEPS


def test_made_up_syllables_are_no_themes() -> None:
    encoder = load_encoder()
    draw, syllables = np.random.default_rng(1), ["ki", "cu", "pe", "ga", "lo", "fu", "ji", "zo", "mi", "ra"]
    words = ["".join(draw.choice(syllables, 2)) for _ in range(60)]
    segments = [" ".join(draw.choice(words, 6)) for _ in range(200)]
    with pytest.raises(InputError, match="hold an everyday English word"):
        discover(segments, encoder.encode(segments), encoder=encoder)
