"""Text preparation: what stays of a raw text, what is hidden, what is read, and where it is split."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voc.text import clean, detect_language, is_junk, mask, prepare, segments

# --- clean ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  Two   words \t here ", "Two words here"),
        ("First line\r\n\r\n\r\nsecond line", "First line\nsecond line"),
        ("Cafe\u0301 was shut", "Café was shut"),
        ("bell\x07 and null\x00 byte", "bell and null byte"),
        ("<p>Quick &amp; kind</p><p>Ta</p>", "Quick & kind\nTa"),
        ("<blockquote>someone else</blockquote><p>my own words</p>", "my own words"),
        ("<pre>print(1)</pre>The code above fails", "The code above fails"),
        ("> what you wrote\nI disagree\n> and again", "I disagree"),
        ("All sorted.\n-- \nJo\nHead of Nothing", "All sorted."),
        ("Still no line\nSent from my iPhone", "Still no line"),
        ("The cafÃ© queue wasnâ€™t long", "The café queue wasn't long"),
        ("3 > 2 and I <3 it, price < 10", "3 > 2 and I <3 it, price < 10"),
        ("😡😡 why", "😡😡 why"),
        ("", ""),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert clean(raw).replace("’", "'") == expected


@given(st.text(max_size=200))
@example("\u200b \ufeff")
def test_clean_leaves_one_kind_of_white_space(raw: str) -> None:
    text = clean(raw)
    assert text == text.strip()
    assert not set(text) & set("\x00\x07\r\t\u200b\ufeff")
    assert "  " not in text and "\n\n" not in text and " \n" not in text and "\n " not in text


# --- personal data ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "masked", "kinds"),
    [
        ("Write to mo.lark@mail.example.org please", "Write to [email] please", ("email",)),
        ("Ring 07700 900321 or +44 7700 900 322.", "Ring [phone] or [phone].", ("phone",)),
        ("Ring (020) 7946 0958", "Ring [phone]", ("phone",)),
        ("card 5555 5555 5555 4444, again", "card [card], again", ("card",)),
        ("card 5555-5555-5555-4444", "card [card]", ("card",)),
        ("pay to GB29 NWBK 6016 1331 9268 19 now", "pay to [iban] now", ("iban",)),
        ("My name is Ida Moss and I gave up", "My name is [name] and I gave up", ("name",)),
        ("Kind regards,\nTed Hollow", "Kind regards,\n[name]", ("name",)),
        ("Please contact me: Ada Thornley, mornings", "Please contact me: [name], mornings", ("name",)),
        ("a@b.example or 07700 900321", "[email] or [phone]", ("email", "phone")),
    ],
)
def test_mask_hides(text: str, masked: str, kinds: tuple[str, ...]) -> None:
    assert mask(text) == (masked, kinds)


@pytest.mark.parametrize(
    "text",
    [
        "Paid £1,299.99 on 12/10/2025 for the 2025-2026 plan",
        "On hold 45 minutes, twice, 10/10 for patience",
        "Reference 4111 1111 1111 1112 is no card: its check digit is wrong",
        "Since 2026-04-01 it costs 12.50 a month, 20% more",
        "my name is mud, regards to the team",
        "meet @ noon",
    ],
)
def test_mask_leaves_prices_dates_and_waits(text: str) -> None:
    assert mask(text) == (text, ())


@given(st.text(alphabet="0123456789 +-().@abcXYZ£", max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text).text
    assert mask(once) == (once, ())


def test_prepared_text_holds_no_personal_data() -> None:
    found = prepare("<p>I am at old.oak@example.net, phone 07700 900654. Card 4242 4242 4242 4242.</p>")
    assert found.text == "I am at [email], phone [phone]. Card [card]."
    assert found.pii == ("card", "email", "phone")


# --- language and status ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The lady on the phone stayed with me until everything worked again.", "en"),
        ("Je n'ai toujours pas reçu ma nouvelle carte et personne ne répond au téléphone.", "fr"),
        ("Ich warte seit drei Wochen auf meine Karte und niemand antwortet mir.", "de"),
        ("ok fine", "und"),
        ("12345 67890", "und"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text",
    ["n/a", "N.A.", "-", "...", "??", "None", "no comment", "asdfgh", "sdfghjk", "qwertyuiop", "zzzzz", "xx"],
)
def test_non_answers_are_junk(text: str) -> None:
    assert is_junk(text)
    assert prepare(text).status == "junk"


@pytest.mark.parametrize(
    "text",
    [
        "Poorer",
        "Pretty",
        "Flash",
        "Property",
        "Rubbish",
        "Ok",
        "👍",
        "😡",
        "nothing works here",
        "10/10",
        "Glass",
    ],
)
def test_short_answers_are_no_junk(text: str) -> None:
    assert not is_junk(text)
    assert prepare(text).status == "ok"


def test_status() -> None:
    assert prepare(None) == prepare("  \n ") == ("", (), "und", "empty", ())
    assert prepare("> only what another wrote").status == "empty"
    other = prepare("Llevo tres semanas esperando la tarjeta y nadie me contesta el teléfono.")
    assert (other.status, other.language, other.segments) == ("unsupported_language", "es", ())


# --- segments ---------------------------------------------------------------------------------


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in segments(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One bar indoors. None upstairs!", ["One bar indoors.", "None upstairs!"]),
        (
            "The shop was kind, but the bill is wrong again.",
            ["The shop was kind,", "but the bill is wrong again."],
        ),
        ("Cheap but slow.", ["Cheap but slow."]),
        (
            "Took my money however they never sent the card",
            ["Took my money", "however they never sent the card"],
        ),
        ("No full stop here\nNor in this line", ["No full stop here", "Nor in this line"]),
        ("They replied within the hour. Nice.", ["They replied within the hour. Nice."]),
        ("🙂", ["🙂"]),
        ("Great", ["Great"]),
        (" ", []),
        ("", []),
    ],
)
def test_segments(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_a_text_without_stops_is_cut_after_sixty_words_or_so() -> None:
    found = pieces("and then they passed me on to someone else " * 30)
    assert len(found) > 3
    assert all(len(piece.split()) <= 75 for piece in found)


@given(
    st.lists(
        st.sampled_from(
            ["good", "but", "Mr.", "line", "😀", "…", "\n", ".", "!", ",", "yet", "although", "7", "waited"]
        ),
        max_size=60,
    )
)
def test_segments_cover_every_word_once_and_in_order(words: list[str]) -> None:
    text = " ".join(words)
    spans = segments(text)
    assert all(start < end and text[start:end] == text[start:end].strip() for start, end in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert "".join("".join(pieces(text)).split()) == "".join(text.split())
