"""Who edits: the name that stands beside an edit, of who signed in, or else typed once and kept for the session."""

from __future__ import annotations

import streamlit as st

from voc.ui.access import visitor

_LABEL = "Your name (kept with the edit)"


def sign(key: str) -> str:
    """Ask for the name in a field with this ``key``, unless the visitor signed in, and return it."""
    if name := visitor().name:
        return _signed(name)
    st.session_state[key] = author()
    return st.text_input(_LABEL, key=key, on_change=_keep, args=(key,))


def sign_form(key: str) -> str:
    """The same within a form, where the name is known when it is sent."""
    if name := visitor().name:
        return _signed(name)
    return st.text_input(_LABEL, author(), key=key).strip()


def author() -> str:
    """The name of who signed in, or as it was typed last; empty before."""
    return visitor().name or str(st.session_state.get("author-name", ""))


def _signed(name: str) -> str:
    st.caption(f"Kept with your name, {name}.")
    return name


def _keep(key: str) -> None:
    st.session_state["author-name"] = st.session_state[key]
