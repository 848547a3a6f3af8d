"""Write constraints.txt: the exact version of everything that voc and its extras need, as installed now.

Run with the interpreter of an environment that passes the tests: ``make pin``.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def declared(pyproject: Path) -> list[Requirement]:
    """Return the requirements of the project and of all its extras."""
    read = tomllib.loads(pyproject.read_text())
    lines = list(read["project"]["dependencies"])
    for extra in read["project"]["optional-dependencies"].values():
        lines += extra
    return [Requirement(line) for line in lines]


def closure(wanted: list[Requirement]) -> dict[str, str]:
    """Return name → installed version of ``wanted`` and all that they need here, transitively.

    Leaves out what does not apply to this machine. Raises SystemExit when one is not installed.
    """
    pins: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(need, extra) for need in wanted for extra in ("", *need.extras)]
    while waiting:
        need, extra = waiting.pop()
        name = canonicalize_name(need.name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            pins[name] = version(name).partition("+")[0]
        except PackageNotFoundError:
            raise SystemExit(f"{name} is not installed: run 'make venv', then pin again.") from None
        for line in requires(name) or []:
            further = Requirement(line)
            if further.marker is None or further.marker.evaluate({"extra": extra}):
                waiting += [(further, inner) for inner in ("", *further.extras)]
    return pins


def main() -> None:
    pins = closure(declared(ROOT / "pyproject.toml"))
    text = "".join(f"{name}=={pins[name]}\n" for name in sorted(pins))
    (ROOT / "constraints.txt").write_text(text)
    print(f"constraints.txt names {len(pins)} packages.")


if __name__ == "__main__":
    main()
