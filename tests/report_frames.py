"""Made-up tables for the brief: a small network with planted complaints, thanks, a companion and something new."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from voc.schema import COMMENTS, SEGMENTS, THEMES

LABELS = {
    "bill": "Wrong charges on the bill",
    "app": "The app logs people out",
    "signal": "Weak signal indoors",
    "shop": "Staff in the shop",
    "plan": "Advice on a smaller plan",
    "sim": "New SIM cards that do not arrive",
}
#: theme → (share, sentiment, signals, points it adds to the answer, wordings)
PLANTED: dict[str, tuple[float, str, list[str], float, list[str]]] = {
    "bill": (0.18, "negative", ["extraction"], -5.0, ["They charged me twice for the same month again.",
             "A fee turned up on the bill that nobody could explain to me.",
             "My promised credit never showed on the bill."]),
    "signal": (0.15, "negative", [], -1.0, ["One bar in the kitchen and none at all upstairs.",
               "Calls drop the moment I walk into the house.", "No reception indoors, whatever phone I try."]),
    "shop": (0.22, "positive", ["care"], 1.0, ["The young man in the shop sat down with me until it worked.",
             "Lovely people at the counter, patient with my mother.",
             "Staff knew my name and sorted the transfer kindly."]),
    "plan": (0.12, "positive", ["honesty", "generosity"], 2.0, ["They wrote to say I was paying for data I never use.",
             "A mail told me a smaller plan would do, and they were right.",
             "Unasked, they moved us to a cheaper plan."]),
}  # fmt: skip
APP = ["It logs me out each time I open the app.", "The app forgets my password every single week."]
SIM = [
    "Three weeks now and still no SIM card in the post.",
    "My new SIM card has not arrived, nobody can say where it is.",
]


@dataclass(frozen=True)
class Frames:
    comments: pd.DataFrame
    segments: pd.DataFrame
    themes: pd.DataFrame
    run: dict[str, Any] | None = None


def build(comments: list[dict[str, Any]], parts: list[list[tuple[str | None, str, list[str], str]]]) -> Frames:
    """Frames of ``comments``; each has segments (theme, sentiment, signals, words) that make up its text."""
    rows, segments = [], []
    for number, (given, pieces) in enumerate(zip(comments, parts, strict=True)):
        key = {"dataset": "made", "id": f"M-{number:04}"}
        text = " ".join(words for *_, words in pieces) or None
        signals = sorted({signal for _, _, found, _ in pieces for signal in found})
        rows.append({**key, "response_id": key["id"], "text": text, "status": "ok" if text else "score_only",
                     "source": "survey", "abstained": False, "language": "en", "pii": [], "signals": signals,
                     "stance": _stance(signals) if text else None, "sentiment": pieces[0][1] if pieces else None,
                     "themes": [theme for theme, *_ in pieces if theme], "model_version": "made-1",
                     "theme_version": "set-1", **given})  # fmt: skip
        start = 0
        for no, (theme, sentiment, found, words) in enumerate(pieces):
            segments.append({**key, "segment_no": no, "start": start, "end": start + len(words), "theme": theme,
                             "sentiment": sentiment, "signals": found,
                             "similarity": 0.5 + (number * 37 + no) % 100 / 250})  # fmt: skip
            start += len(words) + 1
    themes = [{"id": name, "label": label, "status": "active"} for name, label in LABELS.items()]
    frames = (
        pa.Table.from_pylist(table, schema=schema).to_pandas()
        for table, schema in ((rows, COMMENTS), (segments, SEGMENTS), (themes, THEMES))
    )
    made = Frames(*frames)
    return replace(made, themes=made.themes.assign(stability=float("nan")))


def network(n: int = 900, seed: int = 4, **columns: Any) -> Frames:
    """``n`` survey answers from September 2025 to October 2026. The app is named beside the bill and does no harm;
    the SIM cards come up in the last six weeks; "Feeling valued" has the large gap."""
    rng = np.random.default_rng(seed)
    days = np.sort(rng.integers(0, 426, n))
    days[-1] = 425
    comments, parts = [], []
    for number, day in enumerate(days):
        answer, pieces = 7.5 + rng.normal(0, 1.5), []
        for theme, (share, tone, signals, points, words) in PLANTED.items():
            if rng.random() < share:
                pieces.append((theme, tone, signals, f"{words[number % 3]}"))
                answer += points
        if rng.random() < (0.7 if any(piece[0] == "bill" for piece in pieces) else 0.05):
            pieces.append(("app", "negative", ["effort"], APP[number % 2]))
        if day > 385 and rng.random() < 0.3:
            pieces.append(("sim", "negative", ["delay"], SIM[number % 2]))
            answer -= 4
        if not pieces and rng.random() < 0.7:
            pieces.append((None, "neutral", [], "Nothing special to say about it this time."))
        now, ideal = rng.integers(1, 4, 2), rng.integers(3, 6, 2)
        comments.append({
            "date": pd.Timestamp("2025-09-01", tz="UTC") + pd.Timedelta(days=int(day)),
            "nps": int(np.clip(round(answer), 0, 10)), "score": float(np.clip(round(answer), 0, 10)),
            "score_scale": "nps_0_10", "brand": ("Larkline", "Wrenly")[number % 2], "survey_type": "relationship",
            "attributes": json.dumps({"Feeling valued – now": int(now[0]), "Feeling valued – ideal": 5,
                                      "Delivery – now": 4, "Delivery – ideal": 4 + int(ideal[1] == 5)}),
            **columns,
        })  # fmt: skip
        parts.append(pieces)
    return build(comments, parts)


def _stance(signals: list[str]) -> str:
    giving = bool({"care", "honesty", "generosity"} & set(signals))
    taking = bool({"extraction", "effort", "delay"} & set(signals))
    return "both" if giving and taking else "giving" if giving else "taking" if taking else "neither"
