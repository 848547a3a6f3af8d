"""The digest of a scheduled job: what it says, what it never says, and where it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from report_frames import Frames, network

from voc.errors import UsageError
from voc.report.digest import Digest, digest
from voc.report.send import NotSentError, send


class Listener(ThreadingHTTPServer):
    """Keeps what it is sent; answers with ``status``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, dict[str, object]]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks/s3cret"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Listener)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def frames() -> Frames:
    made = network(1500)
    labels = made.themes["label"].replace("Weak signal indoors", "Weak signal, mail jo@example.org")
    return Frames(made.comments, made.segments, made.themes.assign(label=labels))


@pytest.fixture(scope="module")
def found(frames: Frames) -> Digest:
    return digest(frames, "quarter", explorer="https://voc.example/")


def test_the_planted_change_is_the_news_and_leads_to_its_comments(found: Digest) -> None:
    assert {one.theme for one in found.news} <= {"sim", None} and "sim" in {one.theme for one in found.news}
    assert {one.kind for one in found.news} == {"changed", "emerging"}
    first = next(one for one in found.news if one.theme == "sim")
    assert first.link is not None
    parts = urlsplit(first.link)
    assert (parts.netloc, parts.path) == ("voc.example", "/comments")
    assert parse_qs(parts.query) == {"from": ["2026-07-01"], "to": ["2026-09-30"], "theme": ["sim"]}
    text = found.as_text()
    assert text.startswith("2026-Q3 against 2026-Q2\n- ") and first.sentence in text and first.link in text
    assert "at most 5 % of such digests" in text and "we would probably have missed moves" in text.lower()


def test_no_words_of_comments_and_no_personal_data(frames: Frames, found: Digest) -> None:
    written = json.dumps(found.as_dict(), ensure_ascii=False)
    assert not any(text in written for text in frames.comments["text"].dropna().unique() if len(text) > 20)
    quiet = digest(Frames(frames.comments, frames.segments, frames.themes.iloc[[2]]), "quarter")
    assert "jo@example.org" not in json.dumps([found.as_dict(), quiet.as_dict()])


def test_the_same_data_give_the_same_digest(frames: Frames, found: Digest) -> None:
    assert digest(frames, "quarter", explorer="https://voc.example/") == found


def test_nothing_changed_says_what_would_have_been_missed(frames: Frames) -> None:
    early = frames.comments[frames.comments["date"] < pd.Timestamp("2026-07-01", tz="UTC")]
    quiet = digest(Frames(early, frames.segments, frames.themes), "quarter")
    assert quiet.news == () and quiet.still.startswith("No change distinguishable from chance")
    assert quiet.now == "2026-Q2"


def test_undated_comments_give_a_sentence(frames: Frames) -> None:
    undated = digest(Frames(frames.comments.assign(date=pd.NaT), frames.segments, frames.themes))
    assert undated.news == () and "no change to tell" in undated.as_text()


def test_it_is_posted_as_json_with_all_of_it_in_words(found: Digest, listener: Listener) -> None:
    send(found, listener.address)
    ((kind, body),) = listener.got
    assert kind == "application/json" and body["text"] == found.as_text() and body["false_alarms"] == 0.05
    assert [one["sentence"] for one in body["news"]] == [one.sentence for one in found.news]  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_no_success_is_one_line_without_the_secret(
    found: Digest, listener: Listener, status: int
) -> None:
    listener.status = status
    with pytest.raises(NotSentError, match=f"127.0.0.1 answers {status}") as caught:
        send(found, listener.address)
    assert "s3cret" not in str(caught.value) and caught.value.exit_code == 4
    assert len(listener.got) == 1  # a redirect is not followed


def test_nobody_there_is_one_line(found: Digest) -> None:
    with pytest.raises(NotSentError, match="cannot be reached"):
        send(found, "http://127.0.0.1:9/", seconds=2)


@pytest.mark.parametrize("url", ["ftp://x.example/", "file:///etc/passwd", "x.example/hook", "http://", "http://[::1"])
def test_what_is_no_web_address_is_refused(found: Digest, url: str) -> None:
    with pytest.raises(UsageError, match="http"):
        send(found, url)
