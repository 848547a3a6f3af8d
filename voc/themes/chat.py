"""A language model behind OpenAI's interface: the only file that talks to one."""

from __future__ import annotations

import os

from voc.config import NamerSettings
from voc.errors import UsageError


class ChatModel:
    """Sends one prompt at a time and returns the reply's text."""

    def __init__(self, settings: NamerSettings) -> None:
        """Connect lazily: nothing is sent yet. Raises UsageError where the client is not installed."""
        try:
            from openai import OpenAI
        except ImportError as error:
            raise UsageError(
                "[namer] of voc.toml needs the client of a language model: pip install 'voc[namer]', or take the "
                "section away to have names made here."
            ) from error
        self._model = settings.model
        self._client = OpenAI(
            api_key=os.environ.get(settings.api_key_env) or "none",
            base_url=settings.base_url,
            timeout=settings.timeout,
            max_retries=1,
        )

    def reply(self, prompt: str) -> str:
        """Return what the model answers. Raises ConnectionError when it cannot be reached or refuses."""
        from openai import OpenAIError

        try:
            answer = self._client.chat.completions.create(
                model=self._model, messages=[{"role": "user", "content": prompt}], temperature=0
            )
        except OpenAIError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}".splitlines()[0]) from error
        return (answer.choices[0].message.content or "") if answer.choices else ""
