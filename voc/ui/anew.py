"""Work over the whole store: themes looked for anew, to be approved; comments tagged anew by the models of today."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from voc.pipeline import Proposal, Retagged, adopt_themes, load_tagger, propose_themes, retag
from voc.progress import Progress
from voc.ui import access, work
from voc.ui.author import author
from voc.ui.highlight import plain
from voc.ui.view import View
from voc.ui.words import count

_PROPOSED = "proposed-themes"


def panel(view: View) -> None:
    """Both, for an admin."""
    st.subheader("Anew", anchor=False)
    proposal: Proposal | None = st.session_state.get(_PROPOSED)
    if proposal:
        _approve(view, proposal)
        return
    st.caption("Minutes over many comments; both can be cancelled, and nothing changes before they are done.")
    with st.container(horizontal=True):
        if st.button("Look for themes anew", icon=":material/category_search:"):
            _propose(view)
        if st.button("Tag comments anew", icon=":material/refresh:", help="Those that other models or themes tagged."):
            store = access.writable(view.path, "admin")
            work.begin("Tagging anew", lambda progress: retag(store, progress=progress), _tell)


def _propose(view: View) -> None:
    snapshot = access.snapshot(view.path)

    def propose(progress: Progress) -> Proposal:
        return propose_themes(snapshot, load_tagger(), progress=progress)

    work.begin("Looking for themes", propose, lambda found: st.session_state.__setitem__(_PROPOSED, found))


def _approve(view: View, proposal: Proposal) -> None:
    """What was found, beside what there is; nothing is written before somebody says so."""
    st.write(f"Themes were looked for anew: {proposal.told()}")
    if rows := proposal.changes():
        st.dataframe(pd.DataFrame(rows, columns=["What", "Now", "Then"]), hide_index=True, alt="What would change")
    for remark in proposal.remarks:
        st.warning(plain(remark), icon=":material/visibility:")
    with st.container(horizontal=True):
        if st.button("Adopt these themes", type="primary"):
            store, who = access.writable(view.path, "admin"), author() or "explorer"
            st.session_state.pop(_PROPOSED)
            work.begin(
                "Adopting the themes",
                lambda progress: adopt_themes(
                    store, proposal, load_tagger(), who, "explorer: themes anew", progress=progress
                ),
                lambda _: work.tell("The themes are adopted."),
            )
        if st.button("Leave the themes as they are"):
            st.session_state.pop(_PROPOSED)
            st.rerun()


def _tell(done: Retagged) -> None:
    work.tell(f"{count(done.comments, 'comment')} tagged anew." if done.comments else "All tags are of today's models.")
