"""Themes and the store: load the set, discover, import. Each change is one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from voc.config import models_folder
from voc.encode import Encoder
from voc.errors import InputError, UsageError
from voc.pipeline.assigning import Stored, load_stored, reassigned
from voc.pipeline.tagger import Tagger, theme_vectors
from voc.pipeline.theme_lists import is_theme_list, read_theme_list
from voc.pipeline.theme_remarks import of_few, of_names, of_number, of_seeds
from voc.progress import Progress, Silent
from voc.store import Snapshot, Store, Writer
from voc.themes import ThemeSet, assign, registry, taxonomy
from voc.themes.elsewhere import load_elsewhere
from voc.themes.namer import Model, name_by
from voc.themes.rematch import Rematch, rematch

if TYPE_CHECKING:
    from voc.themes.discover import DiscoverOptions

LoadEncoder = Callable[[], Encoder]

_MAX_MASK_TERMS = 20


def stored_themes(snapshot: Snapshot, until: datetime | None = None) -> ThemeSet | None:
    """Return the theme set of a store, rebuilt from its log, or None where there never was one.

    ``until``: the set as it was then. Raises UsageError when there was none yet.
    """
    events = registry.from_table(snapshot.events())
    return registry.replay(events, until=until) if events else None


def load_themes(place: str) -> ThemeSet:
    """Return the theme set of a folder written by ``voc themes export``, or of a store.

    Raises ModelError or StoreError when there is none, UsageError when the store has no themes yet.
    """
    if (Path(place) / "themes.json").is_file():
        return ThemeSet.from_folder(Path(place))
    themes = stored_themes(Store.open(place).snapshot())
    if themes is None:
        raise UsageError(f"The store {place} has no themes yet: find them with 'voc themes discover --store {place}'.")
    return themes


def unthemed_share(snapshot: Snapshot, themes: ThemeSet | None) -> float | None:
    """Share (0…1) of the tagged comments in which no segment fits a shown theme; None without themes."""
    if themes is None:
        return None
    lists = snapshot.comments(["themes"], where="status = 'ok'")["themes"].to_pylist()
    if not lists:
        return None
    unthemed = sum(not any(themes.resolve(theme) for theme in own or ()) for own in lists)
    return unthemed / len(lists)


@dataclass(frozen=True)
class Proposal:
    """A theme set found in the stored comments, not yet the store's.

    ``before``: the set that the store has, None before the first. ``matched``: how the two were matched. ``seen``:
    where the log of edits stood. ``refused``: themes that kept their own name, and why the namer's was not taken.
    ``remarks``: what to look at before they are adopted, a sentence each.
    """

    themes: ThemeSet
    before: ThemeSet | None
    matched: Rematch | None
    seen: int
    refused: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    def told(self) -> str:
        """How many themes stay, come and go, in a sentence."""
        if self.matched is None:
            return f"{len(self.themes.leaves)} themes are found."
        kept, new, gone = (len(ids) for ids in (self.matched.kept, self.matched.new, self.matched.gone))
        return f"{kept} kept their id, {new} are new, {gone} are gone."

    def changes(self) -> list[tuple[str, str, str]]:
        """What happens (renamed, split, merged, new, gone), the label now, the label then; nothing for first themes."""
        matched, present = self.matched, self.before
        if matched is None or present is None:
            return []
        old, new = ({theme.id: theme.label for theme in themes.themes} for themes in (present, self.themes))
        return [
            *(("renamed", old[one], new[one]) for one in matched.kept if old[one] != new[one]),
            *(("split", old[one], ", ".join(map(new.__getitem__, parts))) for one, parts in matched.split.items()),
            *(("merged", ", ".join(map(old.__getitem__, parts)), new[one]) for one, parts in matched.merged.items()),
            *(("new", "", new[one]) for one in matched.new),
            *(("gone", old[one], "") for one in matched.gone),
        ]


def propose_themes(
    snapshot: Snapshot,
    tagger: Tagger,
    options: DiscoverOptions | None = None,
    progress: Progress | None = None,
    *,
    seeds: Sequence[taxonomy.Entry] = (),
    given: Sequence[taxonomy.Entry] = (),
    namer: Model | None = None,
    measured: bool = True,
) -> Proposal:
    """Look for themes in all stored segments; those that match present ones keep their id. Nothing is written.

    ``seeds``: subjects that themes are drawn to. ``given``: themes that stand and take what they attract; others are
    looked for in the rest. ``namer`` names what was found, as far as its names pass (``voc.themes.namer``).
    ``measured``: whether each theme's stability is measured, by looking for themes again in resamples.
    Raises InputError when the store holds too few segments or a list does not hold together, ModelError when it was
    made with another encoder.
    """
    from voc.themes.discover import STEPS, DiscoverOptions, discover

    progress = progress or Silent()
    stored = load_stored(snapshot)
    if not len(stored.segments):
        raise InputError("The store holds no segments: add comments with 'voc run FILE' first.")
    log = registry.from_table(snapshot.events())
    before = registry.replay(log) if log else None
    if before:
        before.require_encoder(tagger.encoder.name)
    options = options or DiscoverOptions()
    if not options.mask_terms:
        options = replace(options, mask_terms=brand_terms(stored.comments))
    stand = taxonomy.to_themes(given, None, tagger.encoder, options.mask_terms) if given else None
    with progress.task("Masking brand names", None):
        masked = theme_vectors(tagger.encoder, stored.texts, stored.vectors, options.mask_terms)
    with progress.task("Finding themes", len(STEPS)) as advance:
        found = discover(
            stored.texts,
            masked,
            encoder=tagger.encoder,
            options=options,
            comment_of=stored.comment_of,
            seeds=seeds,
            given=stand,
            elsewhere=load_elsewhere(models_folder() / "elsewhere", tagger.encoder.name),
            progress=lambda step: advance(1),
        )
    if measured:
        found = _with_stability(found, stored, masked, progress)
    refused: tuple[tuple[str, str], ...] = ()
    if namer:
        with progress.task("Asking for names", len(found.leaves)) as advance:
            named = name_by(namer, found, tagger.encoder, advance)
        found, refused = named.themes, named.refused
    ids = assign(masked, found)[0]
    few = of_few(stand.leaves, ids, stored.comment_of) if stand else []
    said = [*of_number(options.themes, found, stand), *of_seeds(seeds, found, tagger.encoder), *few]
    if before is None:
        return Proposal(found, None, None, registry.position(log), refused, tuple(said))
    own, renamed = stored.segments["theme"].to_pylist(), registry.renamed_ids(log)
    matched = rematch(before, found, own, ids, renamed=renamed)
    said += of_names(before, matched, renamed)
    return Proposal(matched.themes, before, matched, registry.position(log), refused, tuple(said))


def _with_stability(found: ThemeSet, stored: Stored, masked: npt.NDArray[np.floating], progress: Progress) -> ThemeSet:
    """``found`` with each theme's stability; without where the store says too little to look for themes again."""
    from voc.themes.stability import REFITS, stability

    with progress.task("Looking for themes again", REFITS) as advance:
        try:
            scores = stability(found, stored.texts, masked, stored.comment_of, advance=advance)
        except InputError:
            return found
    return replace(found, themes=tuple(replace(theme, stability=scores.get(theme.id)) for theme in found.themes))


def adopt_themes(
    store: Store,
    proposal: Proposal,
    tagger: Tagger,
    author: str = "voc",
    command: str = "voc themes discover",
    progress: Progress | None = None,
) -> None:
    """Make a proposal the store's theme set and assign every comment by it; the set that the store has already is no
    edit. Raises UsageError, with what changed, when somebody edited the themes since it was made.
    """
    if proposal.themes == proposal.before:
        return
    progress = progress or Silent()
    with store.writer(command) as writer:
        log = registry.from_table(writer.base.events())
        registry.require_position(log, proposal.seen)
        themes, event = registry.record(proposal.themes, log, author)
        with progress.task("Assigning themes", None):
            commit_themes(writer, None, themes, event, lambda: tagger.encoder, tagger.model_version)


def commit_themes(
    writer: Writer,
    before: ThemeSet | None,
    themes: ThemeSet,
    event: registry.Event,
    load: LoadEncoder,
    model_version: str,
) -> None:
    """Write the set with its event, and what it assigns otherwise than ``before``; None: all may be."""
    if changed := reassigned(writer.base, before, themes, load):
        writer.put(changed.comments, changed.segments, changed.vectors)
        writer.stamp_themes(themes.version)
    writer.append_events(registry.to_table([event]))
    writer.replace_themes(themes.to_table())
    writer.finish({"edit": event.action, "themes": len(themes.leaves)}, model_version, themes.version)


def discover_themes(
    store: Store,
    tagger: Tagger,
    *,
    options: DiscoverOptions | None = None,
    progress: Progress | None = None,
    author: str = "voc",
    command: str = "voc themes discover",
    only_first: bool = False,
) -> Rematch | None:
    """Propose themes and adopt them at once: ``propose_themes``, then ``adopt_themes``, whose errors it raises.

    Returns how old and new themes were matched, or None when these are the first. ``only_first``: themes that somebody
    else has found meanwhile stay as they are.
    """
    snapshot = store.snapshot()
    if only_first and stored_themes(snapshot):
        return None
    proposal = propose_themes(snapshot, tagger, options, progress)
    try:
        adopt_themes(store, proposal, tagger, author, command, progress)
    except UsageError:
        if not only_first:
            raise
    return proposal.matched


def import_themes(store: Store, path: Path, tagger: Tagger, author: str, seen: int | None = None) -> ThemeSet:
    """Make what was exported to ``path`` the store's own and assign every stored segment by it; a set that is the
    store's already is no edit.

    Raises as ``themes_to_import``, and UsageError when somebody edited the themes since the log stood at ``seen``.
    """
    with store.writer("voc themes import") as writer:
        log = registry.from_table(writer.base.events())
        if seen is not None:
            registry.require_position(log, seen)
        before = registry.replay(log) if log else None
        found = themes_to_import(writer.base, path, tagger)
        if found == before:
            return found
        themes, event = registry.record(found, log, author, action="import")
        commit_themes(writer, before, themes, event, lambda: tagger.encoder, tagger.model_version)
    return themes


def themes_to_import(snapshot: Snapshot, path: Path, tagger: Tagger) -> ThemeSet:
    """Return the set that ``path`` would make of the store's: a folder holds a whole set; a .csv or .json file a list
    of themes, which changes the present set (``voc.themes.taxonomy``).

    Raises InputError for a list that does not hold together, ModelError for a folder that is no theme set or one of
    another encoder.
    """
    if not is_theme_list(path):
        found = ThemeSet.from_folder(path)
        found.require_encoder(tagger.encoder.name)
        return found
    brands = brand_terms(snapshot.comments(["brand", "url"]))
    return taxonomy.to_themes(read_theme_list(path), stored_themes(snapshot), tagger.encoder, brands)


def brand_terms(comments: pa.Table) -> tuple[str, ...]:
    """Names that must not found a theme: the brands of the data and the companies that review addresses name."""
    brands = pc.unique(comments["brand"].drop_null()).to_pylist()
    pages = [urlsplit(url) for url in pc.unique(comments["url"].drop_null()).to_pylist()]
    companies = {
        page.path.split("/review/")[1].removeprefix("www.").split(".")[0] for page in pages if "/review/" in page.path
    }
    terms = sorted({*brands, *companies} - {""})
    return tuple(terms) if len(terms) <= _MAX_MASK_TERMS else ()
