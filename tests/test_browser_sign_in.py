"""Signing in by OpenID Connect in a real browser, with a provider on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import one_page, opened, serious, serving
from explorer_store import make_store

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:.*authlib.jose", "ignore:get_jwt_config"),  # of the provider's library
]

EDITOR, STRANGER = "bo@example.org", "eve@example.org"
SETTINGS = f"""
[access.users."{EDITOR}"]
role = "editor"
rows = {{ brand = ["Wrenly"] }}
"""
SECRETS = """
[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "of-a-test-that-keeps-nothing-secret-at-all"
client_id = "voc"
client_secret = "none"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture
def provider() -> Iterator[str]:
    """Address of an OpenID Connect provider that vouches for two people."""
    from oidc_provider_mock import User, run_server_in_thread

    users = [User(sub=name, claims={"email": name, "email_verified": True}) for name in (EDITOR, STRANGER)]
    with run_server_in_thread(user_claims=users) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def test_who_signs_in_sees_what_is_theirs_and_signs_out(chromium: Path, tmp_path: Path, provider: str) -> None:
    def settings(address: str) -> dict[str, str]:
        (tmp_path / "voc.toml").write_text(SETTINGS, "utf-8")
        (tmp_path / "secrets.toml").write_text(SECRETS.format(address=address, provider=provider), "utf-8")
        return {
            "VOC_CONFIG": str(tmp_path / "voc.toml"),
            "STREAMLIT_SECRETS_FILES": str(tmp_path / "secrets.toml"),
        }

    store = make_store(tmp_path / "store", 120)
    with one_page(chromium, tmp_path / "profile", other=provider) as page, serving(store, page, settings) as address:
        page.goto(address)
        page.get_by_text("Sign in to see the comments that you may see.").wait_for()
        assert serious(page) == []
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name=STRANGER).click()
        page.get_by_text(f"{STRANGER} may not see this store: ask its admin.").wait_for()

        page.context.clear_cookies()
        page.goto(address)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name=EDITOR).first.click()
        page.get_by_text(f"Signed in as {EDITOR} (editor, some rows).").wait_for()
        opened(page, f"{address}/comments", "Comments")
        page.locator(".voc-card", has_text="Wrenly").first.wait_for()
        assert not page.locator(".voc-card", has_text="Larkline").count()
        assert not page.get_by_role("link", name="Settings").count()  # an admin's

        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{provider}/**")  # where its own session could be ended too
        page.goto(address)
        page.get_by_text("Sign in to see the comments that you may see.").wait_for()
