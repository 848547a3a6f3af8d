"""Turn texts into vectors, the same for one text and for a million."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from voc.errors import ModelError

Vectors = npt.NDArray[np.float16]
Progress = Callable[[int], None]

SHIPPED = "default"


class Views(NamedTuple):
    """Two vectors of each text, float16, shape (n, dim): ``theme`` says what it is about, ``lens`` how it reads."""

    theme: Vectors
    lens: Vectors


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into vectors.

    ``name`` identifies the weights: vectors of two encoders are comparable only under one name.
    """

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return unit vectors, float16, shape (len(texts), dim); ``progress`` is told how many are done since."""
        ...


@runtime_checkable
class LensEncoder(Encoder, Protocol):
    """An encoder with a second view of each text, made for the lenses, from the same pass."""

    def encode_views(self, texts: Sequence[str], progress: Progress | None = None) -> Views:
        """Return both views; ``theme`` is what ``encode`` returns."""
        ...


def encode_views(encoder: Encoder, texts: Sequence[str], progress: Progress | None = None) -> Views:
    """Return both views of each text; an encoder with one view lends it to both."""
    if isinstance(encoder, LensEncoder):
        return encoder.encode_views(texts, progress)
    vectors = encoder.encode(texts, progress)
    return Views(vectors, vectors)


class OnnxEncoder:
    """The shipped encoder: an int8 ONNX model that pools and normalises by itself, with a view for the lenses.

    One text a run, so that a text's vector does not depend on its neighbours (dynamic int8 scales cover a whole
    run); as many runs at a time as ``threads`` (default: the cores this process may use), one thread each.
    """

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Load the model in ``folder``. Raises ModelError when it is missing, incomplete or damaged."""
        import onnxruntime as ort
        from tokenizers import Tokenizer

        manifest = _manifest(folder)
        self.threads = threads or available_cores()
        self._dim = int(manifest["dim"])
        self._name = f"{manifest['name']}-{manifest['model_sha256'][:8]}"
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])

    @property
    def name(self) -> str:
        return self._name

    @property
    def dim(self) -> int:
        return self._dim

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encode_views(texts, progress).theme

    def encode_views(self, texts: Sequence[str], progress: Progress | None = None) -> Views:
        both = np.empty((2, len(texts), self._dim), dtype=np.float16)
        for i, views in enumerate(self._each(texts)):
            both[:, i] = views
            if progress:
                progress(1)
        return Views(both[0], both[1])

    def _each(self, texts: Sequence[str]) -> Iterator[npt.NDArray[np.float32]]:
        if self.threads == 1 or len(texts) < 2:
            yield from map(self._one, texts)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(self._one, texts)

    def _one(self, text: str) -> npt.NDArray[np.float32]:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        outputs = self._session.run(["theme", "lens"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return np.concatenate(outputs)


class SentenceTransformerEncoder:
    """Any sentence-transformers model by name or folder, on torch, on a GPU where there is one."""

    def __init__(self, name: str) -> None:
        """Load the model, from the hub if need be. Raises ModelError when it cannot be had."""
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"No sentence-transformers model {name!r} here or on the hub: name one that exists, a folder, "
                f"or '{SHIPPED}' for the shipped encoder."
            ) from error
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def dim(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = np.empty((len(texts), self.dim), dtype=np.float16)
        for i, text in enumerate(texts):
            vectors[i] = self._model.encode(text, normalize_embeddings=True, show_progress_bar=False)
            if progress:
                progress(1)
        return vectors


def load_encoder(name: str = SHIPPED, threads: int | None = None) -> Encoder:
    """Return the encoder called ``name``: ``default``, a folder with an exported model, or a model name."""
    from voc.config import models_folder

    if name == SHIPPED:
        return OnnxEncoder(models_folder() / "encoder", threads)
    if (Path(name) / "manifest.json").is_file():
        return OnnxEncoder(Path(name), threads)
    return SentenceTransformerEncoder(name)


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        for file, key in (("model.onnx", "model_sha256"), ("tokenizer.json", "tokenizer_sha256")):
            with (folder / file).open("rb") as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != manifest[key]:
                    raise ModelError(f"{folder / file} differs from its manifest: restore the models folder.")
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"No usable encoder in {folder}: restore the models folder, or make it with 'python -m voc.train.export'."
        ) from error
    return manifest
