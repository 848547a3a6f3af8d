"""The rule language: what a rule says, what it fits, and where it cannot be read."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voc.rules import (
    LABELS,
    MOST_APART,
    And,
    Label,
    Near,
    Not,
    Or,
    Rule,
    RuleError,
    Words,
    all_of_these,
    matches,
    matches_each,
    parse,
    show,
    spans,
)

# --- trees and texts of a few words, so that rules and texts often meet ---------------------------------------------

VOCABULARY = ("sim", "esim", "scan", "scanned", "or", "don't", "42", "plan")
word = st.sampled_from(VOCABULARY)
part = word | st.sampled_from(("sc*", "esi*", "pla*"))
terms = st.lists(part, min_size=1, max_size=3).map(lambda parts: Words(tuple(parts)))
placed = terms | st.lists(terms, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts)))
nears = st.builds(Near, placed, placed, st.integers(1, 6))
labels = st.sampled_from([Label("signal", "delay"), Label("stance", "taking"), Label("intent", "praise")])


def joined(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(rules, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, rules)


trees: st.SearchStrategy[Rule] = st.recursive(terms | nears | labels, joined, max_leaves=8)
texts = st.lists(word, max_size=12).map(" ".join)
comments = st.fixed_dictionaries(
    {
        "text": texts,
        "signals": st.lists(st.sampled_from(("delay", "care")), unique=True),
        "stance": st.sampled_from(("taking", "neither", None)),
        "sentiment": st.just("neutral"),
        "intent": st.sampled_from(("praise", "other")),
        "advocacy": st.just("none"),
    }
)


def fits(rule: str | Rule, **comment: object) -> bool:
    """By either way of looking, which must agree."""
    return fit_each([parse(rule) if isinstance(rule, str) else rule], **comment)[0]


def fit_each(rules: list[Rule], **comment: object) -> list[bool]:
    whole = {"text": "", "signals": [], "stance": None, "sentiment": None, "intent": None, "advocacy": None, **comment}
    row = pd.DataFrame([whole])
    found = [bool(matches(rule, row)[0]) for rule in rules]
    assert matches_each(rules, row)[:, 0].tolist() == found
    return found


def expected(rule: Rule, comment: dict[str, object]) -> bool:
    """What a rule means, written once more: slowly, over all places."""
    words = str(comment["text"]).split()
    match rule:
        case Words():
            return bool(places(rule, words))
        case Near(left, right, apart):
            pairs = [(a, b) for a in places(left, words) for b in places(right, words)]
            return any(1 <= b[0] - a[1] <= apart or 1 <= a[0] - b[1] <= apart for a, b in pairs)
        case Label(name, value):
            given = comment[LABELS[name][0]]
            return value in given if isinstance(given, list) else given == value
        case Not(inner):
            return not expected(inner, comment)
        case And(rules):
            return all(expected(one, comment) for one in rules)
        case Or(rules):
            return any(expected(one, comment) for one in rules)


def places(rule: Rule, words: list[str]) -> list[tuple[int, int]]:
    if isinstance(rule, Or):
        return [place for one in rule.rules for place in places(one, words)]
    assert isinstance(rule, Words)
    patterns = [re.escape(part[:-1]) + ".*" if part.endswith("*") else re.escape(part) for part in rule.parts]
    size = len(patterns)
    return [
        (at, at + size - 1)
        for at in range(len(words) - size + 1)
        if all(re.fullmatch(patterns[i], words[at + i]) for i in range(size))
    ]


@pytest.mark.parametrize(
    ("terms", "rule"),
    [
        (["refund", "or", "on hold", "(Credit"], 'refund AND "or" AND "on hold" AND credit'),
        (["it's", "5/10", "!?"], 'it\'s AND "5 10"'),
        (["near"], '"near"'),
    ],
)
def test_words_that_were_searched_make_a_rule(terms: list[str], rule: str) -> None:
    assert all_of_these(terms) == rule
    assert matches(parse(rule), pd.DataFrame({"text": [" ".join(terms), "nothing of it"]})).tolist() == [True, False]


# --- properties -------------------------------------------------------------------------------------------------------


@given(trees)
def test_a_rule_written_out_reads_as_itself(tree: Rule) -> None:
    assert parse(show(tree)) == tree


@given(trees, st.lists(comments, min_size=1, max_size=4))
def test_a_rule_fits_what_it_says_it_fits(tree: Rule, rows: list[dict[str, object]]) -> None:
    assert list(matches(tree, pd.DataFrame(rows))) == [expected(tree, row) for row in rows]
    assert list(matches_each([tree, Not(tree)], pd.DataFrame(rows))[0]) == [expected(tree, row) for row in rows]


@given(trees, trees, comments)
def test_not_and_or_are_those_of_logic(a: Rule, b: Rule, comment: dict[str, object]) -> None:
    not_both, either_not, never = fit_each([Not(And((a, b))), Or((Not(a), Not(b))), And((a, Not(a)))], **comment)
    assert not_both == either_not and not never


@given(placed, placed, st.integers(1, 6), texts)
def test_near_has_no_direction_and_grows_with_its_distance(a: Rule, b: Rule, apart: int, text: str) -> None:
    near = Near(a, b, apart)
    found, turned, farther, both = fit_each([near, Near(b, a, apart), Near(a, b, apart + 1), And((a, b))], text=text)
    assert found == turned
    assert farther >= found
    assert both >= found


@given(terms | nears, texts)
def test_what_is_marked_is_what_fits(rule: Rule, text: str) -> None:
    found = spans(rule, text)
    assert bool(found) == fits(rule, text=text)
    assert all(0 <= start < end <= len(text) for start, end in found)


@given(st.text(alphabet='ab*"()“” :/5NEARODTnot&é', max_size=40) | st.text(max_size=40))
@example("𝝖")
def test_anything_is_a_rule_or_an_error_that_points_into_it(text: str) -> None:
    read = read_or_error(text)
    if isinstance(read, RuleError):
        assert 0 <= read.position <= len(text) and read.reason
    else:
        assert parse(show(read)) == read


def read_or_error(text: str) -> Rule | RuleError:
    try:
        return parse(text)
    except RuleError as error:
        return error


# --- meaning, by example ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "text", "fit"),
    [
        ("esim NEAR/5 (activate OR scan)", "The eSIM would not activate", True),
        ("esim NEAR/2 activate", "The eSIM would not activate", False),
        ("esim NEAR/3 activate", "Activate, please, my ESIM", True),
        ("sim", "my esim", False),
        ("sim", "the SIM's tray", True),
        ("activat*", "Activation failed", True),
        ("cafe", "the Café upstairs", True),
        ("don't", "I don’t know", True),
        ('"on hold"', "on hold for an hour", True),
        ('"on hold"', "hold on", False),
        ("e-sim", "an E-SIM card", True),
        ("sim NEAR/5 sim", "one sim only", False),
        ("phone", "call me on [phone]", False),
        ("a OR b AND c", "a", True),
        ("(a OR b) AND c", "a", False),
        ("NOT a", "b", True),
        ('"or"', "this or that", True),
    ],
)
def test_rules_fit(rule: str, text: str, fit: bool) -> None:
    assert fits(rule, text=text) is fit


def test_labels_are_those_of_the_comment() -> None:
    assert fits("esim AND signal:delay", text="my esim", signals=["delay", "effort"])
    assert not fits("esim AND signal:delay", text="my esim", signals=["effort"])
    assert fits("stance:taking AND NOT advocacy:warns_off", stance="taking", advocacy="none")


def test_a_row_without_text_fits_no_words() -> None:
    rows = pd.DataFrame({"text": [None, "refund"]})
    assert list(matches(parse("refund"), rows)) == [False, True]
    assert list(matches(parse("refund"), rows.iloc[:0])) == []


def test_marks_stand_where_the_words_stand() -> None:
    text = "Ｃafé’s ﬁrst eSIM would not scan. No refund."
    rule = parse('"cafe\'s first" OR esim NEAR/3 scan AND NOT refund')
    assert [text[start:end] for start, end in spans(rule, text)] == ["Ｃafé’s ﬁrst", "eSIM", "scan"]


# --- errors point at the place ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "position", "reason"),
    [
        ("", 0, "nothing in it"),
        ("late delivery", 5, "missing before this"),
        ("refund AND", 10, "the rule ends"),
        ("refund AND AND late", 11, "AND stands where a word is wanted"),
        ("(late OR slow", 0, "never closed"),
        ("late)", 4, "never opened"),
        ("()", 1, "the bracket closes"),
        ('late AND "on hold', 9, "quotes are never closed"),
        ("late or slow", 5, "write OR in capitals"),
        ("late near/3 slow", 5, "write NEAR/3 in capitals"),
        ("late NEAR slow", 5, "NEAR needs a distance"),
        ("late NEAR/0 slow", 5, f"1 to {MOST_APART} apart"),
        ("late NEAR/" + "9" * 30 + " slow", 5, f"1 to {MOST_APART} apart"),
        ("a NEAR/2 b NEAR/2 c", 11, "NEAR joins two"),
        ("signal:delay NEAR/2 b", 0, "NEAR takes words"),
        ("b NEAR/2 (a AND c)", 9, "NEAR takes words"),
        ("late AND signal:slow", 9, "choose one of care, ease"),
        ("http://shop.example", 0, "choose signal, stance"),
        ("late AND &", 9, "no letter or digit"),
        ("act*vate", 0, "may only end a word"),
        ("late OR a*", 8, "two letters or more"),
        ("(" * 41 + "a" + ")" * 41, 40, "more than 40 brackets"),
        ("NOT " * 41 + "a", 160, "more than 40 times"),
        ("a" * 2001, 2000, "2,000 characters"),
    ],
)
def test_errors_point_at_the_place(rule: str, position: int, reason: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(rule)
    assert caught.value.position == position
    assert reason in caught.value.reason
    assert f"at character {position + 1}" in str(caught.value) and caught.value.exit_code == 2


# --- the quick way and the slow one ---------------------------------------------------------------------------------

odd = st.lists(
    st.sampled_from(
        (
            "sim",
            "sim's",
            "'sim",
            "sim's's",
            "a'sim",
            "[phone]",
            "[sim]",
            "phone",
            "phones",
            "é",
            "scan",
            " ",
            "-",
            "'",
            "''",
        )
    ),
    max_size=10,
).map("".join)
odd_part = st.sampled_from(("sim", "phone", "pho*", "s*", "scan"))
odd_words = st.lists(odd_part, min_size=1, max_size=2).map(lambda parts: Words(tuple(parts)))


@given(odd_words | st.builds(Near, odd_words, odd_words, st.integers(1, 3)), odd)
def test_a_rule_fits_where_spans_are_found_whatever_the_text(rule: Words | Near, text: str) -> None:
    assert fits(rule, text=text) == bool(spans(rule, text))
