"""Turn comments into vectors, the same for one comment and for a million."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from voc.errors import ModelError

Vectors = npt.NDArray[np.float16]
Progress = Callable[[int], None]

Given = TypeVar("Given")
Made = TypeVar("Made")

SHIPPED = "default"
_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

OUTPUTS: Final = ("theme", "lens", "shown")
LENS_OUTPUTS: Final = OUTPUTS[1:]


class Encoded(NamedTuple):
    """What an encoder makes of one comment of one or more segments.

    ``theme``, float16 (segments, dim): unit vectors, each segment read alone; they say what it is about.
    ``lens``, float16 (segments, 2 * dim): each segment read within its comment, as mean and largest value of its
    tokens; they say how it reads. ``tokens``, (segments,): how many tokens each has. ``shown``: for each segment
    (tokens, 4): start and end of each word piece in the segment's text, and the logits that what shows giving or taking
    starts there and ends there; empty where the encoder does not tell.
    """

    theme: Vectors
    lens: Vectors
    tokens: npt.NDArray[np.int64]
    shown: tuple[npt.NDArray[np.float32], ...] = ()


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
class CommentEncoder(Encoder, Protocol):
    """An encoder that reads the segments of a comment in one pass, alone for themes and together for lenses."""

    def encode_comments(self, comments: Sequence[Sequence[str]], progress: Progress | None = None) -> list[Encoded]:
        """Encode each comment, given as its segments, at least one; ``progress`` is told the comments done since."""
        ...


def encode_comments(
    encoder: Encoder, comments: Sequence[Sequence[str]], progress: Progress | None = None
) -> list[Encoded]:
    """Encode each comment, given as its segments; an encoder of texts reads every segment alone, for both uses."""
    if isinstance(encoder, CommentEncoder):
        return encoder.encode_comments(comments, progress)
    encoded, at = [], 0
    vectors = encoder.encode([segment for comment in comments for segment in comment])
    for comment in comments:
        own = vectors[at : at + len(comment)]
        at += len(comment)
        encoded.append(Encoded(own, np.concatenate([own, own], axis=1), np.ones(len(own), dtype=np.int64)))
        if progress:
            progress(1)
    return encoded


class OnnxEncoder:
    """The shipped encoder: an int8 ONNX model that takes all segments of a comment in one pass.

    One comment a run, so that its vectors do not depend on its neighbours (dynamic int8 scales cover a whole run);
    as many runs at a time as ``threads`` (default: the cores this process may use), one thread each. A comment of
    over ``window`` tokens is read in windows of whole segments.

    Without ``theme_view`` the layers for themes are left out, a quarter of the time: it then reads comments for the
    lenses alone, with theme vectors of no length, and encodes no texts.
    """

    def __init__(self, folder: Path, threads: int | None = None, *, theme_view: bool = True, gpu: bool = False) -> None:
        """Load the model in ``folder``, onto a GPU with ``gpu``.

        Raises ModelError when it is missing, incomplete or damaged, or when onnxruntime cannot use a GPU.
        """
        import onnxruntime as ort
        from tokenizers import Tokenizer

        manifest = _manifest(folder)
        self.threads = threads or available_cores()
        self._dim: int = manifest["dim"]
        self._window: int = manifest["window"]
        self._name = f"{manifest['name']}-{manifest['model_sha256'][:8]}"
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        if gpu and _CUDA not in ort.get_available_providers():
            raise ModelError(
                "onnxruntime knows no GPU here: install onnxruntime-gpu in place of onnxruntime, or leave out --gpus."
            )
        providers = [_CUDA, _CPU] if gpu else [_CPU]
        self.theme_view = theme_view
        self._outputs = OUTPUTS if theme_view else LENS_OUTPUTS
        model = folder / "model.onnx" if theme_view else _part(folder / "model.onnx", LENS_OUTPUTS)
        self._session = ort.InferenceSession(model, options, providers=providers)
        # Where CUDA is there but does not start, onnxruntime goes on without it.
        if gpu and _CUDA not in self._session.get_providers():
            raise ModelError("onnxruntime found no GPU that it can use: check the driver, or leave out --gpus.")

    @property
    def name(self) -> str:
        return self._name

    @property
    def dim(self) -> int:
        return self._dim

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if not self.theme_view:
            raise ModelError("This encoder was loaded without its theme view: load it with theme_view=True.")
        vectors = np.empty((len(texts), self._dim), dtype=np.float16)
        for i, encoded in enumerate(self._each([[text] for text in texts])):
            vectors[i] = encoded.theme[0]
            if progress:
                progress(1)
        return vectors

    def encode_comments(self, comments: Sequence[Sequence[str]], progress: Progress | None = None) -> list[Encoded]:
        found = []
        for encoded in self._each(comments):
            found.append(encoded)
            if progress:
                progress(1)
        return found

    def _each(self, comments: Sequence[Sequence[str]]) -> Iterator[Encoded]:
        return in_threads(self._read, comments, self.threads)

    def _read(self, comment: Sequence[str]) -> Encoded:
        tokens = [self._tokenizer.encode(segment) for segment in comment]
        lengths = np.array([len(one.ids) for one in tokens])
        parts = [self._run([one.ids for one in tokens[own]]) for own in windows(lengths, self._window)]
        *theme, lens, shown = (np.concatenate(outputs) for outputs in zip(*parts, strict=True))
        own = theme[0].astype(np.float16) if theme else np.empty((len(comment), 0), dtype=np.float16)
        places = np.array([place for one in tokens for place in one.offsets], dtype=np.float32)
        marked = np.column_stack([places, shown.astype(np.float32)])
        words = np.split(marked, np.cumsum(lengths)[:-1])
        # Tokens of no length mark where a segment begins and ends.
        return Encoded(own, lens.astype(np.float16), lengths, tuple(w[w[:, 1] > w[:, 0]] for w in words))

    def _run(self, segments: Sequence[Sequence[int]]) -> Any:
        """The outputs for segments given as token numbers."""
        ids = np.array([token for own in segments for token in own], dtype=np.int64)
        places = np.concatenate([np.arange(len(own)) for own in segments])
        numbers = np.repeat(np.arange(len(segments)), [len(own) for own in segments])
        return self._session.run(self._outputs, {"input_ids": ids, "position_ids": places, "segment_ids": numbers})


class SentenceTransformerEncoder:
    """Any sentence-transformers model by name or folder, on torch, on a GPU where there is one."""

    def __init__(self, name: str, *, gpu: bool = False) -> None:
        """Load the model, from the hub if need be; ``gpu``: onto one, whatever else there is.

        Raises ModelError when it cannot be had, or no GPU.
        """
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name, device="cuda" if gpu else None)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"No sentence-transformers model {name!r} here or on the hub: name one that exists, a folder, "
                f"or '{SHIPPED}' for the shipped encoder."
            ) from error
        except (AssertionError, RuntimeError) as error:  # what torch says of a GPU that it cannot use
            if not gpu:
                raise
            raise ModelError(
                "torch found no GPU that it can use: check the driver and torch, or leave out --gpus."
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


def windows(lengths: Sequence[int] | npt.NDArray[np.int64], most: int) -> list[slice]:
    """Cut segments of these ``lengths`` (tokens) into runs of neighbours of at most ``most`` tokens, one at least."""
    found, start, total = [], 0, 0
    for i, length in enumerate(lengths):
        if i > start and total + length > most:
            found.append(slice(start, i))
            start, total = i, 0
        total += int(length)
    return [*found, slice(start, len(lengths))]


def in_threads(work: Callable[[Given], Made], items: Sequence[Given], threads: int) -> Iterator[Made]:
    """Do ``work`` on each item, in order, in so many threads: a session leaves Python free while it computes."""
    if threads == 1 or len(items) < 2:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, items)


def theme_view(encoder: Encoder) -> bool:
    """Whether ``encoder`` gives theme vectors."""
    return not isinstance(encoder, OnnxEncoder) or encoder.theme_view


def threads(encoder: Encoder) -> int:
    """How many comments ``encoder`` is meant to read at a time."""
    return encoder.threads if isinstance(encoder, OnnxEncoder) else 1


def load_encoder(
    name: str = SHIPPED, threads: int | None = None, *, theme_view: bool = True, gpu: bool = False
) -> Encoder:
    """Return the encoder called ``name``: ``default``, a folder with an exported model, or a model name.

    ``theme_view`` off: see ``OnnxEncoder``; other models have one view for both. ``gpu``: on one, or ModelError; its
    vectors differ in their last digits from those of a processor.
    """
    from voc.config import models_folder

    if name == SHIPPED:
        return OnnxEncoder(models_folder() / "encoder", threads, theme_view=theme_view, gpu=gpu)
    if (Path(name) / "manifest.json").is_file():
        return OnnxEncoder(Path(name), threads, theme_view=theme_view, gpu=gpu)
    return SentenceTransformerEncoder(name, gpu=gpu)


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _part(file: Path, outputs: Sequence[str]) -> bytes:
    """The model in ``file`` with what its ``outputs`` need, and no more: a session computes all it holds."""
    import onnx
    from onnx.utils import Extractor

    model = onnx.load(file)
    inputs = [given.name for given in model.graph.input]
    return bytes(Extractor(model).extract_model(inputs, list(outputs)).SerializeToString())


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        for file, key in (("model.onnx", "model_sha256"), ("tokenizer.json", "tokenizer_sha256")):
            with (folder / file).open("rb") as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != manifest[key]:
                    raise ModelError(f"{folder / file} differs from its manifest: restore the models folder.")
        if "window" not in manifest:
            raise ModelError(f"The encoder in {folder} was made by an older version: make it with 'voc.train.export'.")
        manifest |= {key: int(manifest[key]) for key in ("dim", "window")}
        manifest["name"] = str(manifest["name"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"No usable encoder in {folder}: restore the models folder, or make it with 'python -m voc.train.export'."
        ) from error
    return manifest
