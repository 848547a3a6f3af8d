"""What exports look like: column names and quirks, as data.

A new export is a new ``Profile``; the code that reads it does not change. Column names are compared
in their plain form (``plain_name``): lower case, words apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from voc.ingest.names import Names, plain_name


@dataclass(frozen=True)
class Profile:
    """One kind of export.

    ``needs``: plain column names that tell it from others. ``columns``: role → column names, best first;
    roles it does not name are left to the generic table. ``source``: what its rows are. ``silent``: column →
    values (in lower case) that mark a row without a customer's words (deleted, written by the system or the
    staff). ``unmapped``: roles that this export does not have, whatever the generic table would guess.
    ``holds``: what its rows are instead where they are no comments.

    In a JSON document, ``rows_at``: paths to the rows, ``item`` for a step into an array; ``replies_at``: the path
    from a row to rows below it; ``renamed``: what rows of another kind in the same document call a field → its name.
    """

    name: str
    needs: frozenset[str] = frozenset()
    columns: Names = field(default_factory=dict)
    source: str | None = None
    silent: Names = field(default_factory=dict)
    unmapped: frozenset[str] = frozenset()
    holds: str | None = None
    rows_at: tuple[str, ...] = ()
    replies_at: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)


def _set(names: str) -> frozenset[str]:
    return frozenset(name.strip() for name in names.split(","))


GENERIC: Final = Profile("table")

_VOTED: Final = _set("score, title, source, question, brand, product")

_FORUMS: Final = (
    Profile(
        "discourse",
        needs=_set("cooked, post number, topic id, post type"),
        columns={
            "id": ("id",),
            "text": ("cooked",),
            "date": ("created at",),
            "thread_id": ("topic id",),
            "customer_id": ("username", "user id"),
        },
        unmapped=_VOTED | {"url"},
        silent={"post type": ("2", "3", "4"), "user deleted": ("true",)},
        source="forum",
        rows_at=("post_stream.posts.item",),
    ),
    Profile(
        "discourse_user",
        needs=_set("topic title, is pm, like count, reply count"),
        columns={"text": ("post raw", "post", "post cooked"), "date": ("created at",), "url": ("url",)},
        unmapped=_VOTED,
        source="forum",
    ),
    Profile(
        "phpbb",
        needs=_set("post id, topic id, poster id, post time, post text"),
        columns={
            "id": ("post id",),
            "text": ("post text",),
            "date": ("post time",),
            "thread_id": ("topic id",),
            "customer_id": ("poster id",),
        },
        unmapped=_VOTED,
        source="forum",
    ),
    Profile(
        "vbulletin",
        needs=_set("postid, threadid, pagetext, dateline"),
        columns={
            "id": ("postid",),
            "text": ("pagetext",),
            "date": ("dateline",),
            "thread_id": ("threadid",),
            "customer_id": ("userid",),
        },
        unmapped=_VOTED,
        source="forum",
    ),
    Profile(
        "stackexchange_posts",
        needs=_set("post type id, creation date, body, score"),
        columns={
            "id": ("id",),
            "text": ("body",),
            "title": ("title",),
            "date": ("creation date",),
            "thread_id": ("parent id",),
            "customer_id": ("owner user id", "owner display name"),
        },
        unmapped=_VOTED,
        silent={"post type id": ("3", "4", "5", "6", "7", "8", "9")},
        source="forum",
    ),
    Profile(
        "stackexchange_comments",
        needs=_set("id, post id, score, text, creation date, user id"),
        columns={
            "id": ("id",),
            "text": ("text",),
            "date": ("creation date",),
            "thread_id": ("post id",),
            "customer_id": ("user id",),
        },
        unmapped=_VOTED,
        source="forum",
    ),
    Profile("stackexchange_users", needs=_set("reputation, display name, account id"), holds="user accounts"),
    Profile("stackexchange_history", needs=_set("post history type id, revision guid"), holds="post versions"),
    Profile("stackexchange_votes", needs=_set("vote type id, post id"), holds="votes"),
    Profile("stackexchange_badges", needs=_set("tag based, class, user id"), holds="badges"),
    Profile("stackexchange_tags", needs=_set("tag name, count"), holds="tags"),
    Profile("stackexchange_links", needs=_set("link type id, related post id"), holds="links between posts"),
    Profile(
        "reddit",
        needs=_set("subreddit, body"),
        columns={
            "id": ("name", "id"),
            "text": ("body",),
            "title": ("title",),
            "date": ("created utc", "created"),
            "thread_id": ("link id",),
            "customer_id": ("author",),
            "url": ("permalink",),
        },
        unmapped=_VOTED,
        silent={"body": ("[deleted]", "[removed]"), "author": ("automoderator",)},
        source="forum",
        rows_at=("data.children.item.data", "item.data.children.item.data"),
        replies_at="replies.data.children.item.data",
        renamed={"selftext": "body"},
    ),
    Profile(
        "reddit",
        needs=_set("subreddit, selftext"),
        columns={
            "id": ("name", "id"),
            "text": ("selftext",),
            "title": ("title",),
            "date": ("created utc", "created"),
            "customer_id": ("author",),
            "url": ("permalink",),
        },
        unmapped=_VOTED - {"title"},
        silent={"selftext": ("[deleted]", "[removed]"), "author": ("automoderator",)},
        source="forum",
    ),
    Profile(
        "reddit_table",
        needs=_set("comms num, score, created, body"),
        columns={"id": ("id",), "text": ("body",), "title": ("title",), "date": ("created", "timestamp")},
        unmapped=_VOTED,
        silent={"body": ("[deleted]", "[removed]")},
        source="forum",
    ),
    Profile(
        "hacker_news",
        needs=_set("by, text, time, type"),
        columns={
            "id": ("id",),
            "text": ("text",),
            "title": ("title",),
            "date": ("time",),
            "thread_id": ("parent",),
            "customer_id": ("by",),
        },
        unmapped=_VOTED,
        silent={"deleted": ("true",), "dead": ("true",)},
        source="forum",
    ),
)

_REVIEWS: Final = (
    Profile(
        "trustpilot",
        needs=_set("text, rating, title, experienced, published"),
        columns={
            "id": ("id",),
            "text": ("text",),
            "title": ("title",),
            "score": ("rating",),
            "date": ("published",),
            "url": ("source", "url"),
        },
        unmapped=_set("source"),
        source="review",
    ),
    Profile(
        "trustpilot_page",
        needs=_set("text, title, rating, dates published date"),
        columns={
            "id": ("id",),
            "text": ("text",),
            "title": ("title",),
            "score": ("rating",),
            "date": ("dates published date",),
            "customer_id": ("consumer id",),
        },
        unmapped=_set("source"),
        source="review",
    ),
    Profile(
        "trustpilot_export",
        needs=_set("review id, review text, rating, review time, reply text, company domain"),
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
        needs=_set("review id, content, score, thumbs up count, at"),
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
        "google_play_console",
        needs=_set("package name, star rating, review text, review submit date and time"),
        columns={
            "text": ("review text",),
            "title": ("review title",),
            "score": ("star rating",),
            "date": ("review submit date and time",),
            "product": ("package name",),
            "url": ("review link",),
        },
        source="review",
    ),
    Profile(
        "app_store_feed",
        needs=_set("im rating label, content label"),
        columns={
            "id": ("id label",),
            "text": ("content label",),
            "title": ("title label",),
            "score": ("im rating label",),
            "date": ("updated label",),
            "customer_id": ("author name label",),
        },
        silent={"im rating label": ("none", "")},
        source="review",
    ),
    Profile(
        "app_store_connect",
        needs=_set("attributes rating, attributes body, attributes created date"),
        columns={
            "id": ("id",),
            "text": ("attributes body",),
            "title": ("attributes title",),
            "score": ("attributes rating",),
            "date": ("attributes created date",),
            "customer_id": ("attributes reviewer nickname",),
        },
        source="review",
    ),
)

_COMPLAINTS: Final = (
    Profile(
        "cfpb",
        needs=_set("consumer complaint narrative, complaint id, date received"),
        columns={
            "id": ("complaint id",),
            "text": ("consumer complaint narrative",),
            "date": ("date received",),
            "brand": ("company",),
            "product": ("product",),
        },
        unmapped=_set("score, title"),
        source="complaint",
    ),
    Profile(
        "cfpb_search",
        needs=_set("source complaint what happened, source complaint id, source date received"),
        columns={
            "id": ("source complaint id",),
            "text": ("source complaint what happened",),
            "date": ("source date received",),
            "brand": ("source company",),
            "product": ("source product",),
        },
        unmapped=_set("score, title"),
        source="complaint",
    ),
)

_SURVEYS: Final = (
    Profile(
        "qualtrics",
        needs=_set("response id, recorded date, finished, status"),
        columns={"id": ("response id",), "response_id": ("response id",), "date": ("recorded date",)},
        silent={
            "status": ("survey preview", "survey test", "1", "2", "9", "17"),
            "distribution channel": ("preview", "test"),
        },
        unmapped=_set("title, customer_id"),
        source="survey",
    ),
    Profile(
        "surveymonkey",
        needs=_set("respondent id, collector id"),
        columns={
            "id": ("respondent id",),
            "response_id": ("respondent id",),
            "date": ("date created", "start date", "end date"),
        },
        unmapped=_set("title"),
        source="survey",
    ),
    Profile(
        "typeform",
        needs=_set("network id, submit date utc"),
        columns={"date": ("submit date utc",), "id": ("response id",)},
        unmapped=_set("title"),
        source="survey",
    ),
)

PROFILES: Final = (*_FORUMS, *_REVIEWS, *_COMPLAINTS, *_SURVEYS)


def recognise(columns: Collection[str]) -> Profile:
    """The profile whose tell-tale columns are all there, else the generic table."""
    present = {plain_name(name) for name in columns}
    found = [profile for profile in PROFILES if profile.needs <= present]
    return max(found, key=lambda profile: len(profile.needs), default=GENERIC)
