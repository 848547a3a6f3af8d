"""A theme and a theme set: immutable values, versioned by what decides assignments, saved without pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from voc import schema
from voc.errors import ModelError, UsageError
from voc.files import write_whole, written_whole

Prototype = tuple[float, ...]
Floats = npt.NDArray[np.float32]

#: ``background`` themes attract segments that say nothing nameable ("think about that"); never shown. The parts of a
#: ``split`` theme share all its segments among them.
STATUSES: Final = ("active", "retired", "merged", "split", "background")
FORMAT: Final = 1
NEVER: Final = 2.0  # a threshold no cosine reaches
ALWAYS: Final = -2.0  # a threshold every cosine reaches
#: A theme of less stability is shown with a mark: Hennig 2007 calls a cluster dissolved at a mean Jaccard index of .5.
UNSTABLE: Final = 0.5
UNSTABLE_MARK: Final = " (unstable)"


@dataclass(frozen=True)
class Theme:
    """What a group of segments is about.

    ``id`` is a UUID that never changes. ``prototypes`` are unit vectors in the encoder's space: a segment
    belongs to the theme of its nearest prototype if the cosine is at least ``threshold``. ``split_from``: the theme
    whose segments alone this one is offered (see ``voc.themes.assign``). ``x``, ``y``: place on the map.
    ``stability``: how surely it is found again, 0 … 1 (``voc.themes.stability``); None where nobody measured.
    """

    id: str
    label: str
    prototypes: tuple[Prototype, ...]
    threshold: float
    description: str = ""
    keywords: tuple[str, ...] = ()
    verbatims: tuple[str, ...] = ()
    parent: str | None = None
    status: str = "active"
    merged_into: str | None = None
    split_from: str | None = None
    pinned: bool = False
    x: float = 0.0
    y: float = 0.0
    stability: float | None = None


@dataclass(frozen=True)
class ThemeSet:
    """All themes of one encoder, shown or not. Edits return a new set (``voc.themes.registry``)."""

    themes: tuple[Theme, ...]
    encoder: str
    #: Brand and product names that ``wording.theme_text`` masks before a segment is encoded for its theme.
    mask_terms: tuple[str, ...] = ()

    @cached_property
    def _by_id(self) -> dict[str, Theme]:
        return {theme.id: theme for theme in self.themes}

    @property
    def active(self) -> tuple[Theme, ...]:
        """Themes that are shown and counted."""
        return tuple(theme for theme in self.themes if theme.status == "active")

    @property
    def leaves(self) -> tuple[Theme, ...]:
        """Themes that are shown and no mere headings over others."""
        above = {theme.parent for theme in self.active}
        return tuple(theme for theme in self.active if theme.id not in above)

    @cached_property
    def version(self) -> str:
        """Hash of the encoder, masked terms, prototypes and thresholds: what decides an assignment.

        Names, merges and retirements are resolved on read, so they leave the version as it is.
        """
        digest = hashlib.sha256(json.dumps([self.encoder, *self.mask_terms]).encode())
        for theme in sorted(self.themes, key=lambda theme: theme.id):
            digest.update(theme.id.encode())
            digest.update(np.asarray(theme.prototypes, dtype="<f4").tobytes())
            digest.update(np.float32(theme.threshold).tobytes())
        for whole, parts in self.parts.items():  # the part made first takes first
            digest.update(" ".join(self.themes[i].id for i in (whole, *parts)).encode())
        return digest.hexdigest()[:12]

    @cached_property
    def matrix(self) -> Floats:
        """All prototypes, shape (p, dim), in the order of ``owners``."""
        rows = [prototype for theme in self.themes for prototype in theme.prototypes]
        return np.asarray(rows, dtype=np.float32).reshape(len(rows), -1)

    @cached_property
    def owners(self) -> npt.NDArray[np.int64]:
        """Position in ``themes`` of each row of ``matrix``, shape (p,)."""
        return np.repeat(np.arange(len(self.themes)), [len(theme.prototypes) for theme in self.themes])

    @cached_property
    def thresholds(self) -> Floats:
        """Lowest cosine that counts, one per theme; for background themes one that is never reached."""
        cuts = [NEVER if theme.status == "background" else theme.threshold for theme in self.themes]
        return np.array(cuts, dtype=np.float32)

    @cached_property
    def parts(self) -> dict[int, tuple[int, ...]]:
        """Positions in ``themes`` of the parts of each theme that was split, in the order they were made."""
        found: dict[str, list[int]] = {}
        for i, theme in enumerate(self.themes):
            if theme.split_from:
                found.setdefault(theme.split_from, []).append(i)
        return {i: tuple(found[theme.id]) for i, theme in enumerate(self.themes) if theme.id in found}

    def family(self, theme_id: str) -> frozenset[str]:
        """Ids of all themes that come, part by part, from the same undivided theme as this one, itself among them."""
        origin = self.get(theme_id)
        while origin.split_from:
            origin = self.get(origin.split_from)
        return self.below(origin.id)

    def below(self, theme_id: str) -> frozenset[str]:
        """Ids of this theme, its parts, and their parts."""
        found, last = {theme_id}, {theme_id}
        while last:
            last = {theme.id for theme in self.themes if theme.split_from in last}
            found |= last
        return frozenset(found)

    def get(self, theme_id: str) -> Theme:
        """Return the theme with that id. Raises UsageError when there is none."""
        try:
            return self._by_id[theme_id]
        except KeyError:
            raise UsageError(
                f"No theme {theme_id!r} among {len(self.themes)}: list them with 'voc themes list'."
            ) from None

    def resolve(self, theme_id: str | None) -> str | None:
        """Return the id under which a stored assignment counts today, or None when it no longer counts.

        Follows merges; a retired, background or unknown theme gives None.
        """
        theme = self._by_id.get(theme_id) if theme_id else None
        seen: set[str] = set()
        while theme and theme.status == "merged" and theme.merged_into and theme.id not in seen:
            seen.add(theme.id)
            theme = self._by_id.get(theme.merged_into)
        return theme.id if theme and theme.status == "active" else None

    def labels(self) -> dict[str, str]:
        """Label by id, for every id that still resolves; a merged theme has the label of its target."""
        resolved = ((theme.id, self.resolve(theme.id)) for theme in self.themes)
        return {given: self._by_id[current].label for given, current in resolved if current}

    def with_theme(self, theme: Theme) -> ThemeSet:
        """Return a set in which ``theme`` replaces the one of the same id, or is the last where there was none."""
        if theme.id not in self._by_id:
            return replace(self, themes=(*self.themes, theme))
        return replace(self, themes=tuple(theme if t.id == theme.id else t for t in self.themes))

    def without(self, theme_id: str) -> ThemeSet:
        """Return a set without that theme. Raises UsageError when there is none."""
        gone = self.get(theme_id)
        return replace(self, themes=tuple(theme for theme in self.themes if theme is not gone))

    def require_encoder(self, encoder: str) -> None:
        """Raise ModelError when vectors of ``encoder`` cannot be compared with these prototypes."""
        if encoder != self.encoder:
            raise ModelError(
                f"These themes were made with encoder {self.encoder!r}, not {encoder!r}: use that encoder, "
                "or discover themes anew with 'voc themes discover'."
            )

    # --- tables and folders ---

    def to_table(self) -> pa.Table:
        """Return the themes as a table of ``schema.THEMES``, one row each."""
        return pa.Table.from_pylist([asdict(theme) for theme in self.themes], schema=schema.THEMES)

    @classmethod
    def from_table(cls, table: pa.Table, encoder: str, mask_terms: Iterable[str] = ()) -> ThemeSet:
        """Read what ``to_table`` wrote; the table itself names neither encoder nor masked terms."""
        return cls(tuple(theme_from_dict(row) for row in table.to_pylist()), encoder, tuple(mask_terms))

    def to_dict(self) -> dict[str, Any]:
        """Return the whole set as values that JSON holds exactly."""
        rows = [asdict(theme) for theme in self.themes]
        return {"encoder": self.encoder, "mask_terms": list(self.mask_terms), "themes": rows}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ThemeSet:
        """Read what ``to_dict`` wrote."""
        themes = tuple(theme_from_dict(row) for row in data["themes"])
        return cls(themes, data["encoder"], tuple(data["mask_terms"]))

    def to_folder(self, folder: Path) -> None:
        """Write ``themes.json``, ``prototypes.npz`` and ``manifest.json`` into ``folder``. Raises UsageError where that
        cannot be.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"Cannot write to {folder}: {error.strerror}; name a folder that is yours.") from error
        rows = [{key: value for key, value in asdict(t).items() if key != "prototypes"} for t in self.themes]
        manifest = {
            "format": FORMAT,
            "encoder": self.encoder,
            "mask_terms": list(self.mask_terms),
            "theme_version": self.version,
            "thresholds": {theme.id: theme.threshold for theme in self.themes},
        }
        listed = json.dumps(rows, indent=1, ensure_ascii=False)
        write_whole(listed + "\n", folder / "themes.json")
        with written_whole(folder / "prototypes.npz") as part:
            np.savez(part, vectors=self.matrix, owners=self.owners)
        write_whole(json.dumps(manifest, indent=1) + "\n", folder / "manifest.json")

    @classmethod
    def from_folder(cls, folder: Path) -> ThemeSet:
        """Read what ``to_folder`` wrote. Raises ModelError when it is missing, damaged or of another kind."""
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            rows = json.loads((folder / "themes.json").read_text(encoding="utf-8"))
            with np.load(folder / "prototypes.npz", allow_pickle=False) as arrays:
                vectors, owners = arrays["vectors"], arrays["owners"]
            found = cls(
                tuple(
                    theme_from_dict({**row, "prototypes": vectors[owners == i].tolist()}) for i, row in enumerate(rows)
                ),
                manifest["encoder"],
                tuple(manifest["mask_terms"]),
            )
            as_written = manifest["format"] == FORMAT and manifest["theme_version"] == found.version
        except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
            if (folder / "manifest.json").exists() or (folder / "themes.json").exists():
                raise ModelError(
                    f"The theme set in {folder} is damaged ({type(error).__name__}): restore it, or export the themes "
                    "to another folder."
                ) from error
            raise ModelError(
                f"No theme set in {folder} ({type(error).__name__}): write one with 'voc themes export {folder}'."
            ) from error
        if not as_written:
            raise ModelError(f"The theme set in {folder} differs from its manifest: export it again.")
        return found


def theme_from_dict(row: dict[str, Any]) -> Theme:
    """Return the theme that ``row`` (from JSON or a table) describes; unknown keys are ignored."""
    known = {field.name for field in fields(Theme)}
    kept = {key: value for key, value in row.items() if key in known}
    kept["prototypes"] = tuple(tuple(prototype) for prototype in row["prototypes"])
    for name in ("keywords", "verbatims"):
        kept[name] = tuple(row.get(name) or ())
    return Theme(**kept)


def marked(label: str, stability: float | None) -> str:
    """Return the label as lists show it: with a mark where ``stability`` (None or NaN: not measured) is too low."""
    return label + UNSTABLE_MARK if stability is not None and stability < UNSTABLE else label


def by_itself(part: Theme, themes: ThemeSet) -> Theme:
    """Return a part as an undivided theme, with the threshold of its whole in ``themes`` where it shared that out."""
    origin = part
    while origin.threshold <= ALWAYS and origin.split_from:
        origin = themes.get(origin.split_from)
    return replace(part, split_from=None, threshold=origin.threshold)


def as_prototypes(vectors: Iterable[npt.ArrayLike]) -> tuple[Prototype, ...]:
    """Return ``vectors`` scaled to length one, rounded to float32, as nested tuples."""
    rows = np.asarray([np.asarray(v, dtype=np.float64) for v in vectors])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return tuple(tuple(row) for row in rows.astype(np.float32).tolist())
