"""Where on the journey customers speak of: stages found by rule, alone and crossed with themes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from voc.analytics.base import comment_places, is_tagged, of_use, segment_words, shared_key, tagged, version_obstacle
from voc.analytics.mentions import leaf_themes
from voc.analytics.volume import theme_table
from voc.errors import InputError, UsageError
from voc.rules import matches_each, parse

_BETWEEN = "\x1f"


@cache
def default_stages() -> dict[str, str]:
    """The shipped stages, in order: name → rule."""
    return _stages(resources.files("voc.rules").joinpath("stages.toml").read_text(encoding="utf-8"), "stages.toml")


def read_stages(path: Path) -> dict[str, str]:
    """Stages of one's own from a TOML file with a table ``[stages]`` of names and rules, in the journey's order.

    Raises InputError when it cannot be read, UsageError when it holds no stages, RuleError for a rule.
    """
    try:
        return _stages(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {path}: {error}.") from error


def _stages(text: str, name: str) -> dict[str, str]:
    try:
        found = tomllib.loads(text).get("stages")
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is no TOML: {error}.") from error
    if not isinstance(found, dict) or not found or not all(isinstance(rule, str) for rule in found.values()):
        raise UsageError(f"{name} holds no stages: write [stages] and below it lines such as: buy = 'order* OR bought'")
    for rule in found.values():
        parse(rule)
    return found


def journey(
    comments: pd.DataFrame, segments: pd.DataFrame, stages: Mapping[str, str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """One row per stage, in the journey's order: ``stage`` and the columns of ``theme_table`` from ``n`` on, a stage
    counting as a theme does: comments with a sentence at that stage, its tone that of these sentences.

    A sentence may be at several stages or at none. ``attrs``: ``n_tagged``, ``unplaced_share`` (tagged comments at no
    stage, 0…1) with ``unplaced_low`` and ``unplaced_high``.

    Raises:
        RuleError: a rule that cannot be read.
    """
    stages = default_stages() if stages is None else stages
    placed = _placed(comments, segments, stages)
    table = theme_table(comments, placed.assign(theme=placed["stage"]), _as_themes({s: s for s in stages}), level)
    about = dict(table.attrs)
    table = table.drop(columns="label").rename(columns={"theme": "stage"})
    table = table.set_index("stage").reindex(list(stages)).reset_index()
    table.attrs = {"n_tagged": about["n_tagged"]}
    table.attrs |= {f"unplaced_{name}": about[f"unthemed_{name}"] for name in ("share", "low", "high")}
    return table


def journey_map(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    stages: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Stage × theme, a row for each pair that one sentence brings together: ``stage, theme, label``, then as for
    ``journey``. Stages in order, themes by how many comments mention them. ``attrs``: ``caution`` where comments were
    tagged with two models or theme sets, ``note`` where there is no pair.

    Raises:
        RuleError: a rule that cannot be read.
    """
    stages = default_stages() if stages is None else stages
    labels = leaf_themes(themes).set_index("id")["label"]
    placed = _placed(comments, segments[segments["theme"].isin(labels.index)], stages)
    pairs = placed["stage"] + _BETWEEN + placed["theme"].astype(str)
    names = dict.fromkeys(pairs)
    table = theme_table(comments, placed.assign(theme=pairs), _as_themes({pair: pair for pair in names}), level)
    split = table["theme"].astype(str).str.split(_BETWEEN, expand=True).reindex(columns=[0, 1])
    table = table.drop(columns=["theme", "label"])
    table.insert(0, "stage", split[0])
    table.insert(1, "theme", split[1])
    table.insert(2, "label", split[1].map(labels))
    order = table["stage"].map({stage: place for place, stage in enumerate(stages)})
    mentions = table.groupby("theme")["n"].transform("sum")
    table = table.assign(order=order, mentions=mentions)
    table = table.sort_values(["order", "mentions", "theme"], ascending=[True, False, True], ignore_index=True)
    table = table.drop(columns=["order", "mentions"])
    if table.empty:
        table.attrs["note"] = "No sentence brings a stage and a theme together."
    elif caution := version_obstacle(tagged(of_use(comments))):
        table.attrs["caution"] = caution
    return table


def _placed(comments: pd.DataFrame, segments: pd.DataFrame, stages: Mapping[str, str]) -> pd.DataFrame:
    """The comment's key, ``theme, sentiment, stage``: a row per segment of a tagged comment and stage that it is at."""
    base = comments.loc[is_tagged(comments), [*shared_key(comments, segments), "text"]]
    place = comment_places(base, segments)
    rows = segments.loc[place >= 0, [*shared_key(comments, segments), "theme", "sentiment"]]
    words = segment_words(base["text"], segments[place >= 0], place[place >= 0])
    found = matches_each([parse(rule) for rule in stages.values()], pd.DataFrame({"text": words}))
    parts = [rows[fits].assign(stage=name) for name, fits in zip(stages, found, strict=True)]
    placed: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return placed


def _as_themes(names: Mapping[str, str]) -> pd.DataFrame:
    rows = {"id": list(names), "label": list(names.values()), "status": "active", "parent": pd.NA}
    return pd.DataFrame(rows, index=range(len(names)), dtype=object)
