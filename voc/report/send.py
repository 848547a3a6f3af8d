"""Send a digest to a web address."""

from __future__ import annotations

import json
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from voc.errors import UsageError, VocError
from voc.report.digest import Digest

SECONDS = 20


class NotSentError(VocError):
    """The digest was made, and not taken."""

    exit_code = 4


class _NoRedirects(HTTPRedirectHandler):
    """A redirected POST would arrive as a GET without its body."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def require_address(url: str) -> str:
    """The host of a web address. Raises UsageError where it is none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError("the address to send to must begin with http:// or https:// and name a host")
    return host


def send(digest: Digest, url: str, seconds: float = SECONDS) -> None:
    """POST the digest (``Digest.as_dict``) to ``url`` as JSON. Addresses of chat services are secrets: messages name
    the host alone.

    Raises:
        UsageError: ``url`` is no web address.
        NotSentError: nobody answers within ``seconds``, or the answer is not a success; redirects are not followed.
    """
    host = require_address(url)
    body = json.dumps(digest.as_dict(), ensure_ascii=False).encode()
    request = Request(url, body, {"Content-Type": "application/json", "User-Agent": "voc"}, method="POST")
    try:
        with build_opener(_NoRedirects).open(request, timeout=seconds):
            return
    except HTTPError as error:
        answer = f"answers {error.code}"
        error.close()
    except (URLError, OSError, HTTPException) as error:
        answer = f"cannot be reached ({getattr(error, 'reason', None) or type(error).__name__})"
    raise NotSentError(f"not sent: {host} {answer}; the digest is printed all the same, check the address")
