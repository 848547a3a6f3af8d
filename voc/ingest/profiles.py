"""What exports look like: column names and quirks, as data.

A new export is a new ``Profile``; the code that reads it does not change. Column names are compared
in their plain form (``plain_name``): lower case, words apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[\W_]+")

Names = Mapping[str, tuple[str, ...]]


def plain_name(name: str) -> str:
    """``BankName``, ``bank_name`` and ``Bank name`` → ``bank name``."""
    return _NOT_WORD.sub(" ", _CAMEL.sub(" ", name)).strip().lower()


@dataclass(frozen=True)
class Profile:
    """One kind of export.

    ``needs``: plain column names that tell it from others. ``columns``: role → column names, best first;
    roles it does not name are left to the generic table. ``source``: what its rows are.
    ``rows_at``: dotted path to the rows inside a JSON document. ``silent``: column → values (in lower
    case) that mark a row without a customer's words (deleted, written by the system or the staff).
    ``unmapped``: roles that this export does not have, whatever the generic table would guess.
    """

    name: str
    needs: frozenset[str] = frozenset()
    columns: Names = field(default_factory=dict)
    source: str | None = None
    rows_at: str | None = None
    silent: Names = field(default_factory=dict)
    unmapped: frozenset[str] = frozenset()


#: The generic table: role → plain column names, best first.
NAMES: Final[Names] = MappingProxyType(
    {
        "text": (
            "review text",
            "text",
            "review",
            "reviews",
            "comment",
            "comments",
            "verbatim",
            "verbatims",
            "body",
            "content",
            "review body",
            "review content",
            "narrative",
            "feedback",
            "message",
            "post",
            "posts",
            "tweet",
            "cooked",
            "selftext",
            "answer",
            "opinion",
            "complaint",
            "description",
            "free text",
            "customer comment",
            "customer feedback",
            "comment text",
            "remarks",
            "sentence",
            "transcript",
        ),
        "title": ("title", "review title", "headline", "subject", "summary", "heading", "review headline"),
        "date": (
            "date",
            "review date",
            "published",
            "published at",
            "published date",
            "review time",
            "created at",
            "date created",
            "created",
            "created utc",
            "created on",
            "creation date",
            "submitted at",
            "submitted",
            "submit date",
            "submission date",
            "response date",
            "date received",
            "recorded date",
            "posted at",
            "posted",
            "post date",
            "date posted",
            "timestamp",
            "datetime",
            "time",
            "at",
            "date submitted",
            "end date",
            "review submission time",
            "review creation date",
            "completed at",
            "interview date",
        ),
        "score": (
            "nps",
            "nps score",
            "nps rating",
            "likelihood to recommend",
            "ltr",
            "recommend score",
            "stars",
            "star",
            "star rating",
            "rating",
            "ratings",
            "review rating",
            "rating value",
            "overall rating",
            "overall score",
            "score",
            "csat",
            "csat score",
            "satisfaction",
            "overall satisfaction",
            "satisfaction score",
            "percent",
            "score percent",
            "rating percent",
            "thumbs",
            "thumb",
            "thumbs up",
            "overall",
        ),
        "id": (
            "id",
            "review id",
            "post id",
            "comment id",
            "complaint id",
            "feedback id",
            "message id",
            "tweet id",
            "ticket id",
            "case id",
            "record id",
            "uuid",
            "guid",
            "response id",
            "submission id",
            "respondent id",
        ),
        "response_id": ("response id", "submission id", "respondent id"),
        "thread_id": ("thread id", "topic id", "conversation id", "discussion id"),
        "source": ("source", "channel", "source type", "data source"),
        "brand": ("brand", "brand name", "bank name", "bank", "company", "company name", "airline", "business name"),
        "product": ("product", "product name", "product title", "item", "model", "variation", "tariff"),
        "customer_segment": ("customer segment", "segment", "customer type", "customer group"),
        "customer_id": (
            "customer id",
            "client id",
            "consumer id",
            "user id",
            "member id",
            "reviewer id",
            "author id",
            "customer",
            "username",
            "user name",
            "user",
            "author",
            "reviewer",
            "reviewer name",
        ),
        "customer_value": ("customer value", "clv", "lifetime value", "customer lifetime value", "annual value"),
        "weight": ("weight", "survey weight", "case weight"),
        "survey_type": ("survey type", "survey", "survey name", "type of survey"),
        "question": ("question", "question text"),
        "touchpoint": ("touchpoint", "touch point", "journey", "journey stage"),
        "url": ("url", "link", "permalink", "review url", "source url", "page url"),
    }
)

#: Whole words in a column name that make it likely to hold what customers wrote.
TEXT_WORDS: Final = frozenset(
    {
        "review",
        "reviews",
        "comment",
        "comments",
        "verbatim",
        "text",
        "feedback",
        "narrative",
        "opinion",
        "body",
        "message",
        "content",
        "remark",
        "remarks",
    }
)

#: Columns that the company wrote: carried, never analysed. A name with a word of both sets, or one of these.
COMPANY_REPLY_WORDS: Final = (
    frozenset({"reply", "replies", "response", "responses"}),
    frozenset({"company", "owner", "developer", "business", "seller", "merchant", "public", "official"}),
)
COMPANY_REPLY_NAMES: Final = frozenset(
    {
        "reply",
        "reply text",
        "reply content",
        "reply body",
        "reply message",
        "review reply",
        "response text",
    }
)
#: What others wrote before: carried, never analysed.
QUOTED_NAMES: Final = frozenset({"quote", "quoted text", "quoted", "parent text", "parent body", "quoted post"})

#: Columns that name a person: carried as ``[kind]``.
PERSONAL_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "name",
                "first name",
                "last name",
                "surname",
                "full name",
                "customer name",
                "consumer name",
                "user name",
                "username",
                "user",
                "author",
                "author name",
                "reviewer",
                "reviewer name",
                "nickname",
                "display name",
                "display username",
            ),
            "name",
        ),
        **dict.fromkeys(("email", "e mail", "email address", "mail", "customer email"), "email"),
        **dict.fromkeys(("phone", "phone number", "mobile", "mobile number", "telephone", "tel", "msisdn"), "phone"),
        **dict.fromkeys(("address", "street", "street address", "postal address"), "address"),
        **dict.fromkeys(("ip", "ip address"), "ip"),
        **dict.fromkeys(("avatar", "avatar template", "consumer image", "user image"), "image"),
    }
)

#: What a source column may say → the source.
SOURCE_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "review": "review",
        "reviews": "review",
        "trustpilot": "review",
        "app store": "review",
        "google play": "review",
        "forum": "forum",
        "community": "forum",
        "reddit": "forum",
        "survey": "survey",
        "nps": "survey",
        "csat": "survey",
        "complaint": "complaint",
        "complaints": "complaint",
        "social": "social",
        "twitter": "social",
        "x": "social",
        "facebook": "social",
        "instagram": "social",
        "chat": "chat",
        "live chat": "chat",
        "email": "email",
        "e-mail": "email",
        "mail": "email",
        "other": "other",
    }
)

GENERIC: Final = Profile("table")

PROFILES: Final = (
    Profile(
        "discourse",
        needs=frozenset({"cooked", "post number", "topic id", "post type"}),
        rows_at="post_stream.posts",
        columns={
            "id": ("id",),
            "text": ("cooked",),
            "date": ("created at",),
            "thread_id": ("topic id",),
            "customer_id": ("username", "user id"),
        },
        unmapped=frozenset({"score", "title", "source", "question", "brand", "product", "url"}),
        silent={"post type": ("2", "3", "4"), "user deleted": ("true",)},
        source="forum",
    ),
    Profile(
        "trustpilot",
        needs=frozenset({"text", "rating", "title", "experienced", "published"}),
        columns={
            "id": ("id",),
            "text": ("text",),
            "title": ("title",),
            "score": ("rating",),
            "date": ("published",),
            "url": ("source", "url"),
        },
        unmapped=frozenset({"source"}),
        source="review",
    ),
    Profile(
        "trustpilot_export",
        needs=frozenset({"review id", "review text", "rating", "review time", "reply text", "company domain"}),
        columns={
            "id": ("review id",),
            "text": ("review text",),
            "title": ("review title",),
            "score": ("rating",),
            "date": ("review time",),
            "brand": ("name", "company domain"),
            "customer_id": ("consumer id",),
        },
        source="review",
    ),
    Profile(
        "google_play",
        needs=frozenset({"review id", "content", "score", "thumbs up count", "at"}),
        columns={
            "id": ("review id",),
            "text": ("content",),
            "score": ("score",),
            "date": ("at",),
            "customer_id": ("user name",),
        },
        source="review",
    ),
    Profile(
        "cfpb",
        needs=frozenset({"consumer complaint narrative", "complaint id", "date received"}),
        columns={
            "id": ("complaint id",),
            "text": ("consumer complaint narrative",),
            "date": ("date received",),
            "brand": ("company",),
            "product": ("product",),
        },
        unmapped=frozenset({"score", "title"}),
        source="complaint",
    ),
)


def recognise(columns: Collection[str]) -> Profile:
    """The profile whose tell-tale columns are all there, else the generic table."""
    present = {plain_name(name) for name in columns}
    found = [profile for profile in PROFILES if profile.needs <= present]
    return max(found, key=lambda profile: len(profile.needs), default=GENERIC)


def is_company_reply(name: str) -> bool:
    """Whether a column holds what the company answered (its ``plain_name`` says so)."""
    words = set(name.split())
    return name in COMPANY_REPLY_NAMES or all(words & part for part in COMPANY_REPLY_WORDS)


_OPEN = re.compile(r"\b(why|reasons?|tell us|own words|improve|better|comments?|anything else|describe|explain)\b")


def is_open_question(header: str) -> bool:
    """Whether a header asks for an answer in own words, as its wording shows."""
    return is_question(header) and _OPEN.search(header.lower()) is not None


def is_question(header: str) -> bool:
    """Whether a column header is a survey question put to the customer."""
    return header.rstrip().endswith("?") and len(header.split()) >= 3
