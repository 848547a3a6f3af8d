"""Subscribing to a saved view: its changes as a digest, in a file or sent to a web address by a weekly job."""

from __future__ import annotations

import streamlit as st

from voc.errors import VocError
from voc.report.subscriptions import PERIODS, Subscription, subscribe, subscriptions, unsubscribe
from voc.ui import access
from voc.ui.author import author, sign_form
from voc.ui.highlight import plain, sentence


def panel(path: str, view: str) -> None:
    """The subscriptions to ``view`` that are the visitor's to end, and the form for another."""
    for number, one in enumerate(one for one in subscriptions(path) if one.view == view and _own(one)):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(plain(f"Every {one.period}, {one.author} hears of it {one.place}."))
            if st.button("End it", key=f"unsubscribe-{number}", type="tertiary", icon=":material/notifications_off:"):
                unsubscribe(path, one)
                st.rerun()
    with st.form("subscribe", border=False):
        period = st.selectbox("Tell me what changes, every", PERIODS, index=1, key="subscribe-period")
        send_to = st.text_input(
            "Send it to",
            key="subscribe-to",
            placeholder="https://… of a chat channel; empty: a file",
            help="At most five changes beyond chance, with links, delivered by a job: `voc watch --subscriptions`.",
        )
        who = sign_form("subscribe-author")
        if st.form_submit_button("Subscribe", icon=":material/notifications:"):
            try:
                access.require("editor")
                subscribe(path, Subscription(view, who, period, send_to.strip()))
            except VocError as error:
                st.error(sentence(str(error)))
            else:
                st.session_state["told"] = "Subscribed."
                st.rerun()


def end_all(path: str, view: str) -> None:
    """End every subscription to a view that is being forgotten: it would have nothing to tell of."""
    for one in subscriptions(path):
        if one.view == view:
            unsubscribe(path, one)


def _own(one: Subscription) -> bool:
    """Whose address it is sent to is not everybody's to know."""
    return access.may("admin") or one.author == author()
