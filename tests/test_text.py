"""Text preparation: what stays of a raw text, what is hidden, what is read, and where it is split."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from text_sets import border_hits, read_set

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
        ("<b>bold</b>ness and<br>a break", "boldness and\na break"),
        ("&lt;p&gt;Slow &amp;amp; rude&lt;/p&gt;", "Slow & rude"),
        ("&amp;lt;p&amp;gt;Twice escaped&amp;lt;/p&amp;gt;", "Twice escaped"),
        ("<p>write &lt;b&gt; for bold</p>", "write <b> for bold"),
        ("AT&T & Co; fish &chips", "AT&T & Co; fish &chips"),
        ("<!-- note --><p>seen</p><script>x()</script>", "seen"),
        ('<aside class="quote"><p>theirs</p></aside><p>mine</p>', "mine"),
        ("I agree.\nOn Tue, 3 Jun 2025 at 10:12, Jo Ash wrote:\n> old words", "I agree."),
        ("Thanks\n-----Original Message-----\nFrom: x\nold words", "Thanks"),
        ("Please call\nFrom: Jo\nSent: Monday\nold words", "Please call"),
        ("On Monday he wrote: nothing works", "On Monday he wrote: nothing works"),
        ("[quote=jo]theirs [quote]older[/quote][/quote]mine", "[quote=jo]theirs [quote]older[/quote][/quote]mine"),
        ("[quote=jo]\ntheirs\n[quote]older[/quote]\n[/quote]\nmine", "mine"),
        ("Still broken.\nKind regards\nJo Ash\nHead of Tills\n+44 20 7946 0000", "Still broken."),
        ("Regards\nthe price: far too high for what it is, and nobody in the shop could tell me why so", None),
        ("All fine\nSent from my Galaxy", "All fine"),
        (
            "**Bold** and [a link](http://example.org) and\n- a point",
            "**Bold** and [a link](http://example.org) and\n- a point",
        ),
        ("don&#039;t &#8217; It&rsquo;s caf&eacute;, &pound;20", "don't ' It's café, £20"),
        ("R&D; of A&B; at /?a=1&copy=2&notify; stays", "R&D; of A&B; at /?a=1&copy=2&notify; stays"),
        ("✅ Trip Verified | Kind crew", "Kind crew"),
        ("Not Verified |  Late again | twice", "Late again | twice"),
        ("The trip verified | my fears", "The trip verified | my fears"),
        ("__label__2 __label__tin Good tin: no rust", "Good tin: no rust"),
        ("__label__1", ""),
        ("zero\u200bwidth and soft\u00adhyphen", "zerowidth and softhyphen"),
        ("family 👨\u200d👩\u200d👧 and ❤️", "family 👨\u200d👩\u200d👧 and ❤️"),
        ("wave 👋🏽!", "wave 👋🏽!"),
        ("loose\u200djoiner", "loosejoiner"),
        ("ðŸ˜¡ why", "😡 why"),
    ],
)
def test_clean(raw: str, expected: str | None) -> None:
    assert clean(raw).replace("’", "'") == (raw if expected is None else expected)


HOSTILE = (
    "< <a <! <!-- </ <div> &amp; &lt;p \n \nx >\n on\naaaaaaa\n regards\n [quote] [quote 1 1- @ a@ a@a. A\u00a0 -- a.. "
    "😀 😀\u200d :)\u00a0 Ã© \u00a0 ( [at] GB29\u00a0 4111\u00a0 mr\u00a0 it's-"
).split(" ")
HOSTILE += [
    "&copy",
    "&amp;",
    "__label__1 ",
    "spoke to Aaa ",
    "Regards, Aaa Bbb ",
    "1 Aaa Ave NW, ",
    "Mr. A ",
    "order #a",
    "sam and ",
    "a at ",
    "a at b dot ",
    "1 a st ",
    "1 Aaa Bbb ",
    "a b, but ",
    ". ",
    "!?",
    "mr ",
    "regards\n",
]


@pytest.mark.no_cover  # a trace is no part of the time
@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        begun = time.process_time()
        prepare(text)
        segments(mask(text).text)
        return time.process_time() - begun

    # The best of three: what else the process does (collecting garbage) is not the text's.
    short, long = (min(seconds(length) for _ in range(3)) for length in (6_000, 48_000))
    assert long < 8 * short * 3 + 0.5  # eight times the length; three for a shared machine


@given(st.text(max_size=200))
@example("\u200b \ufeff")
def test_clean_leaves_one_kind_of_white_space(raw: str) -> None:
    text = clean(raw)
    assert text == text.strip()
    assert not set(text) & set("\x00\x07\r\t\u200b\ufeff")
    assert "  " not in text and "\n\n" not in text and " \n" not in text and "\n " not in text


# --- language and status ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The lady on the phone stayed with me until everything worked again.", "en"),
        ("Je n'ai toujours pas reçu ma nouvelle carte et personne ne répond au téléphone.", "fr"),
        ("Ich warte seit drei Wochen auf meine Karte und niemand antwortet mir.", "de"),
        ("ok fine", "und"),
        ("12345 67890", "und"),
        ("客服非常好，问题马上解决了", "zh"),
        ("客服很好", "zh"),
        ("とても良い", "ja"),
        ("सेवा बहुत खराब थी", "hi"),
        ("Awful service (客服)", "und"),
        ("ok ¯\\_(ツ)_/¯", "und"),
        ("λ µ Ω", "und"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("record", read_set("junk"), ids=lambda record: record["text"])
def test_non_answers_are_junk_and_short_answers_are_none(record: dict[str, Any]) -> None:
    assert is_junk(record["text"]) is record["junk"]
    assert (prepare(record["text"]).status == "junk") is record["junk"]


def test_language_of_short_texts() -> None:
    records = read_set("languages")
    answers = [(detect_language(record["text"]), record) for record in records]
    assert [(code, record) for code, record in answers if code not in (record["language"], "und")] == []
    assert sum(code == "und" for code, _ in answers) / len(records) < 0.4


def test_status() -> None:
    assert prepare(None) == prepare("  \n ") == ("", (), "und", "empty", ())
    assert prepare("> only what another wrote").status == "empty"
    other = prepare("Llevo tres semanas esperando la tarjeta y nadie me contesta el teléfono.")
    assert (other.status, other.language, other.segments) == ("unsupported_language", "es", ())
    assert prepare("Плохо").status == "unsupported_language"
    for hammered in ("qpwoei zmxnc vbalsk djfhgq", "gskk jfskajj shgaal jfj lfk lfhffk"):
        assert (prepare(hammered).status, prepare(hammered).language) == ("junk", "und")


# --- segments ---------------------------------------------------------------------------------


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in segments(text)]


def test_borders_beat_the_plain_sentencizer_on_the_held_out_half() -> None:
    import spacy

    plain = spacy.blank("en")
    plain.add_pipe("sentencizer")
    records = read_set("segments", "test")

    def ours(text: str) -> list[int]:
        return [span.start for span in segments(text)]

    def theirs(text: str) -> list[int]:
        return [sentence.start_char for sentence in plain(text).sents]

    for turns in (True, False):
        mine, base = (border_hits(records, starts, turns=turns) for starts in (ours, theirs))
        assert mine.f1 > base.f1 + 0.1
        assert mine.f1 >= 0.85


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Lee… 40min!!! no refund:( never again", ["Mr. Lee… 40min!!!", "no refund:(", "never again"]),
        ("lovely staff, but the wait…", ["lovely staff,", "but the wait…"]),
        ("It cost 2.5 e.g. at example.com. Fine by me.", ["It cost 2.5 e.g. at example.com.", "Fine by me."]),
        ("great shop.would come back", ["great shop.", "would come back"]),
        ("I had no choice but to cancel", ["I had no choice but to cancel"]),
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
