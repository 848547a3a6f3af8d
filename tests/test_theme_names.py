"""Names: short phrases of customers' own, verbatims that can be shown, and a language model whose names must pass."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from subjects import ENCODER, TEXTS, theme

from voc.config import NamerSettings, namer_settings
from voc.errors import UsageError
from voc.themes import ThemeSet
from voc.themes.chat import ChatModel
from voc.themes.namer import PATIENCE, name_by, prompt
from voc.themes.names import Group, representatives


def group(*segments: str) -> Group:
    texts = tuple(segments)
    return Group(texts, texts, ENCODER.encode(texts).astype(np.float32), ())


# --- verbatims --------------------------------------------------------------------------------


def test_verbatims_are_few_short_and_no_two_the_same() -> None:
    same = ["My refund never came back.", "my refund never came back!!", "MY REFUND NEVER CAME BACK"]
    shown = representatives(group(*same, *TEXTS[20:30], "refund " * 60))
    assert len(shown) == 5 and len({verbatim.lower().strip(".! ") for verbatim in shown}) == 5
    assert all(len(verbatim.split()) <= 28 for verbatim in shown)


def test_verbatims_hold_no_personal_data_masked_or_not() -> None:
    personal = ["Write to jo.bloggs@example.com about the refund.", "Agent [name] lost my refund for good."]
    shown = representatives(group(*personal, *TEXTS[20:23]))
    assert set(shown) == set(TEXTS[20:23])
    assert representatives(group(*personal)) == ()


# --- a language model -------------------------------------------------------------------------


class Scripted:
    """Answers with what is next, and keeps what it was asked; an exception is raised."""

    def __init__(self, *replies: str | Exception) -> None:
        self.replies, self.asked = list(replies), list[str]()

    def reply(self, prompt: str) -> str:
        self.asked.append(prompt)
        said = self.replies.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


def said(label: str, description: str = "") -> str:
    return json.dumps({"label": label, "description": description})


@pytest.fixture
def themes() -> ThemeSet:
    queue = theme("queue", 0, keywords=("queue", "hour"), verbatims=tuple(TEXTS[:2]), description="Own words.")
    return ThemeSet((queue, theme("music", 1), theme("refund", 2)), ENCODER.name, ("Acme",))


def test_names_that_pass_are_taken(themes: ThemeSet) -> None:
    model = Scripted(
        "Sure!\n```json\n" + said("waiting in the queue", "They wait in the queue for long.") + "\n```",
        said("Hold music", "The refund is missing."),
        said("Refund never came"),
    )
    named = name_by(model, themes, ENCODER)
    assert [one.label for one in named.themes.themes] == ["Waiting in the queue", "Hold music", "Refund never came"]
    assert [one.description for one in named.themes.themes] == ["They wait in the queue for long.", "", ""]
    assert named.refused == () and named.themes.version == themes.version
    assert TEXTS[0] in model.asked[0] and "queue, hour" in model.asked[0]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I would call it Queues", "is not of 1 to 5 words"),
        (said("Standing in the queue for a very long hour"), "is not of 1 to 5 words"),
        (said("Musics"), "says no more than another name"),
        (said("Acme queue"), "names a company"),
        (said("queue joe@example.com"), "names a company, a product or a person"),
        (said("Refund in the queue queue refund refund"), "is not of"),
        (said("Double refund"), "is not what the comments say"),
        (json.dumps({"label": ["Queue"]}), "is not of 1 to 5 words"),
        (json.dumps(["Queue"]), "is not of 1 to 5 words"),
    ],
)
def test_names_that_do_not_pass_leave_the_themes_own(themes: ThemeSet, reply: str, why: str) -> None:
    named = name_by(Scripted(reply, said("Hold music"), said("Refund never came")), themes, ENCODER)
    assert named.themes.get("queue") == themes.get("queue")
    ((label, reason),) = named.refused
    assert label == "Queue" and why in reason and "\n" not in reason


def test_two_themes_do_not_get_one_name_and_pinned_ones_are_not_asked_for(themes: ThemeSet) -> None:
    pinned = ThemeSet((*themes.themes[:2], theme("refund", 2, pinned=True)), ENCODER.name)
    model = Scripted(said("Queue and music"), said("Music and queue"))
    named = name_by(model, pinned, ENCODER)
    assert len(model.asked) == 2 and len({one.label for one in named.themes.themes}) == 3


def test_a_service_that_fails_is_not_asked_for_ever(themes: ThemeSet) -> None:
    model = Scripted(*[ConnectionError("no route")] * 3)
    named = name_by(model, themes, ENCODER)
    assert named.themes == themes and len(model.asked) == PATIENCE
    assert [why for _, why in named.refused] == ["no route", "no route", "not asked any more"]


def test_what_is_sent_holds_neither_brand_nor_personal_data() -> None:
    told = theme("queue", 0, verbatims=("Acme kept Jo waiting, write to jo.bloggs@example.com",))
    sent = prompt(told, ["Hold music"], ("Acme",))
    assert "Acme" not in sent and "jo.bloggs" not in sent and "Hold music" in sent


# --- settings and client ----------------------------------------------------------------------


def test_settings_are_read_from_the_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "voc.toml"
    assert namer_settings(file) is None
    file.write_text("[other]\nx = 1\n")
    assert namer_settings(file) is None
    file.write_text('[namer]\nmodel = "m"\nbase_url = "http://localhost:1/v1"\ntimeout = 5\n')
    monkeypatch.setenv("VOC_CONFIG", str(file))
    assert namer_settings() == NamerSettings("m", "http://localhost:1/v1", timeout=5)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[namer]\n", "names no model"),
        ('[namer]\nmodel = "m"\nkey = "secret"\n', "has the key 'key'"),
        ('[namer]\nmodel = "m"\ntimeout = "long"\n', "no fit value for 'timeout'"),
        ('[namer]\nmodel = "m"\ntimeout = true\n', "no fit value for 'timeout'"),
        ("namer = 3\n", "names no model"),
        ("[namer\n", "Cannot read"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_one_line(tmp_path: Path, written: str, message: str) -> None:
    (tmp_path / "voc.toml").write_text(written)
    with pytest.raises(UsageError) as refused:
        namer_settings(tmp_path / "voc.toml")
    assert message in str(refused.value) and "\n" not in str(refused.value) and "secret" not in str(refused.value)


def test_without_its_client_the_namer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(UsageError, match=r"voc\[namer\]"):
        ChatModel(NamerSettings("m"))


class _Service(BaseHTTPRequestHandler):
    asked: ClassVar[list[dict[str, object]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        answer = {"role": "assistant", "content": "hello"}
        status = 500 if body["model"] == "broken" else 200
        reply = json.dumps({"choices": [{"index": 0, "message": answer, "finish_reason": "stop"}]}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_the_client_asks_a_service_and_tells_a_failure(service: str) -> None:
    pytest.importorskip("openai")
    assert ChatModel(NamerSettings("m", service)).reply("Name this.") == "hello"
    assert _Service.asked[-1]["messages"] == [{"role": "user", "content": "Name this."}]
    with pytest.raises(ConnectionError) as refused:
        ChatModel(NamerSettings("broken", service)).reply("Name this.")
    assert "\n" not in str(refused.value)
