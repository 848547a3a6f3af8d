"""The model card of the lenses: what they are, learnt from what, how good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_HEAD = """# Lenses: {version}

| | |
|---|---|
| what they do | read a comment through five lenses: sentiment, stance (giving, taking) with its 14 signals, intent, advocacy |
| form | linear heads on the mean, largest and smallest value of a comment's segment vectors (encoder `{encoder}`); `heads.npz` and `manifest.json`, no code |
| trained by | `voc train train.jsonl -o models/lenses` on {rows:,} labelled comments; rows with a non-commercial licence left out |
| calibrated | on predictions of heads that saw neither the comment nor a near duplicate (five folds, grouped by cosine ≥ .92): one temperature and an offset per class; Platt scaling for signals. Penalties, thresholds and offsets were chosen on the same predictions, never on the evaluation set |
| labels | made by a large language model that follows the codebook. Figures say how well the lenses apply the codebook, **not** how well they agree with people |
| abstains | marks a comment whose highest stance probability is under {abstain} |
| language | English |
| known limits | no sarcasm to speak of; rare signals (see n) are weak; long comments are read segment by segment, so what only the whole says is missed |

## Training data

{data}

## Figures on `{source}` ({n} comments, not trained on)

`voc evaluate {source} --json`; 95 % intervals by bootstrap over comments. Signals: micro-F1 {micro:.2f}.
Evidence: in {overlap:.0%} of {evidence_n} comments the words shown hold half or more of the labelled words.

| lens | macro-F1 | interval | accuracy | calibration error |
|---|---|---|---|---|
{lenses}

| lens | class | precision | recall | F1 | n |
|---|---|---|---|---|---|
{classes}
"""


def write_card(folder: Path, found: dict[str, Any], source: str) -> Path:
    """Write ``README.md`` into the lenses' ``folder`` from its manifest and what ``voc evaluate`` found."""
    manifest = json.loads((folder / "manifest.json").read_text())
    data = "\n".join(
        f"- by {key}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()) for key, counts in manifest["data"].items()
    )
    lenses = "\n".join(
        f"| {lens} | {m['macro_f1']:.3f} | {m['low']:.3f}–{m['high']:.3f}{' (micro)' if 'micro_f1' in m else ''} | {m['accuracy']:.3f} | "
        f"{'–' if m['ece'] is None else format(m['ece'], '.3f')} |"
        for lens, m in found["lenses"].items()
    )
    classes = "\n".join(
        f"| {lens} | {name} | {c['precision']:.2f} | {c['recall']:.2f} | {c['f1']:.2f} | {c['n']} |"
        for lens, m in found["lenses"].items() for name, c in m["classes"].items()
    )
    card = folder / "README.md"
    card.write_text(_HEAD.format(
        version=manifest["version"], encoder=manifest["encoder"], rows=manifest["rows"], abstain=manifest["rules"]["abstain_below"],
        data=data, source=source, n=found["n"], micro=found["lenses"]["signals"]["micro_f1"], lenses=lenses, classes=classes,
        overlap=found["evidence"]["overlap"] or 0, evidence_n=found["evidence"]["n"],
    ))
    return card
