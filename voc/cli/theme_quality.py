"""voc themes quality: what a theme set covers, how its themes hold together, stand apart and come back."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voc.cli.console import STORE, Bars, JsonOption, StoreOption, print_json, print_table, say
from voc.cli.themes import AuthorOption, EncoderOption, user

if TYPE_CHECKING:
    from voc.themes.quality import Quality


def register(app: typer.Typer) -> None:
    app.command()(quality)


def quality(
    store: StoreOption = STORE,
    stability: Annotated[
        bool,
        typer.Option("--stability", help="First look for themes again in resamples, and keep what comes back."),
    ] = False,
    close: Annotated[
        float | None,
        typer.Option("--close", min=0.0, max=2.0, help="Cosines that differ by no more are close (0.02)."),
    ] = None,
    encoder: EncoderOption = "default",
    author: AuthorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how good the themes are: coverage, coherence, diversity, balance, stability, and which mean the same."""
    from voc.encode import load_encoder
    from voc.pipeline import edit_themes, stability_edit, theme_quality
    from voc.pipeline.theme_edits import theme_log
    from voc.store import Store
    from voc.themes import registry
    from voc.themes.quality import CLOSE

    opened = Store.open(store)
    load = cache(partial(load_encoder, encoder))
    if stability:
        snapshot = opened.snapshot()
        seen = registry.position(theme_log(snapshot))
        edit = stability_edit(snapshot, load=load, progress=Bars())
        edit_themes(opened, edit, author or user(), "voc themes quality", seen=seen, load=load)
    found = theme_quality(opened.snapshot(), close=CLOSE if close is None else close, load=load)
    if as_json:
        print_json(document(found))
    else:
        print_quality(found)


def document(found: Quality) -> dict[str, Any]:
    """The JSON of a theme set's quality."""
    themes = [asdict(theme) | {"unstable": theme.unstable} for theme in found.themes]
    duplicates = [{"themes": [one, other], "cosine": cosine} for one, other, cosine in found.duplicates]
    return asdict(found) | {"stability": found.stability, "duplicates": duplicates, "themes": themes}


def print_quality(found: Quality) -> None:
    """The set's measures, then a row for each theme, the largest first."""
    from voc.themes.model import UNSTABLE, marked
    from voc.themes.quality import DUPLICATE

    labels = {theme.id: theme.label for theme in found.themes}
    shown = {theme.id: marked(theme.label, theme.stability) for theme in found.themes}
    measured = sum(theme.stability is not None for theme in found.themes)
    unstable = sum(theme.unstable for theme in found.themes)
    again = (
        f"of {measured} themes measured, {unstable} under {UNSTABLE:g}" if measured else "measure it with --stability"
    )
    print_table(
        "The theme set",
        ("measure", "value", "meaning"),
        [
            ("coverage", found.coverage, f"share of {found.segments:,} segments that have a theme"),
            ("coherence", found.coherence, "NPMI of ten keywords, −1 to 1; 0: go together by chance"),
            ("diversity", found.diversity, "share of different words among the themes' ten keywords"),
            ("balance", found.balance, "entropy of the themes' sizes; 1: all of one size"),
            ("contested", found.contested, f"share of themed segments with a second theme within {found.close:g}"),
            ("duplicates", len(found.duplicates), f"pairs of themes alike by a cosine of {DUPLICATE:g} or more"),
            ("stability", found.stability, f"Jaccard index when looked for again; {again}"),
        ],
    )
    print_table(
        "The themes",
        ("id", "theme", "segments", "coherence", "contested", "stability", "cosine", "nearest theme"),
        [
            (
                theme.id[:8],
                shown[theme.id],
                theme.n,
                theme.coherence,
                theme.contested,
                theme.stability,
                theme.cosine,
                shown.get(theme.nearest or ""),
            )
            for theme in sorted(found.themes, key=lambda theme: -theme.n)
        ],
    )
    for one, other, cosine in found.duplicates:
        say(
            f"{labels[one]!r} and {labels[other]!r} mean nearly the same ({cosine:.2f}): 'voc themes merge' joins them."
        )
