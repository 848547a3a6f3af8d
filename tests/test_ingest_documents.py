"""XML and JSON as their makers nest them: where the rows are, and what is no rows."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from exports import WORDS, Row, delimited, refused, texts, understood, write

# --- XML ---------------------------------------------------------------------------------------------------


def elements(tag: str, rows: list[Row]) -> str:
    return "".join(f"<{tag} " + " ".join(f"{k}={quoteattr(str(v))}" for k, v in row.items()) + " />\n" for row in rows)


POSTS = [
    {"Id": 1, "PostTypeId": 1, "CreationDate": "2024-05-01T10:00:00.123", "Score": 5, "ViewCount": 40, "OwnerUserId": 7,
     "Body": "<p>The parcel never came &amp; nobody knows</p>", "Title": "Where is it?", "Tags": "<delivery>"},
    {"Id": 2, "PostTypeId": 2, "ParentId": 1, "CreationDate": "2024-05-02T10:00:00.123", "Score": 3, "OwnerUserId": 8,
     "Body": "<blockquote><p>never came</p></blockquote><p>Same here, two weeks late</p>"},
    {"Id": 3, "PostTypeId": 5, "CreationDate": "2024-05-03T10:00:00.123", "Score": 0, "Body": "What a tag is about"},
]  # fmt: skip
STACK_COMMENTS = [
    {"Id": n, "PostId": 1, "Score": n, "Text": word, "CreationDate": f"2024-05-0{n + 1}T10:00:00.5", "UserId": 7 + n,
     "ContentLicense": "CC BY-SA 4.0"}
    for n, word in enumerate(WORDS)
]  # fmt: skip
NESTED = """<?xml version="1.0" encoding="UTF-8"?>
<!-- an export -->
<shop xmlns="urn:shop" xmlns:x="urn:x" name="Larch"><info><about>Some words about the shop itself</about></info>
<product sku="p1"><name>Kettle</name><reviews>
  <review id="a" x:skip="1"><rating max="5">4</rating><author><nickname>Ann</nickname></author>
    <text>Boils <b>very</b> fast indeed</text></review>
  <review id="b"><rating max="5">1</rating><text><![CDATA[Leaks & <drips> all day]]></text>
    <tag>leak</tag><tag>lid</tag></review>
</reviews></product>
<product sku="p2"><name>Toaster</name><reviews>
  <review id="c"><rating max="5">5</rating><text>Even toast every morning</text></review>
</reviews></product></shop>"""


def in_xml(
    tag: str, inside: str = "{}", encoding: str = "utf-8", words: list[str] | None = None, before: str = ""
) -> bytes:
    """A document of one element for each text."""
    rows = "".join(f"<{tag}>{inside.format(word)}</{tag}>" for word in words or WORDS)
    return f'<?xml version="1.0" encoding="{encoding}"?>{before}<all>{rows}</all>'.encode(encoding)


@pytest.mark.parametrize("name", ["Posts.xml", "Posts.xml.gz", "site.zip"])
def test_stackexchange_posts(tmp_path: Path, name: str) -> None:
    content = f'﻿<?xml version="1.0" encoding="utf-8"?>\n<posts>\n{elements("row", POSTS)}</posts>'.encode()
    path = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("site/Posts.xml", content)
    else:
        write(path, gzip.compress(content) if name.endswith(".gz") else content)
    plan, rows = understood(path)
    assert plan.files[0].profile.name == "stackexchange_posts" and plan.files[0].format == "xml"
    assert [row["status"] for row in rows] == ["ok", "ok", "empty"]
    assert rows[0]["text"].startswith("Where is it?") and [row["thread_id"] for row in rows] == [None, "1", None]
    assert {row["score"] for row in rows} == {None} and {row["source"] for row in rows} == {"forum"}
    assert rows[0]["date"].day == 1 and json.loads(rows[0]["attributes"])["Score"] == "5"


def test_a_stackexchange_folder_is_its_posts_and_comments(tmp_path: Path) -> None:
    others = {
        "Users": {"Id": 7, "Reputation": 101, "DisplayName": "Ann", "AboutMe": "I write long words about me",
        "AccountId": 3},
        "Votes": {"Id": 1, "PostId": 1, "VoteTypeId": 2, "CreationDate": "2024-05-01T00:00:00"},
        "PostHistory": {"Id": 1, "PostHistoryTypeId": 2, "PostId": 1, "RevisionGUID": "x",
        "Text": "The parcel never came at all"},
        "Badges": {"Id": 1, "UserId": 7, "Name": "Teacher of many people", "Date": "2024-05-01", "Class": 3,
        "TagBased": "False"},
        "Tags": {"Id": 1, "TagName": "delivery", "Count": 4},
        "PostLinks": {"Id": 1, "CreationDate": "2024-05-01", "PostId": 1, "RelatedPostId": 2, "LinkTypeId": 1},
    }  # fmt: skip
    for name, row in others.items():
        write(tmp_path / f"{name}.xml", f"<{name.lower()}>{elements('row', [row, row | {'Id': 2}])}</{name.lower()}>")
    write(tmp_path / "Posts.xml", f"<posts>{elements('row', POSTS)}</posts>")
    write(tmp_path / "Comments.xml", f"<comments>{elements('row', STACK_COMMENTS)}</comments>")
    plan, rows = understood(tmp_path)
    assert [Path(file.file).name for file in plan.files] == ["Comments.xml", "Posts.xml"]
    assert texts(rows)[:3] == WORDS and {row["score"] for row in rows} == {None}
    assert len({row["dataset"] for row in rows}) == 2 and rows[0]["thread_id"] == "1"
    assert len(plan.skipped) == len(others) and all("not customers' words" in reason for _, reason in plan.skipped)


def test_xml_elements_attributes_and_groups_are_columns(tmp_path: Path) -> None:
    plan, rows = understood(write(tmp_path / "shop.xml", NESTED))
    (file,) = plan.files
    assert [file.columns[role] for role in ("id", "text", "score")] == ["id", "text", "rating"]
    assert texts(rows) == ["Boils very fast indeed", "Leaks & <drips> all day", "Even toast every morning"]
    assert [row["score"] for row in rows] == [4, 1, 5]
    carried = json.loads(rows[1]["attributes"])
    assert (carried["product.sku"], carried["shop.name"], carried["tag"]) == ("p1", "Larch", "leak\nlid")
    assert carried["rating.max"] == "5" and "Ann" not in rows[0]["carried"]


OPINION = '<Opinions><Opinion target="x" polarity="positive"/><Opinion target="y" polarity="negative"/></Opinions>'
NEWS = "<channel><title>All the news about us</title>{}</channel>"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (in_xml("comment"), WORDS),
        (in_xml("r", "<body><p>{}</p><p>And more</p></body>"), [f"{word}\nAnd more" for word in WORDS]),
        (NEWS.format("".join(f"<item><guid>{n}</guid><description>{w}</description></item>" for n,
        w in enumerate(WORDS))), WORDS),
        (
            in_xml("Review",
            f"<ss><s n='1'><text>{{0}}</text>{OPINION}</s><s n='2'><text>{{0}} again</text></s></ss>"),
            [text for word in WORDS for text in (word, f"{word} again")],
        ),
        (in_xml("r", "<text>{}</text>", "iso-8859-1", ["Café was closed again", "À bientôt they said"]),
         ["Café was closed again", "À bientôt they said"]),
        (in_xml("r", "<text>{}</text>", "utf-16", ["Café was closed again", "Open at last today"]),
         ["Café was closed again", "Open at last today"]),
        (in_xml("r", "<text>{}</text>", before="<!DOCTYPE all SYSTEM 'http://example.com/all.dtd'>"), WORDS),
    ],
    ids="bare paragraphs feed grouped latin utf16 doctype".split(),
)  # fmt: skip
def test_rows_of_xml_are_found_by_their_words(tmp_path: Path, content: str | bytes, found: list[str]) -> None:
    assert texts(understood(write(tmp_path / "a.xml", content))[1]) == found


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha ha "}">' for n in range(10))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (f"<!DOCTYPE c [{LAUGHS}]><c><r>&l9;</r><r>words here too</r></c>", "declares entities"),
        (f'<!DOCTYPE c [{LAUGHS}]><c><r t="&l9;"/><r t="words here too"/></c>', "declares entities"),
        ('<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/hostname">]><c><r>words &x; here</r><r>b c</r></c>',
        "declares entities"),
        ('<!DOCTYPE c [<!ENTITY % p SYSTEM "http://example.com/x.dtd"> %p;]><c><r>some words</r><r>b c</r></c>',
        "declares entities"),
        ("<c><r>words here</r><r>more words", "not well-formed XML"),
        ("<c><r>words here</r>&undefined;<r>more words</r></c>", "not well-formed XML"),
        ("<settings><depth>5</depth><words>nothing repeats in here</words></settings>", "no element repeats"),
        ("<svg><path d='M0 0'/><path d='M1 1'/></svg>", "no column of customers' words"),
        ("", "empty"),
        ("plain words, no markup", "not well-formed XML"),
        ("<" * 5000, "not well-formed XML"),
        ("<a>" * 5000, "not well-formed XML"),
    ],
)  # fmt: skip
def test_xml_that_is_not_rows_is_refused_in_one_line(tmp_path: Path, content: str, says: str) -> None:
    assert says in refused(write(tmp_path / "a.xml", content))


# --- JSON --------------------------------------------------------------------------------------------------


def t1(key: str, body: str, replies: Any = "", **more: Any) -> Row:
    data = {"id": key, "name": f"t1_{key}", "link_id": "t3_p", "subreddit": "larch", "author": f"u{key}", "body": body,
    "score": 4,
            "ups": 4, "created_utc": 1714557600.0, "replies": replies, "permalink": f"/r/larch/{key}"}  # fmt: skip
    return {"kind": "t1", "data": data | more}


def listing(*children: Row) -> Row:
    return {"kind": "Listing", "data": {"after": None, "dist": len(children), "children": list(children)}}


POST = {"kind": "t3", "data": {"id": "p", "name": "t3_p", "subreddit": "larch", "author": "ann",
"title": "Is it just me",
        "selftext": "My order is still on its way", "score": 120, "upvote_ratio": 0.9,
        "created_utc": 1714550000.0}}  # fmt: skip
THREAD = [
    listing(POST),
    listing(
        t1(
            "a",
            "Mine came late too",
            listing(t1("b", "Two weeks for me", listing(t1("c", "Three here"))), t1("d", "[deleted]")),
        ),
        t1("e", "I am a bot, and this was done for you", author="AutoModerator"),
        t1("f", "[removed]"),
        {"kind": "more", "data": {"count": 3, "id": "g", "name": "t1_g", "children": ["g", "h"]}},
    ),
]


def test_a_reddit_thread_is_walked_with_its_replies(tmp_path: Path) -> None:
    plan, rows = understood(write(tmp_path / "thread.json", json.dumps(THREAD)))
    assert texts(rows) == [
        "Is it just me. My order is still on its way",
        "Mine came late too",
        "Two weeks for me",
        "Three here",
    ]
    assert [row["status"] for row in rows].count("empty") == 4 and {row["score"] for row in rows} == {None}
    assert {row["thread_id"] for row in rows[1:5]} == {"t3_p"} and rows[1]["id"] == "t1_a"
    assert plan.files[0].profile.name == "reddit" and rows[1]["date"].year == 2024


@pytest.mark.parametrize("name", ["posts.json", "posts.jsonl", "posts.csv", "dump.json"])
def test_reddit_posts_and_dumps(tmp_path: Path, name: str) -> None:
    items = [
        POST["data"] | {"id": f"p{n}", "name": f"t3_p{n}", "selftext": w} for n, w in enumerate([*WORDS, "[removed]"])
    ]
    if name == "posts.json":
        content = json.dumps(listing(*({"kind": "t3", "data": item} for item in items)))
    elif name == "dump.json":
        content = json.dumps({"data": items})
    elif name == "posts.jsonl":
        content = "".join(json.dumps(item) + "\n" for item in items)
    else:
        content = delimited([list(items[0]), *([str(v) for v in item.values()] for item in items)])
    _, rows = understood(write(tmp_path / name, content))
    assert texts(rows) == [f"Is it just me. {w}" for w in WORDS]
    assert {row["score"] for row in rows} == {None} and {row["source"] for row in rows} == {"forum"}


def label(value: object) -> Row:
    return {"label": str(value)}


FEED = {"feed": {"author": {"name": label("The store")}, "title": label("Customer reviews of this fine app"), "entry": [
    {"id": label("app"), "title": label("Larch App - Larch"), "im:name": label("Larch App"),
    "summary": label("The app of Larch, for you")},
    *({"id": label(f"10{n}"), "title": label("So so"), "content": {"label": word, "attributes": {"type": "text"}},
    "im:rating": label(n + 1),
       "im:version": label("3.1"), "im:voteSum": label(4), "im:voteCount": label(5),
       "updated": label(f"2024-05-0{n + 1}T10:00:00-07:00"),
       "author": {"name": label(f"nick{n}"), "uri": label(f"https://example.com/{n}"), "label": ""}} for n,
       word in enumerate(WORDS)),
]}}  # fmt: skip
CONNECT = {"links": {"self": "https://example.com"}, "data": [
    {"type": "customerReviews", "id": f"0-{n}", "attributes": {"rating": n + 3, "title": "So so", "body": word,
    "reviewerNickname": f"nick{n}",
     "createdDate": f"2024-05-0{n + 1}T10:00:00-07:00", "territory": "GBR"}} for n, word in enumerate(WORDS)
]}  # fmt: skip
PLAY = [{"reviewId": f"g{n}", "userName": "Ann", "userImage": "https://example.com/a.png", "content": word,
"score": n + 1, "thumbsUpCount": 4 * n,
         "reviewCreatedVersion": "1.2", "at": f"2024-05-0{n + 1}T10:00:00",
         "replyContent": "Dear Ann, we are so very sorry about all this",
         "repliedAt": None, "appVersion": "1.2"} for n, word in enumerate(WORDS)]  # fmt: skip
APPLE = [{"userName": "Ann", "rating": n + 1, "date": f"2024-05-0{n + 1}T10:00:00", "title": "So so",
"isEdited": False, "review": word,
          "developerResponse": {"id": 3, "body": "Dear Ann, we are so very sorry about all this",
          "modified": "2024-06-01T00:00:00Z"}}
         for n, word in enumerate(WORDS)]  # fmt: skip
TRUSTPILOT = {"pageProps": {"businessUnit": {"displayName": "Larch"}, "reviews": [
    {"id": f"64a{n}", "text": word, "title": "So so", "rating": n + 1, "likes": 3 * n, "language": "en",
    "source": "Organic",
     "dates": {"experiencedDate": "2024-04-01T00:00:00.000Z", "publishedDate": f"2024-05-0{n + 1}T10:00:00.000Z",
     "updatedDate": None},
     "consumer": {"id": f"c{n}", "displayName": "Ann", "numberOfReviews": 2, "countryCode": "GB"},
     "reply": {"message": "Dear Ann, we are so very sorry about all this", "publishedDate": "2024-06-01T00:00:00.000Z"}}
    for n, word in enumerate(WORDS)]}}  # fmt: skip
STEAM = {"success": 1, "query_summary": {"num_reviews": 3}, "reviews": [
    {"recommendationid": f"s{n}", "author": {"steamid": f"7{n}", "num_reviews": 4, "playtime_forever": 90},
    "language": "english", "review": word,
     "timestamp_created": 1714557600 + n, "voted_up": n > 0, "votes_up": 12, "votes_funny": 1,
     "weighted_vote_score": 0.5}
    for n, word in enumerate(WORDS)]}  # fmt: skip
CFPB = [{"_index": "complaints", "_id": f"{n}", "_source": {"complaint_id": f"90{n}", "complaint_what_happened": word,
"company": "Larch Bank",
         "product": "Card", "date_received": f"2024-05-0{n + 1}T10:00:00-05:00",
         "company_response": "Closed with explanation"}}
        for n, word in enumerate(WORDS)]  # fmt: skip
PRODUCTS = {"products": [{"sku": f"p{n}", "name": "Kettle", "about": "A fine kettle", "reviews": [{"id": f"{n}a",
"stars": 4, "body": f"{w} " * 5},
            {"id": f"{n}b", "stars": 2, "body": f"Once more {w} " * 5}]} for n, w in enumerate(WORDS)]}  # fmt: skip
DISCUSSION = {"id": 1, "title": "Late", "comments": [{"id": f"c{n}", "created_at": "2024-05-01", "text": w,
"comments": [
              {"id": f"d{n}", "created_at": "2024-05-02", "text": f"{w} too", "comments": []}]} for n,
              w in enumerate(WORDS)]}  # fmt: skip


@pytest.mark.parametrize(
    ("document", "columns", "found"),
    [
        (FEED, ("id.label", "content.label", "updated.label", "im:rating.label"), [f"So so. {w}" for w in WORDS]),
        (
            CONNECT,
            ("id", "attributes.body", "attributes.createdDate", "attributes.rating"),
            [f"So so. {w}" for w in WORDS],
        ),
        (PLAY, ("reviewId", "content", "at", "score"), WORDS),
        (APPLE, (None, "review", "date", "rating"), [f"So so. {w}" for w in WORDS]),
        (TRUSTPILOT, ("id", "text", "dates.publishedDate", "rating"), [f"So so. {w}" for w in WORDS]),
        (STEAM, ("recommendationid", "review", "timestamp_created", "voted_up"), WORDS),
        (CFPB, ("_source.complaint_id", "_source.complaint_what_happened", "_source.date_received", None), WORDS),
        (
            PRODUCTS,
            ("id", "body", None, "stars"),
            [t.strip() for w in WORDS for t in (f"{w} " * 5, f"Once more {w} " * 5)],
        ),
        (DISCUSSION, ("id", "text", "created_at", None), [t for w in WORDS for t in (w, f"{w} too")]),
        (WORDS, (None, "text", None, None), WORDS),
        ({"id": "only", "date": "2024-05-01", "review": WORDS[0]}, ("id", "review", "date", None), WORDS[:1]),
        (
            [{"review": w, "stars": float("nan"), "n": 10**30, "x": 1.5} for w in WORDS],
            (None, "review", None, None),
            WORDS,
        ),
    ],
    ids="feed connect play apple trustpilot steam cfpb products discussion strings single nan".split(),
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_documents(
    tmp_path: Path, document: Any, columns: tuple[str | None, ...], found: list[str], encoding: str
) -> None:
    plan, rows = understood(write(tmp_path / "a.json", json.dumps(document, indent=1).encode(encoding)))
    assert tuple(plan.files[0].columns[role] for role in ("id", "text", "date", "score")) == columns
    assert texts(rows) == found
    assert "Dear Ann" not in str(texts(rows))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[" * 100_000, "nested over"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "nested over"),
        ('[{"review": "cut he', "not valid JSON"),
        ('{"review": NaN, ', "not valid JSON"),
        ("[]", "the array is empty"),
        ('{"items": []}', "no column of customers' words"),
        ("{}", "no array of objects"),
        ('"words"', "no array of objects"),
        ("nothing", "not valid JSON"),
        ("[1, 2, null, [3]]", "no column of customers' words"),
    ],
)
def test_json_that_is_not_rows_is_refused_in_one_line(tmp_path: Path, content: str, says: str) -> None:
    assert says in refused(write(tmp_path / "a.json", content))


# --- size --------------------------------------------------------------------------------------------------

GROWTH = """
import resource, sys
from pathlib import Path
from voc.ingest.places import Place
from voc.ingest.readers import tables_of

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
small, large = (Place(Path(name), name) for name in sys.argv[1:])
counts = []
for place in (small, large):
    before = peak()
    (table,) = tables_of(place)
    counts.append(sum(1 for _ in table.records()))
print(*counts, peak() - before)
"""
LONG = "many words " * 40
LONG_POST = {"Id": 1, "PostTypeId": 1, "CreationDate": "2024-05-01T10:00:00", "Score": 1, "Body": LONG}
LONG_REVIEW = json.dumps({"id": 1, "user": {"name": "Ann"}, "review": LONG, "stars": 4})


@pytest.mark.parametrize(
    ("name", "before", "row", "after"),
    [
        ("posts.xml", "<posts>", elements("row", [LONG_POST]) + "<x/>", "</posts>"),
        ("rows.xml", "<all><group>", f"<row><text>{LONG}</text><tag>a</tag></row>", "</group></all>"),
        ("rows.json", '{"meta": {"n": 1}, "data": [' + LONG_REVIEW, "," + LONG_REVIEW, "]}"),
    ],
)
def test_long_documents_are_read_in_bounded_memory(
    tmp_path: Path, name: str, before: str, row: str, after: str
) -> None:
    small, large = (write(tmp_path / f"{n}.{name}", before + n * row + after) for n in (2_000, 100_000))
    command = [sys.executable, "-c", GROWTH, str(small), str(large)]
    few, many, growth = map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert few >= 2_000 and many >= 100_000 and large.stat().st_size > 40_000_000
    assert growth < 16_000  # KiB
