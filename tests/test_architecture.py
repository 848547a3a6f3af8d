"""The shape of the code: one foreign library, one adapter; nothing undeclared; a light start."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*(CHECKOUT / "voc").rglob("*.py"), CHECKOUT / "app.py"])

# Where a library may be imported, as module prefixes. numpy, pandas and pyarrow are how tables travel
# between modules, so they are at home everywhere.
EVERYWHERE = {"numpy", "pandas", "pyarrow"}
ADAPTERS: dict[str, tuple[str, ...]] = {
    "altair": ("voc.charts",),
    "bertopic": ("voc.themes.discover",),
    "charset_normalizer": ("voc.ingest.encoding",),
    "duckdb": ("voc.store", "voc.pipeline"),
    "filelock": ("voc.batch.folder_sink", "voc.store"),
    "fsspec": ("voc.remote",),
    "ftfy": ("voc.text.clean",),
    "ijson": ("voc.ingest.documents", "voc.ingest.skeleton"),
    "jinja2": ("voc.report",),
    "lancedb": ("voc.store.tables",),
    "lxml": ("voc.ingest.xml_rows", "voc.text.clean"),
    "markupsafe": ("voc.report.html",),
    "msgspec": ("voc.ingest.json_lines",),
    "onnx": ("voc.encode", "voc.train.export"),
    "onnxruntime": ("voc.encode", "voc.train.export"),
    "openai": ("voc.themes.chat",),
    "openpyxl": ("voc.pipeline.sinks", "voc.report.workbook"),
    "plotly": ("voc.charts.segmentmap",),
    "pptx": ("voc.report.native", "voc.report.slides"),
    "psycopg": (
        "voc.batch.postgres_copy",
        "voc.batch.postgres_output",
        "voc.batch.postgres_sink",
        "voc.batch.postgres_source",
        "voc.batch.table_job",
        "voc.ingest.database",
    ),
    "py3langid": ("voc.text.language",),
    "python_calamine": ("voc.ingest.sheets",),
    "ray": ("voc.batch.ray_engine",),
    "rich": ("voc.cli",),
    "safetensors": ("voc.train.checkpoint", "voc.train.export", "voc.train.network", "voc.train.theme_view"),
    "scipy": ("voc.analytics", "voc.pipeline.copies", "voc.themes", "voc.train"),
    "sentence_transformers": ("voc.encode",),
    "sklearn": ("voc.themes", "voc.train"),
    "spacy": ("voc.text.segment",),
    "streamlit": ("voc.ui",),
    "threadpoolctl": ("voc.themes.clusters", "voc.themes.layout"),
    "tokenizers": ("voc.encode", "voc.train.export"),
    "torch": ("voc.train",),
    "transformers": ("voc.train",),
    "typer": ("voc.cli",),
    "vaderSentiment": ("voc.train.references",),
    "vl_convert": ("voc.charts.render",),
}
HEAVY = ("torch", "transformers", "spacy", "bertopic", "umap", "numba", "ray", "streamlit", "lancedb")


def module_name(path: Path) -> str:
    """Return the dotted name of a source file: ``voc/text/clean.py`` → ``voc.text.clean``."""
    return ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")


def foreign_imports(path: Path) -> Iterator[str]:
    """Yield the top name of each library imported anywhere in a file, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        yield from {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"voc"}


def within(module: str, place: str) -> bool:
    return module == place or module.startswith(f"{place}.")


def test_each_foreign_library_has_its_adapter() -> None:
    strays = [
        f"{module_name(path)} imports {library}"
        for path in SOURCES
        for library in foreign_imports(path)
        if library not in EVERYWHERE
        and not any(within(module_name(path), place) for place in ADAPTERS.get(library, ()))
    ]
    assert strays == []


def test_no_adapter_is_a_leftover() -> None:
    used = {(library, module_name(path)) for path in SOURCES for library in foreign_imports(path)}
    idle = [
        f"{place} no longer imports {library}"
        for library, places in ADAPTERS.items()
        for place in places
        if not any(library == name and within(module, place) for name, module in used)
    ]
    assert idle == []


def test_each_imported_library_is_a_declared_dependency() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = names(
        [*project["dependencies"], *extras["train"], *extras["postgres"], *extras["ray"], *extras["namer"]]
    )
    providers = packages_distributions()
    imported = {library for path in SOURCES for library in foreign_imports(path)}
    assert {library for library in imported if not declared & names(providers.get(library, [library]))} == set()


def names(requirements: list[str]) -> set[str]:
    """Return the normal names of distributions, versions and markers cut off."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", line)[0]).lower() for line in requirements}


def test_every_dependency_is_pinned_and_nothing_else_is_written_there() -> None:
    lines = (CHECKOUT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    wanted = sum(project["optional-dependencies"].values(), project["dependencies"])
    assert names(wanted) - names(lines) == set()
    assert "torch==2.13.0" in lines


@pytest.mark.parametrize("module", ["voc.cli", "voc.pipeline", "voc.themes", "voc.ingest", "voc.text"])
def test_import_stays_light(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert done.stdout.split() == []
