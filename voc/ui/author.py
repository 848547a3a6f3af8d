"""Who edits: the name that stands beside an edit, typed once and kept for the session."""

from __future__ import annotations

import streamlit as st


def sign(key: str) -> str:
    """Ask for the name in a field with this ``key``, and return it."""
    st.session_state.setdefault(key, author())
    return st.text_input("Your name (kept with the edit)", key=key, on_change=_keep, args=(key,))


def author() -> str:
    """The name as it was typed last; empty before."""
    return str(st.session_state.get("author-name", ""))


def _keep(key: str) -> None:
    st.session_state["author-name"] = st.session_state[key]
