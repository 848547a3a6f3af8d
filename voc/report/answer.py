"""The two sentences of page one that a reader takes along: the answer, and what is to be decided."""

from __future__ import annotations

from voc.report import wording
from voc.report.model import Driver, Emerging, Gratitude, Score


def answer(
    score: Score, complaints: tuple[Driver, ...], grateful: tuple[Gratitude, ...], new: tuple[Emerging, ...]
) -> str:
    """The one sentence to remember."""
    parts = []
    if score.now.value is not None:
        parts.append(f"{wording.headline(score.now.value, score.kind)} in {score.now_label}{_moved(score)}")
    if complaints and complaints[0].standing == "clear":
        label = wording.shortened(complaints[0].label)
        parts.append(f"over the whole span, the complaint that goes most with lower scores is “{label}”")
    elif complaints:
        label = wording.shortened(complaints[0].label)
        parts.append(f"over the whole span, the most frequent complaint is “{label}”")
    if grateful:
        parts.append(f"what customers are most grateful for is “{wording.shortened(grateful[0].label)}”")
    if new:
        parts.append(f"“{wording.shortened(new[0].label)}” is emerging")
    if not parts:
        return "There is too little data for a finding: the figures below say how little."
    text = "; ".join(parts) + "."
    return text[0].upper() + text[1:]


def to_decide(base: int, kind: str, complaints: tuple[Driver, ...], new: tuple[Emerging, ...]) -> str:
    """What the findings leave open for somebody to settle; begins with ``To decide:``. ``base``: of the drivers."""
    questions = []
    if complaints:
        first = complaints[0]
        who = f"{base:,} {'tagged' if kind == 'sentiment' else 'scored'} commenters"
        evidence = f"{wording.percent(first.share)} of {who} criticise it"
        if first.effect.known is not None:
            evidence += f", which goes with {wording.effect(first.effect.known[0], kind)} {wording.UNITS[kind]}"
        questions.append(f"whether “{wording.shortened(first.label)}” is taken up first, and by whom ({evidence})")
    known = {driver.theme for driver in complaints[:1]}
    questions += [
        f"whether “{wording.shortened(item.label)}” needs somebody now ({wording.count(item.n, 'comment')} of late)"
        for item in new[:1]
        if item.theme not in known
    ]
    if not questions:
        return "To decide: whether to wait for more answers, as no complaint here is clear of chance."
    end = " Fixing it may gain more or less." if complaints and kind != "sentiment" else ""
    return f"To decide: {'; and '.join(questions)}.{end}"


def _moved(score: Score) -> str:
    if score.change is None or score.change.points.value is None:
        return ""
    if not score.change.clear:
        return f", not distinguishable from {score.before_label}"
    value = score.change.points.value
    return f", {'up' if value > 0 else 'down'} {wording.number(abs(value), score.kind)} on {score.before_label}"
