"""Quality: how far themes and labels can be relied on, measured on these very comments."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from voc.encode import load_encoder
from voc.errors import VocError
from voc.pipeline import Frames, edit_themes, stability_edit, theme_quality
from voc.pipeline.annotations import corrections, held_annotations
from voc.progress import Progress
from voc.store import Snapshot
from voc.themes.model import UNSTABLE, marked
from voc.themes.quality import DUPLICATE, Quality
from voc.ui import access, anew, work
from voc.ui.author import author
from voc.ui.highlight import plain
from voc.ui.look import tiles
from voc.ui.view import View
from voc.ui.words import DASH, count, percent

TITLE = "Quality"
TELLS = "How far themes and labels can be relied on: coverage, themes that blur into each other, what was corrected."
HOW = f"""
Measured over all comments, whatever is filtered. **Coverage**: share of sentences that have a theme. **Coherence**: how
much more often than by chance a theme's ten keywords stand in one sentence (normalised pointwise mutual information, −1
to 1). **Contested**: sentences whose second-best theme is nearly as close as the best. **Stability**: how surely a
theme comes back when themes are looked for again in resamples (Jaccard index, 0 to 1; under {UNSTABLE:g} it is
marked); measuring it anew takes minutes.

**Corrected by readers** counts comments of which somebody set a label by hand. Readers open what looks wrong, so it
is no error rate: `voc evaluate` measures that on comments that are drawn by lot.
"""


def body(view: View) -> None:
    """The screen."""
    _labels(view)
    _rate(view)
    if access.may("admin"):
        anew.panel(view)


def _rate(view: View) -> None:
    if view.everything.themes.empty:
        st.info("There are no themes yet: they need some 200 sentences.")
        return
    if "quality-asked" not in st.session_state and len(view.everything.segments) > 50_000:
        st.write("Rating the themes reads every sentence's vector: with so many comments that takes a while.")
        if not st.button("Rate the themes", type="primary"):
            return
        st.session_state["quality-asked"] = True
    try:
        with st.spinner("Rating the themes …"):
            found = _rated(view.path, view.run, view.snapshot)
    except VocError as error:
        st.info(plain(str(error)))
        return
    _set(found)
    _themes(found)
    if access.may("admin"):
        _stability(view)


@st.cache_resource(max_entries=2, show_spinner=False)
def _rated(path: str, run: str, _snapshot: Snapshot) -> Quality:
    return theme_quality(_snapshot, load=load_encoder)


def _labels(view: View) -> None:
    """What share of comments the models could read, were unsure of, and readers corrected."""
    frames = view.kept(label_counts)
    n = corrections(held_annotations(view.snapshot)).drop_duplicates(["dataset", "id"])
    base = f"of {frames['tagged']:,} tagged"
    tiles(
        [
            ("Tagged", f"{frames['tagged']:,}", f"of {frames['with_text']:,} with text", "read in a language we know"),
            ("Stance unsure", percent(frames["unsure"] / (frames["tagged"] or float("nan")), 1), "", base),
            ("No theme fits", percent(frames["unthemed"] / (frames["tagged"] or float("nan")), 1), "", base),
            ("Corrected by readers", f"{len(n):,}", "", count(n["author"].nunique(), "reader")),
        ]
    )


def label_counts(frames: Frames) -> dict[str, int]:
    """How many comments have text, are tagged, have an unsure stance, have no theme."""
    comments = frames.comments
    tagged = comments["status"].eq("ok") & comments["stance"].notna()
    return {
        "with_text": int(comments["text"].notna().sum()),
        "tagged": int(tagged.sum()),
        "unsure": int((tagged & comments["abstained"].eq(True).fillna(False)).sum()),
        "unthemed": int((tagged & ~comments["themes"].astype(bool)).sum()),
    }


def _set(found: Quality) -> None:
    st.subheader("The theme set", anchor=False)
    tiles(
        [
            ("Coverage", percent(_or_nan(found.coverage)), "", f"of {count(found.segments, 'sentence')}"),
            ("Coherence", _two(found.coherence), "−1 to 1; 0: chance", "of the themes' keywords"),
            ("Contested", percent(_or_nan(found.contested)), "", "of themed sentences"),
            ("Stability", _two(found.stability), "0 to 1", _measured(found)),
        ]
    )
    labels = {theme.id: theme.label for theme in found.themes}
    if found.duplicates:
        with st.expander(f"{count(len(found.duplicates), 'pair')} of themes mean nearly the same: merge them?"):
            st.dataframe(
                pd.DataFrame(
                    [(labels[one], labels[other], cosine) for one, other, cosine in found.duplicates],
                    columns=["Theme", "Theme like it", "Likeness"],
                ),
                hide_index=True,
                column_config={"Likeness": st.column_config.NumberColumn(format="%.2f")},
                alt=f"Pairs of themes alike by a cosine of {DUPLICATE:g} or more",
            )


def _themes(found: Quality) -> None:
    labels = {theme.id: marked(theme.label, theme.stability) for theme in found.themes}
    rows = sorted(found.themes, key=lambda theme: -theme.n)
    st.dataframe(
        pd.DataFrame(
            {
                "Theme": [labels[theme.id] for theme in rows],
                "Sentences": [theme.n for theme in rows],
                "Coherence": [theme.coherence for theme in rows],
                "Contested": [None if theme.contested is None else 100 * theme.contested for theme in rows],
                "Stability": [theme.stability for theme in rows],
                "Nearest theme": [labels.get(theme.nearest or "", DASH) for theme in rows],
                "Likeness": [theme.cosine for theme in rows],
            }
        ),
        hide_index=True,
        column_config={
            "Theme": st.column_config.TextColumn(width="medium"),
            "Coherence": st.column_config.NumberColumn(format="%.2f"),
            "Contested": st.column_config.NumberColumn(format="%.0f %%"),
            "Stability": st.column_config.NumberColumn(format="%.2f"),
            "Likeness": st.column_config.NumberColumn(format="%.2f", help="cosine to the nearest theme"),
        },
        placeholder=DASH,
        alt="Themes with their measures",
    )


def _stability(view: View) -> None:
    """Measure stability anew; it is kept with the themes."""
    about = "Looks for themes again in resamples."
    if not st.button("Measure stability anew", icon=":material/restart_alt:", help=about):
        return
    store, who = access.writable(view.path, "admin"), author() or "explorer"

    def measure(progress: Progress) -> None:
        edit = stability_edit(store.snapshot(), load=load_encoder, progress=progress)
        edit_themes(store, edit, who, "explorer: stability")

    work.begin("Measuring stability", measure, lambda _: work.tell("Stability is measured and kept with the themes."))


def _measured(found: Quality) -> str:
    measured = sum(theme.stability is not None for theme in found.themes)
    unstable = sum(theme.unstable for theme in found.themes)
    return f"{measured} themes measured, {unstable} unstable" if measured else "not measured yet"


def _two(value: float | None) -> str:
    return DASH if value is None else f"{value:.2f}".replace("-", "−")


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
