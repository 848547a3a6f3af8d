"""The documentation is true: commands, options, columns and numbers have their place, examples parse, code runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from voc import analytics, schema
from voc.cli import app
from voc.lenses import LENSES
from voc.pipeline.tag_file import COMMENT_COLUMNS

CHECKOUT = Path(__file__).resolve().parent.parent
README, CLI = CHECKOUT / "README.md", CHECKOUT / "docs" / "cli.md"
OWN_LENS = CHECKOUT / "docs" / "own-lens.md"
PAGES = sorted([README, *(CHECKOUT / "docs").rglob("*.md"), *(CHECKOUT / "models").glob("*/README.md")])
#: Set for all commands by the command line itself, not by one of them.
EVERYWHERE = {"--help", "--debug"}


def commands() -> dict[str, set[str]]:
    """Every command with its options: ``voc themes pin`` → ``{"--off", "--store", …}``."""
    found: dict[str, set[str]] = {}

    def walk(command: object, name: str) -> None:
        if below := getattr(command, "commands", None):
            for word, one in below.items():
                walk(one, f"{name} {word}")
        else:
            options = [p for p in command.params if p.param_type_name == "option"]  # type: ignore[attr-defined]
            found[name] = {o for p in options for o in (*p.opts, *p.secondary_opts)} - EVERYWHERE

    walk(typer.main.get_command(app), "voc")
    return found


COMMANDS = commands()


def sections(page: Path) -> dict[str, str]:
    """The text under each second-level heading."""
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    bodies = [re.split(r"^# ", body, flags=re.MULTILINE)[0] for body in parts[2::2]]
    return dict(zip(parts[1::2], bodies, strict=True))


def code_words(page: str) -> set[str]:
    """Every word between back-ticks of a page under ``docs``."""
    text = (CHECKOUT / "docs" / page).read_text(encoding="utf-8")
    return {word for part in re.findall(r"`([^`\n]+)`", text) for word in part.split()}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def shell_calls() -> Iterator[tuple[str, list[str]]]:
    """Every ``voc …`` in a shell example: the page and its words, without comments and pipes."""
    for page in (README, CLI, OWN_LENS):
        for line in "\n".join(blocks(page, "bash")).splitlines():
            for part in line.split(" | "):
                words = shlex.split(part, comments=True)
                if words[:1] == ["voc"]:
                    yield page.name, words


def test_every_command_has_a_section_and_nothing_else_has() -> None:
    assert list(COMMANDS)
    assert set(sections(CLI)) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_section_has_an_example_and_every_option(command: str) -> None:
    text = sections(CLI)[command]
    assert f"{command} " in text.replace("\n", " "), "no example"
    assert "```bash" in text
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))
    spelt_out = {option for option in COMMANDS[command] if option.startswith("--")}
    assert spelt_out - named == set()


def test_examples_use_commands_and_options_that_exist() -> None:
    calls = list(shell_calls())
    assert len(calls) >= len(COMMANDS)
    for page, words in calls:
        command = next((c for c in (" ".join(words[:3]), " ".join(words[:2])) if c in COMMANDS), None)
        assert command, f"{page}: no command in {' '.join(words)}"
        options = {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)}
        assert options - COMMANDS[command] - EVERYWHERE == set(), f"{page}: {' '.join(words)}"


def test_python_in_the_readme_runs_offline() -> None:
    code = blocks(README, "python")
    assert code
    for block in code:
        # The hub is switched off for all tests in conftest.py.
        done = subprocess.run(
            [sys.executable, "-c", block], cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "6 rows stored" in done.stdout
        assert "nps" in done.stdout
        assert "stance" in done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("#")]
    missing = [target for target in local if not (page.parent / target.partition("#")[0]).exists()]
    assert missing == []


def test_every_column_and_value_is_described() -> None:
    columns = {*schema.COMMENTS.names, *schema.SEGMENTS.names, *COMMENT_COLUMNS, *schema.MAPPABLE}
    values = {*schema.STATUSES, *schema.SOURCES, *schema.SCORE_SCALES}
    assert (columns | values) - code_words("data-format.md") == set()


def test_every_label_is_in_the_codebook() -> None:
    labels = {label for classes in LENSES.values() for label in classes} | set(schema.LEANS)
    assert labels - code_words("giving-and-taking.md") == set()


def test_every_number_is_explained() -> None:
    assert set(analytics.__all__) - code_words("analytics.md") == set()
