"""Names among the words that customers use: told by capitals inside sentences, where capitals tell anything."""

from __future__ import annotations

from voc.themes.proper import proper_names


def test_brands_are_told_by_capitals_within_sentences() -> None:
    texts = [
        "I moved to Fernline and then to Oakwave.",
        "we left fernline for Fernline’s rival",
        "With Oakwave the Bill was the bill. Bill after bill!",
        "I waited on hold and my bill was long and I was on hold again",
        "ALL SHOUTED ABOUT HOLD AND THE QUEUE",
    ]
    assert proper_names(texts) == {"fernline", "oakwave"}


def test_where_most_words_have_capitals_they_tell_nothing() -> None:
    texts = ["Die Rechnung und der Vertrag und die Wartezeit", "Eine Rechnung, ein Vertrag, eine Wartezeit"]
    assert proper_names(texts) == frozenset()
    assert proper_names([]) == frozenset()
