"""Names, label sets and table schemas that every layer shares.

Nothing here computes. A table that passes between two steps has one of the Arrow schemas below.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

# --- labels ---------------------------------------------------------------------------------

SENTIMENTS: Final = ("negative", "neutral", "positive", "mixed")
STANCES: Final = ("giving", "taking", "both", "neither")
INTENTS: Final = ("complaint", "praise", "suggestion", "question", "other")
ADVOCACIES: Final = ("advocates", "warns_off", "none")
LEANS: Final = ("giving", "taking", "even")

#: The seven pairs of the lens: (pair, giving signal, taking signal).
SIGNAL_PAIRS: Final = (
    ("warmth", "care", "neglect"),
    ("work", "ease", "effort"),
    ("time", "speed", "delay"),
    ("value", "generosity", "extraction"),
    ("truth", "honesty", "deceit"),
    ("repair", "recovery", "refusal"),
    ("freedom", "choice", "pressure"),
)
GIVING_SIGNALS: Final = tuple(giving for _, giving, _ in SIGNAL_PAIRS)
TAKING_SIGNALS: Final = tuple(taking for _, _, taking in SIGNAL_PAIRS)
SIGNALS: Final = GIVING_SIGNALS + TAKING_SIGNALS
#: The two blocks of pairs: (block, what it is called, its pairs).
BLOCKS: Final = (
    ("people", "How we treat people", ("warmth", "work", "time")),
    ("deal", "What the deal does", ("value", "truth", "repair", "freedom")),
)
#: What a customer would say, by signal.
SIGNAL_NAMES: Final = {
    "care": "Cared for",
    "neglect": "Felt ignored",
    "ease": "Made easy",
    "effort": "Had to do the work",
    "speed": "Prompt",
    "delay": "Kept waiting",
    "generosity": "Got more",
    "extraction": "Felt unfairly charged",
    "honesty": "Told straight",
    "deceit": "Felt misled",
    "recovery": "Put right",
    "refusal": "Told no",
    "choice": "Left free",
    "pressure": "Felt pushed",
}

STATUSES: Final = ("ok", "empty", "junk", "rejected", "score_only", "unsupported_language")
SOURCES: Final = ("review", "forum", "survey", "complaint", "social", "chat", "email", "other")

#: Score scales: name → (lowest, highest) value that may occur.
SCORE_SCALES: Final = {
    "nps_0_10": (0.0, 10.0),
    "stars_1_5": (1.0, 5.0),
    "csat_1_5": (1.0, 5.0),
    "percent": (0.0, 100.0),
    "thumbs": (0.0, 1.0),
}

# --- tables ---------------------------------------------------------------------------------

KEY: Final = ("dataset", "id")
_TIMESTAMP = pa.timestamp("us", tz="UTC")
_STRINGS = pa.list_(pa.string())

_KEY_FIELDS = [pa.field("dataset", pa.string()), pa.field("id", pa.string())]

_COMMENT_FIELDS = [
    *_KEY_FIELDS,
    pa.field("response_id", pa.string()),
    pa.field("text", pa.string()),
    pa.field("source", pa.string()),
    pa.field("date", _TIMESTAMP),
    pa.field("score", pa.float64()),
    pa.field("score_scale", pa.string()),
    pa.field("nps", pa.int8()),
    pa.field("brand", pa.string()),
    pa.field("product", pa.string()),
    pa.field("customer_segment", pa.string()),
    pa.field("customer_id", pa.string()),
    pa.field("customer_value", pa.float64()),
    pa.field("weight", pa.float64()),
    pa.field("survey_type", pa.string()),
    pa.field("question", pa.string()),
    pa.field("touchpoint", pa.string()),
    pa.field("thread_id", pa.string()),
    pa.field("url", pa.string()),
    pa.field("attributes", pa.string()),
]

#: Columns a user can map an input column to (``--map NAME=COLUMN``).
MAPPABLE: Final = (
    "id",
    "response_id",
    "text",
    "title",
    "source",
    "date",
    "score",
    "brand",
    "product",
    "customer_segment",
    "customer_id",
    "customer_value",
    "weight",
    "survey_type",
    "question",
    "touchpoint",
    "thread_id",
    "url",
)

#: What a reader yields: one row per comment, nothing left out.
#: ``row`` counts input rows of the file from 1 (several comments may share one); ``line`` is the line of the
#: file on which a rejected row begins, null where the format has no lines;
#: ``duplicate`` marks a further row with a key already read in this call;
#: ``carried`` is JSON of every input column but the text's own, masked like the text.
READ: Final = pa.schema(
    [
        *_COMMENT_FIELDS,
        pa.field("file", pa.string()),
        pa.field("row", pa.int64()),
        pa.field("line", pa.int64()),
        pa.field("status", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("duplicate", pa.bool_()),
        pa.field("carried", pa.string()),
    ]
)

_LENS_FIELDS = [
    pa.field("sentiment", pa.string()),
    pa.field("sentiment_score", pa.float32()),
    pa.field("sentiment_p", pa.float32()),
    pa.field("stance", pa.string()),
    pa.field("stance_score", pa.float32()),
    pa.field("stance_p", pa.float32()),
    pa.field("lean", pa.string()),
    pa.field("signals", _STRINGS),
    pa.field("signal_p", pa.list_(pa.float32())),
    pa.field("evidence", pa.string()),
    pa.field("intent", pa.string()),
    pa.field("advocacy", pa.string()),
    pa.field("abstained", pa.bool_()),
]

_VERSION_FIELDS = [pa.field("model_version", pa.string()), pa.field("theme_version", pa.string())]

#: What tagging adds to a comment.
TAGS: Final = pa.schema(
    [
        pa.field("status", pa.string()),
        *_LENS_FIELDS,
        pa.field("themes", _STRINGS),
        pa.field("language", pa.string()),
        pa.field("pii", _STRINGS),
        *_VERSION_FIELDS,
    ]
)

#: Table ``comments`` of the store: a comment with its tags. ``content_hash`` tells an updated
#: row from an unchanged one; ``file`` is the input it came from.
COMMENTS: Final = pa.schema(
    [
        *_COMMENT_FIELDS,
        *TAGS,
        pa.field("file", pa.string()),
        pa.field("content_hash", pa.string()),
    ]
)

#: Table ``segments``: a stretch of a comment's text, encoded alone. ``start``/``end`` are
#: character offsets into the comment's ``text``; ``theme`` is a leaf theme id or null;
#: ``similarity`` is the cosine to that theme's (or else the nearest) prototype, −1…1.
SEGMENTS: Final = pa.schema(
    [
        *_KEY_FIELDS,
        pa.field("segment_no", pa.int32()),
        pa.field("start", pa.int32()),
        pa.field("end", pa.int32()),
        *_LENS_FIELDS,
        pa.field("theme", pa.string()),
        pa.field("similarity", pa.float32()),
        *_VERSION_FIELDS,
    ]
)


def vectors_schema(dim: int) -> pa.Schema:
    """Table ``segment_vectors``: one float16 vector of ``dim`` numbers per segment."""
    return pa.schema(
        [
            *_KEY_FIELDS,
            pa.field("segment_no", pa.int32()),
            pa.field("vector", pa.list_(pa.float16(), dim)),
        ]
    )


#: Table ``rejects``: rows set aside, with masked content. ``row`` and ``line`` as in READ.
REJECTS: Final = pa.schema(
    [
        pa.field("file", pa.string()),
        pa.field("row", pa.int64()),
        pa.field("line", pa.int64()),
        pa.field("reason", pa.string()),
        pa.field("content", pa.string()),
        pa.field("run_id", pa.string()),
    ]
)

#: Table ``copies``: comments whose words stand in an earlier one already (by date, then key), which is
#: ``of_dataset``, ``of_id``. ``kind``: ``exact`` (the same words), ``near`` (most of them) or ``short`` (the
#: same words, but so few that people think of them by themselves).
COPIES: Final = pa.schema(
    [
        *_KEY_FIELDS,
        pa.field("of_dataset", pa.string()),
        pa.field("of_id", pa.string()),
        pa.field("kind", pa.string()),
    ]
)


#: Columns of a fingerprint that are alike where texts are.
BANDS: Final = tuple(f"band_{number}" for number in range(24))

#: Table ``fingerprints``: of each comment, what finds its copies (see ``voc.text.fingerprint``).
FINGERPRINTS: Final = pa.schema(
    [
        *_KEY_FIELDS,
        pa.field("date", _TIMESTAMP),
        pa.field("digest", pa.uint64()),
        *(pa.field(name, pa.uint64()) for name in BANDS),
    ]
)


#: Table ``themes``: the theme set as last committed (``status``: active, retired, merged, split, background).
#: ``split_from``: the theme whose segments alone this one is offered.
THEMES: Final = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("label", pa.string()),
        pa.field("description", pa.string()),
        pa.field("keywords", _STRINGS),
        pa.field("verbatims", _STRINGS),
        pa.field("parent", pa.string()),
        pa.field("status", pa.string()),
        pa.field("merged_into", pa.string()),
        pa.field("split_from", pa.string()),
        pa.field("pinned", pa.bool_()),
        pa.field("prototypes", pa.list_(pa.list_(pa.float32()))),
        pa.field("threshold", pa.float32()),
        pa.field("x", pa.float32()),
        pa.field("y", pa.float32()),
    ]
)

#: Table ``theme_events``: the append-only log of edits. ``before``/``after`` are JSON.
THEME_EVENTS: Final = pa.schema(
    [
        pa.field("seq", pa.int64()),
        pa.field("at", _TIMESTAMP),
        pa.field("author", pa.string()),
        pa.field("action", pa.string()),
        pa.field("theme", pa.string()),
        pa.field("before", pa.string()),
        pa.field("after", pa.string()),
        pa.field("undoes", pa.int64()),
    ]
)

#: Table ``topics``: what is tracked by rule (``voc.rules``). ``name`` is the key; ``at`` is when it was set down.
TOPICS: Final = pa.schema(
    [
        pa.field("name", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("author", pa.string()),
        pa.field("at", _TIMESTAMP),
    ]
)

#: Table ``annotations``: what readers set down of single comments, the append-only log. ``kind``: one of
#: ``ANNOTATIONS_OF``, or ``theme START-END`` for the sentence at these places, whose value is a theme's id or ``none``;
#: the last ``value`` of a comment and kind holds, null takes it back. Tags and signals are joined by ``;``.
ANNOTATIONS: Final = pa.schema(
    [
        *_KEY_FIELDS,
        pa.field("kind", pa.string()),
        pa.field("value", pa.string()),
        pa.field("author", pa.string()),
        pa.field("at", _TIMESTAMP),
    ]
)
ANNOTATIONS_OF: Final = ("sentiment", "stance", "signals", "tags", "note")

#: Table ``runs``: one row per commit; ``versions`` (JSON) names each table's version.
RUNS: Final = pa.schema(
    [
        pa.field("run_id", pa.string()),
        pa.field("started", _TIMESTAMP),
        pa.field("finished", _TIMESTAMP),
        pa.field("command", pa.string()),
        pa.field("counts", pa.string()),
        pa.field("model_version", pa.string()),
        pa.field("theme_version", pa.string()),
        pa.field("versions", pa.string()),
    ]
)
