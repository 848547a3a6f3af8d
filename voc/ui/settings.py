"""Settings: the store, its search index, saved views, and the runs that made it what it is."""

from __future__ import annotations

import json
from urllib.parse import quote

import pandas as pd
import streamlit as st

from voc.access import access_settings
from voc.errors import VocError
from voc.pipeline.search import index_for_search
from voc.pipeline.views import saved_views
from voc.ui import access
from voc.ui.highlight import plain
from voc.ui.view import View
from voc.ui.words import count

TITLE = "Settings"
TELLS = "What this explorer stands on: the store, its search index, saved views, and every run so far."
HOW = """
The explorer reads the state that the last finished run left, and notices the next one by itself. A **search index**
finds words in all their forms, and in large stores the nearest sentences without looking at all; comments that come
later are found without it being made anew. **Saved views** are conditions under a name: they are chosen in the filter
bar, stand in links (`?view=NAME`), and make briefs of one team (`voc report --view NAME`).
"""


#: What is counted of each file that a run read.
_OF_FILES = ("new", "updated", "unchanged", "rejected")


def body(view: View) -> None:
    """The screen."""
    st.subheader("Store", anchor=False)
    snapshot = view.snapshot
    st.markdown(
        f"`{view.path}`: {count(view.choices.comments, 'comment')}, "
        f"{count(snapshot.count('segments'), 'sentence')}, {count(len(view.choices.themes), 'theme')}, "
        f"{count(snapshot.count('rejects'), 'rejected row')}."
    )
    last = snapshot.run or {}
    st.caption(f"Model {last.get('model_version') or 'unknown'} · themes {last.get('theme_version') or 'none'}")
    _who()
    _index(view)
    _views(view)
    _runs(view)


def _who() -> None:
    settings = access_settings()
    if settings is None:
        st.write(
            "No `[access]` in `voc.toml`: the explorer answers this machine alone (127.0.0.1) and asks nobody who they "
            "are; edits are signed with the name that is typed in."
        )
        return
    users = [(one.name, one.role, one.condition or "all") for one in settings.users.values()]
    if settings.others:
        users.append(("who else signs in", settings.others, "all"))
    st.dataframe(pd.DataFrame(users, columns=["Who", "Role", "Rows"]), hide_index=True, alt="Who may see the store")


def _index(view: View) -> None:
    st.subheader("Search index", anchor=False)
    words, vectors = view.snapshot.indexed
    st.write(
        f"Words: {'indexed' if words else 'no index, texts are looked through as they are typed'}. "
        f"Meaning: {'indexed' if vectors else 'no index, all sentences are compared'}."
    )
    if st.button("Make the index anew" if words else "Make the search index", icon=":material/manage_search:"):
        try:
            with st.spinner("Indexing … a million comments take minutes."):
                index_for_search(access.writable(view.path, "admin"))
        except VocError as error:
            st.error(plain(str(error)))
        else:
            st.session_state["told"] = "The search index is made."
            st.rerun()


def _views(view: View) -> None:
    st.subheader("Saved views", anchor=False)
    views = saved_views(view.path)
    if not views:
        st.caption("None yet. Set filters, then save them under “Views” in the filter bar.")
        return
    st.dataframe(
        pd.DataFrame(
            {
                "View": list(views),
                "Condition": list(views.values()),
                "Link": [f"/?view={quote(name)}" for name in views],
            }
        ),
        hide_index=True,
        column_config={"Link": st.column_config.LinkColumn(display_text="Open")},
        alt="Saved views",
    )


def _runs(view: View) -> None:
    st.subheader("Runs", anchor=False)
    runs = view.snapshot.runs().to_pandas().iloc[::-1].head(50)
    st.dataframe(
        pd.DataFrame(
            {
                "When": runs["finished"].to_numpy(),
                "What": runs["command"].to_numpy(),
                "Seconds": (runs["finished"] - runs["started"]).dt.total_seconds().round(1).to_numpy(),
                "Counts": [_counts(text) for text in runs["counts"]],
            }
        ),
        hide_index=True,
        column_config={"When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        alt="Runs, newest first",
    )


def _counts(text: str) -> str:
    """The counts of a run that are not nought, in words."""
    counts = json.loads(text)
    files = counts.get("files") if isinstance(counts.get("files"), list) else []
    sums = {name: sum(file.get(name) or 0 for file in files) for name in _OF_FILES}
    return ", ".join(
        [
            *([count(len(files), "file")] if files else []),
            *(f"{name} {n:,}" for name, n in sums.items() if n),
            *(
                f"{name.replace('_', ' ')} {value}"
                for name, value in counts.items()
                if value and not isinstance(value, dict | list)
            ),
        ]
    )
