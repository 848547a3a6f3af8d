"""The model card of the lenses: what they are, learnt from what, how good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from voc.errors import UsageError
from voc.train.evaluation_tables import decimals, exact

_TEMPLATE = Path(__file__).with_name("lenses_card.md")
#: What only whoever trained them can say: of the lenses that ship, whose heads come with a network, and of others.
_OURS: Final = {
    "trained_by": "`voc train LABELLED… --network NETWORK -o models/lenses` (six minutes on two cores)",
    "fine_tuned": ". The encoder's lens layers were fine-tuned on the same comments less the held-out ones",
    "narrowed": "; the range of penalties to choose from was narrowed after a look at it",
    "labels": "made by a large language model that follows the codebook (`data/labels`: comments written for this "
    "project, and labels of public texts, made in the same way). Figures say how well the lenses apply the codebook, "
    "**not** how well they agree with people",
    "limits": "typing errors change a quarter of the labels; sarcasm; the signals generosity, honesty, recovery and "
    "choice (see n); facts told without feeling are taken for feeling in a third of cases; ",
}
_OTHERS: Final = {
    "trained_by": "`voc train LABELLED… -o DIR`",
    "fine_tuned": "",
    "narrowed": "",
    "labels": "those of the training data below; write here who gave them, and how far people agree on them",
    "limits": "",
}


def write_card(folder: Path, found: dict[str, Any], source: str) -> Path:
    """Write ``README.md`` into the lenses' ``folder`` from its manifest and what ``voc evaluate`` found.

    Raises UsageError when no labelled comment was measured.
    """
    if not found["n"]:
        raise UsageError("The model card needs labelled comments: name a file that has every lens.")
    manifest = json.loads((folder / "manifest.json").read_text())
    data = "\n".join(
        f"- by {key}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items())
        for key, counts in manifest["data"].items()
    )
    lenses = "\n".join(
        f"| {lens} | {exact(m['macro_f1'])} | {exact(m['low'])}–{exact(m['high'])} | "
        f"{exact(m['accuracy'])} | {exact(m['ece'])} |"
        for lens, m in found["lenses"].items()
    )
    classes = "\n".join(
        f"| {lens} | {name} | {decimals(c['precision'])} | {decimals(c['recall'])} | {decimals(c['f1'])} | {c['n']} |"
        for lens, m in found["lenses"].items()
        for name, c in m["classes"].items()
    )
    card = folder / "README.md"
    card.write_text(
        _TEMPLATE.read_text().format(
            **(_OURS if "network" in manifest["penalties"].values() else _OTHERS),
            version=manifest["version"],
            encoder=manifest["encoder"],
            rows=manifest["rows"],
            held_out=manifest["held_out"],
            abstain=manifest["rules"]["abstain_below"],
            data=data,
            source=source,
            n=found["n"],
            micro=decimals(found["lenses"]["signals"]["micro_f1"]),
            lenses=lenses,
            classes=classes,
            token_f1=decimals(found["evidence"]["token_f1"]),
            evidence_n=found["evidence"]["n"],
        )
    )
    return card
