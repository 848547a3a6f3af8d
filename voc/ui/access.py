"""Who looks at the explorer, and the store as this visitor may see and change it: no page opens it in another way."""

from __future__ import annotations

from ipaddress import ip_address

import streamlit as st

from voc.access import AccessSettings, Visitor, access_settings
from voc.errors import UsageError
from voc.store import Snapshot, Store

#: What a visitor is told who may not do what an editor, or an admin, may.
_REFUSED = {
    "editor": "You may read here, and edit nothing: ask for the role of an editor.",
    "admin": "Only an admin adds data and changes the store's set-up.",
}


def visitor() -> Visitor:
    """Who looks at the page; everybody may everything, and gives a name, where ``voc.toml`` has no ``[access]``.

    Raises UsageError for one who has not signed in or may not in.
    """
    settings = access_settings()
    if settings is None:
        return Visitor()
    email = signed_in()
    found = settings.visitor(email) if email else None
    if found is None:
        raise UsageError(f"{email} may not see this store: ask its admin." if email else "Sign in first.")
    return found


def snapshot(path: str) -> Snapshot:
    """The store as its last run left it, less the comments that the visitor may not see."""
    return Store.open(path).snapshot(only=visitor().condition)


def warm(path: str) -> None:
    """Open the store before a visitor comes, so that the libraries under it are loaded; nothing of it is read.

    Raises StoreError where it cannot be opened.
    """
    Store.open(path)


def writable(path: str, role: str = "editor", *, create: bool = False) -> Store:
    """The store, to change it. Raises UsageError for a visitor who may not what ``role`` may."""
    require(role)
    return Store.open(path, create=create)


def require(role: str) -> None:
    """Raise UsageError for a visitor who may not what ``role`` may."""
    if not visitor().may(role):
        raise UsageError(_REFUSED[role])


def may(role: str) -> bool:
    """Whether the visitor may what ``role`` may: what is refused need not be offered."""
    return visitor().may(role)


def let_in() -> bool:
    """Whether the page may be shown; else ask to sign in, or say why not. Raises UsageError for a set-up that would
    show the store to the whole network.
    """
    settings = access_settings()
    if settings is None:
        _require_own_machine()
        return True
    if signed_in() is None:
        _ask(settings)
        return False
    found = visitor()
    with st.sidebar:
        st.caption(f"Signed in as {found.name} ({found.role}{', some rows' if found.rows else ''}).")
        st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=st.logout)
    return True


def signed_in() -> str | None:
    """The e-mail address of who signed in, as the provider vouches for it; None before."""
    if not st.user.get("is_logged_in") or st.user.get("email_verified") is False:
        return None
    return str(st.user.get("email") or "") or None


def _ask(settings: AccessSettings) -> None:
    st.title("Voice of the customer", anchor=False)
    if "is_logged_in" not in st.user:
        raise UsageError(
            "voc.toml has [access], so visitors sign in: give Streamlit an OpenID Connect provider, section [auth] of "
            ".streamlit/secrets.toml, and install authlib."
        )
    st.write("Sign in to see the comments that you may see.")
    if st.user.get("is_logged_in"):
        st.warning("The provider gives no e-mail address that it has verified.")
    st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login, args=(settings.provider,))


def _require_own_machine() -> None:
    address = str(st.get_option("server.address") or "")
    try:
        own = ip_address(address).is_loopback
    except ValueError:
        own = address == "localhost"
    if not own:
        raise UsageError(
            f"The explorer would answer the whole network (address: {address or 'not set'}) and ask nobody for a name: "
            "start it with 'voc explore', which answers this machine alone, or name users under [access] in voc.toml."
        )
