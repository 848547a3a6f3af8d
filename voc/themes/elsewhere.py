"""What customers of all trades talk about: background that keeps sentences off the subject out of a corpus's themes.

A threshold on the cosine alone cannot tell "The room was cold" from a theme about a cold shop: both are near, and the
sentence is nearer to what people say elsewhere. So means of comments of many trades stand beside the themes, as the
background model does in speaker verification (Reynolds, Quatieri and Dunn 2000), less those that the corpus itself is
about.
"""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.errors import ModelError
from voc.themes.assign import assign, blocks
from voc.themes.clusters import proposed
from voc.themes.model import Floats, ThemeSet

FORMAT: Final = 1
#: The share of the segments that a mean may take from the themes; those that take more are what the corpus is about.
MOST_TAKEN: Final = 1 / 5_000
#: Means kept, the nearest to a theme: what is far from all of them is under their thresholds anyway.
MOST_KEPT: Final = 25
ID: Final = str(uuid.UUID("2c6f7f0e-4f57-4b0c-9d2b-6d2f0a4e8b11"))
_DESCRIPTION: Final = "What customers of other trades talk about; never shown."


def load_elsewhere(folder: Path, encoder: str) -> Floats | None:
    """Return the means in ``folder``, unit vectors, shape (n, dim); None where they are of another encoder than the one
    named ``encoder``, or where there are none. Raises ModelError for damaged ones.
    """
    if not folder.exists():
        return None
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        if manifest["encoder"] != encoder:
            return None
        raw = (folder / "means.npy").read_bytes()
        if manifest["format"] != FORMAT or hashlib.sha256(raw).hexdigest() != manifest["means_sha256"]:
            raise ModelError(f"{folder / 'means.npy'} differs from its manifest: restore the models folder.")
        means: Floats = np.load(io.BytesIO(raw), allow_pickle=False).astype(np.float32)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"No usable means in {folder}: restore the models folder.") from error
    return means


def with_elsewhere(themes: ThemeSet, vectors: npt.NDArray[np.floating], elsewhere: Floats) -> ThemeSet:
    """Return ``themes`` with background from ``elsewhere``, in place of what it had: the ``MOST_KEPT`` means that are
    nearest to a theme, of those that take ``MOST_TAKEN`` of the segments or less.

    ``vectors``: the segments that the themes were found in, shape (n, dim).
    """
    themes = replace(themes, themes=tuple(theme for theme in themes.themes if theme.id != ID))
    shown = themes.thresholds[themes.owners] <= 1
    ids, similarity = assign(vectors, themes)
    themed = np.array([one is not None for one in ids], dtype=bool)
    taken = np.zeros(len(elsewhere), dtype=np.int64)
    for rows, cosines in blocks(vectors, elsewhere):
        taken += ((cosines > similarity[rows, None]) & themed[rows, None]).sum(axis=0)
    kept = elsewhere[taken <= len(vectors) * MOST_TAKEN]
    if not len(kept) or not shown.any():
        return themes
    near = np.concatenate([cosines.max(axis=1) for _, cosines in blocks(kept, themes.matrix[shown])])
    nearest = np.sort(np.argsort(-near, kind="stable")[:MOST_KEPT])
    background = proposed(
        "Elsewhere", [row[None] for row in kept[nearest]], status="background", description=_DESCRIPTION
    )
    return replace(themes, themes=(*themes.themes, replace(background, id=ID)))
