"""Personal data: what is hidden, what must stay, and the recall on the set written for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_sets import RECALL_WANTED, pii_hits, read_set

from voc.ingest import read, understand
from voc.ingest.names import personal_kind
from voc.text import mask, personal_data, prepare

PRECISION_WANTED = 0.9


@pytest.mark.parametrize("part", ["tune", "test"])
def test_recall_and_precision_on_the_set(part: str) -> None:
    hits = pii_hits(read_set("pii", part), personal_data)
    assert hits.keys() == RECALL_WANTED.keys()
    assert {kind: hit.recall for kind, hit in hits.items() if hit.recall < RECALL_WANTED[kind]} == {}
    assert {kind: hit.precision for kind, hit in hits.items() if hit.precision < PRECISION_WANTED} == {}


def test_the_set_is_large_enough_and_its_spans_are_exact() -> None:
    records = read_set("pii")
    assert len(records) >= 300
    assert sum(not record["spans"] for record in records) >= 100
    for record in records:
        for start, end, _ in record["spans"]:
            assert record["text"][start:end] == record["text"][start:end].strip() != ""


@pytest.mark.parametrize("part", ["tune", "test"])
def test_masking_twice_changes_nothing_on_the_set(part: str) -> None:
    for record in read_set("pii", part):
        once = mask(record["text"]).text
        assert mask(once) == (once, ())


@pytest.mark.parametrize(
    ("text", "masked", "kinds"),
    [
        ("Write to mo.lark@mail.example.org please", "Write to [email] please", ("email",)),
        ("Ring 07700 900321 or +44 7700 900 322.", "Ring [phone] or [phone].", ("phone",)),
        ("Ring (020) 7946 0958", "Ring [phone]", ("phone",)),
        ("card 5555 5555 5555 4444, again", "card [card], again", ("card",)),
        ("pay to GB29 NWBK 6016 1331 9268 19 now", "pay to [iban] now", ("iban",)),
        ("My name is Ida Moss and I gave up", "My name is [name] and I gave up", ("name",)),
        ("Kind regards,\nTed Hollow", "Kind regards,\n[name]", ("name",)),
        ("Please contact me: Ada Thornley, mornings", "Please contact me: [name], mornings", ("name",)),
        ("a@b.example or 07700 900321", "[email] or [phone]", ("email", "phone")),
        ("order #104882 for 3 Elm Road", "order #[reference] for [address]", ("address", "reference")),
        ("agent SARAH and @owl_9", "agent [name] and [handle]", ("handle", "name")),
        ("I spoke to Zebulon Quark", "I spoke to [name]", ("name",)),
        ("Ask for Bartholomew at the desk", "Ask for [name] at the desk", ("name",)),
        ("Kudos to Xiomara", "Kudos to [name]", ("name",)),
        ("Kind regards, Persephone Ludd The price", "Kind regards, [name] The price", ("name",)),
        ("Regards, Bartholomew Q", "Regards, [name]", ("name",)),
        ("1600 Pine Ave NW, Washington, DC 20500 it is", "[address] it is", ("address",)),
        ("12 Oak Ave N.E., Salem, OR 97301.", "[address].", ("address",)),
        ("Spoke to Mr. Lee. He was kind.", "Spoke to Mr. [name]. He was kind.", ("name",)),
        ("I can't thank Delphine Okoro enough", "I can't thank [name] enough", ("name",)),
        ("We worked with Casimir on the extension", "We worked with [name] on the extension", ("name",)),
    ],
)
def test_mask(text: str, masked: str, kinds: tuple[str, ...]) -> None:
    assert mask(text) == (masked, kinds)


@pytest.mark.parametrize(
    "text",
    [
        "Paid £1,299.99 on 12/10/2025 for the 2025-2026 plan",
        "On hold 45 minutes, twice, 10/10 for patience",
        "Reading 4111 1111 1111 1112 is no card: its check digit is wrong",
        "IBAN GB29 NWBK 6016 1331 9268 18 has wrong check digits",
        "Since 2026-04-01 it costs 12.50 a month, 20% more",
        "my name is mud, regards to the team",
        "meet @ noon, open 24/7",
        "iPhone 15 Pro, Galaxy S23 5GB, iPad M1 8GB",
        "My wife. Ordered by Monday. Thanks to Amazon.",
        "2 way street, a 10 minute drive",
        "ask for Refund, props to Staff",
        "spoke to Customer Service, kudos to Amazon",
        "Kudos To Everyone, Spoke To Nobody",
        "I spoke to Quillmart support and Kudos to Quillmart's team",
        "Thank heavens it came; thank Verizon for nothing",
        "It works with Philips bulbs and we are working with Premier Support",
    ],
)
def test_mask_leaves_prices_dates_models_and_brands(text: str) -> None:
    assert mask(text) == (text, ())


@pytest.mark.parametrize(
    ("answer", "masked"),
    [
        ("Dear Ottoline,\nwe are sorry", "Dear [name],\nwe are sorry"),
        ("Sorry to hear, Petra", "Sorry to hear, [name]"),
        ("Thank you Orla", "Thank you [name]"),
        ("We value your feedback, Persephone Ludd!", "We value your feedback, [name]!"),
        ("Dear Customer, thank you. We care.", None),
        ("Hi there, thanks for this, We will call", None),
    ],
)
def test_whom_a_company_answers_is_hidden(answer: str, masked: str | None) -> None:
    assert mask(answer, answer=True).text == (masked or answer)


def test_a_customer_who_addresses_the_company_still_names_it() -> None:
    assert mask("Dear Quillmart, your vans are late").text == "Dear Quillmart, your vans are late"


PERSONAL = "requester|Contact|Submitter|Assigned to|Owner|Handled by|Account manager|Kunde|ReviewerDisplayName|Login"
PERSONAL += "|requester.name|Case Owner|Ticket assignee"
IMPERSONAL = "User agent|Contact reason|Brand display name|Last contact|Sold by|product.name|Owner response|Car owner"


@pytest.mark.parametrize("column", PERSONAL.split("|"))
def test_a_column_that_names_a_person(column: str) -> None:
    assert personal_kind(column) == "name"


@pytest.mark.parametrize("column", IMPERSONAL.split("|"))
def test_a_column_that_names_a_thing(column: str) -> None:
    assert personal_kind(column) is None


def test_carried_columns_name_nobody(tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text(
        "id,comment,Requester,Account manager,Owner,Note\n"
        "t1,The lid leaks and nobody calls,Zebulon Quark,Ottoline,yes,Thank you Orla\n"
        'T2,Quick and kind people there,Xiomara,7,no,"Dear Ottoline, we are sorry"\n'
    )
    found = [json.loads(row["carried"]) for table in read(understand([str(file)])) for row in table.to_pylist()]
    assert [list(row.values())[1:] for row in found] == [
        ["[name]", "[name]", "yes", "Thank you [name]"],
        ["[name]", "7", "no", "Dear [name], we are sorry"],
    ]


@given(st.text(alphabet="0123456789 +-().@abcXYZ£[]#", max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text).text
    assert mask(once) == (once, ())


@given(
    st.lists(
        st.sampled_from("agent Sarah [name] my name is order # 12345 Mr. and to @ jo . , spoke at dot com".split())
    )
)
def test_masking_twice_changes_nothing_more_in_words(words: list[str]) -> None:
    once = mask(" ".join(words)).text
    assert mask(once) == (once, ())


@given(st.text(max_size=120))
def test_personal_data_lies_in_order_without_overlap(text: str) -> None:
    ends = 0
    for start, end, _ in personal_data(text):
        assert ends <= start < end <= len(text)
        ends = end


def test_prepared_text_holds_no_personal_data() -> None:
    found = prepare("<p>I am at old.oak@example.net, phone 07700 900654. Card 4242 4242 4242 4242.</p>")
    assert found.text == "I am at [email], phone [phone]. Card [card]."
    assert found.pii == ("card", "email", "phone")
