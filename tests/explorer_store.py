"""A small store with known content for the explorer's tests, made without the models."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from voc.schema import COMMENTS, SEGMENTS
from voc.store import Store
from voc.themes import Theme, ThemeSet, registry

BILL, APP, STAFF, SIM = ("t-bill", "t-app", "t-staff", "t-sim")
LABELS = {
    BILL: "Wrong charges on the bill",
    APP: "App logs you out",
    STAFF: "Helpful staff",
    SIM: "SIM card does not arrive",
}

#: A comment that must be shown as text and nothing else.
HOSTILE = '<script>alert("x")</script> **bold** & =1+1'

# theme, words, sentiment, stance, signals, NPS answers to draw from
_SAID = (
    (BILL, "I was billed twice again.", "negative", "taking", ["extraction", "effort"], (0, 1, 2, 3)),
    (BILL, "Charged for a call I never made.", "negative", "taking", ["extraction"], (1, 2, 4)),
    (APP, "The app keeps logging me out.", "negative", "neither", [], (6, 8, 9)),
    (STAFF, "The lady in the shop sorted it at once.", "positive", "giving", ["care", "speed"], (9, 10)),
    (STAFF, "Friendly people on the phone.", "positive", "giving", ["care"], (8, 9, 10)),
    (None, "It is fine, I suppose.", "neutral", "neither", [], (7, 8)),
)
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 240


def make_store(folder: Path, n: int = 360, without: tuple[str, ...] = (), signed: bool = False) -> Path:
    """Write ``n`` tagged comments (and 5 rows with a score only) over eight months into a new store at ``folder``;
    columns named in ``without`` stay empty. ``signed``: each text names its brand, as ``said-by-wrenly``."""
    draw = random.Random(7)
    comments, segments = [], []
    for number in range(n):
        theme, words, sentiment, stance, signals, answers = _SAID[number % len(_SAID)]
        day = FIRST_DAY + timedelta(days=DAYS * number / n)
        if number > n * 0.85 and number % 3 == 0:
            theme, words, sentiment, stance, signals, answers = (
                SIM,
                "My new SIM never came.",
                "negative",
                "taking",
                ["delay"],
                (1, 3, 5),
            )
        parts = [(words, theme, sentiment, stance, signals)]
        if number % 12 == 0 and theme == BILL:
            parts.append((_SAID[2][1], APP, "negative", "neither", []))
        text = " ".join(part[0] for part in parts)
        if signed:
            text += f" said-by-{brand_of(number).lower()}"
        if number == 5 and not signed:
            text = HOSTILE
            parts = [(text, None, "neutral", "neither", [])]
        comments.append(_comment(number, text, day, parts[0], draw.choice(answers), [p[1] for p in parts if p[1]]))
        segments += _segments(number, text, parts)
    for number in range(n, n + 5):
        comments.append(
            _comment(number, None, FIRST_DAY, (None, None, None, None, []), 9, []) | {"status": "score_only"}
        )
    comments = [comment | dict.fromkeys(without) for comment in comments]
    themes = ThemeSet(
        tuple(
            Theme(
                id=id_,
                label=label,
                prototypes=(tuple(np.eye(4, dtype=np.float32)[i].tolist()),),
                threshold=0.5,
                description=f"Comments about: {label.lower()}.",
                keywords=("one", "two"),
                x=float(i % 2),
                y=float(i // 2),
            )
            for i, (id_, label) in enumerate(LABELS.items())
        ),
        encoder="made-up",
    )
    themes, event = registry.record(themes, [], "voc", at=FIRST_DAY)
    with Store.open(folder, create=True).writer("made up") as writer:
        writer.put(
            pa.Table.from_pylist(comments, schema=COMMENTS),
            pa.Table.from_pylist(segments, schema=SEGMENTS),
            np.array([vector_of(segment["theme"]) for segment in segments], dtype=np.float16),
        )
        writer.append_events(registry.to_table([event]))
        writer.replace_themes(themes.to_table())
        writer.finish({"new": len(comments)}, "made-up", themes.version)
    return folder


def brand_of(number: int) -> str:
    return "Larkline" if number % 3 else "Wrenly"


def vector_of(theme: str | None) -> list[float]:
    """What stands for the meaning of a sentence on ``theme``: a direction of its own."""
    return [float(theme == one) if theme else 0.5 for one in LABELS]


def _comment(
    number: int, text: str | None, day: datetime, tags: tuple[Any, ...], answer: int, themes: list[str]
) -> dict[str, Any]:
    _, words, sentiment, stance, signals = tags[1], tags[0], tags[2], tags[3], tags[4]
    return {
        "dataset": "made-up",
        "id": f"c{number:04d}",
        "response_id": f"r{number:04d}",
        "text": text,
        "source": "survey" if number % 2 else "review",
        "date": day,
        "score": float(answer),
        "score_scale": "nps_0_10",
        "nps": answer,
        "brand": brand_of(number),
        "product": "SIM only",
        "customer_segment": ("new", "established")[number % 2],
        "status": "ok",
        "sentiment": sentiment,
        "sentiment_score": {"negative": -0.8, "positive": 0.8}.get(sentiment, 0.0),
        "sentiment_p": 0.8,
        "stance": stance,
        "stance_score": {"giving": 0.7, "taking": -0.7}.get(stance, 0.0),
        "stance_p": 0.7,
        "signals": signals,
        "signal_p": [0.6] * len(signals),
        "evidence": words if signals else None,
        "intent": "other",
        "advocacy": "none",
        "abstained": False,
        "themes": themes,
        "language": "en",
        "pii": [],
        "model_version": "made-up",
        "theme_version": "made-up",
        "file": "made-up.csv",
        "content_hash": str(number),
    }


def _segments(number: int, text: str, parts: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    rows = []
    for no, (words, theme, sentiment, stance, signals) in enumerate(parts):
        start = text.index(words)
        rows.append(
            {
                "dataset": "made-up",
                "id": f"c{number:04d}",
                "segment_no": no,
                "start": start,
                "end": start + len(words),
                "sentiment": sentiment,
                "stance": stance,
                "signals": signals,
                "theme": theme,
                "similarity": 0.9,
                "abstained": False,
                "model_version": "made-up",
                "theme_version": "made-up",
            }
        )
    return rows
