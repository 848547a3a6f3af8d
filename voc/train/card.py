"""The model card of the lenses: what they are, learnt from what, how good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_TEMPLATE = Path(__file__).with_name("lenses_card.md")


def write_card(folder: Path, found: dict[str, Any], source: str) -> Path:
    """Write ``README.md`` into the lenses' ``folder`` from its manifest and what ``voc evaluate`` found."""
    manifest = json.loads((folder / "manifest.json").read_text())
    data = "\n".join(
        f"- by {key}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items())
        for key, counts in manifest["data"].items()
    )
    lenses = "\n".join(
        f"| {lens} | {m['macro_f1']:.3f} | {m['low']:.3f}–{m['high']:.3f} | "
        f"{m['accuracy']:.3f} | {'–' if m['ece'] is None else format(m['ece'], '.3f')} |"
        for lens, m in found["lenses"].items()
    )
    classes = "\n".join(
        f"| {lens} | {name} | {c['precision']:.2f} | {c['recall']:.2f} | {c['f1']:.2f} | {c['n']} |"
        for lens, m in found["lenses"].items()
        for name, c in m["classes"].items()
    )
    card = folder / "README.md"
    card.write_text(
        _TEMPLATE.read_text().format(
            version=manifest["version"],
            encoder=manifest["encoder"],
            rows=manifest["rows"],
            held_out=manifest["held_out"],
            abstain=manifest["rules"]["abstain_below"],
            data=data,
            source=source,
            n=found["n"],
            micro=found["lenses"]["signals"]["micro_f1"],
            lenses=lenses,
            classes=classes,
            overlap=found["evidence"]["overlap"] or 0,
            evidence_n=found["evidence"]["n"],
        )
    )
    return card
