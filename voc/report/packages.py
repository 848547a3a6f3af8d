"""Office files that are the same bytes from the same content: their libraries stamp the clock into them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from voc.errors import UsageError
from voc.files import written_whole

_MOMENT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")
#: The first moment that a ZIP entry can bear.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_package(save: Callable[[io.BytesIO], object], target: Path, moment: dt.datetime) -> None:
    """Write what ``save`` gives to ``target``, whole, as the same bytes every time. Raises UsageError where that cannot
    be."""
    made = io.BytesIO()
    save(made)
    try:
        with written_whole(target) as file:
            file.write_bytes(steady(made.getvalue(), moment))
    except OSError as error:
        raise UsageError(f"Cannot write {target}: {error.strerror}.") from error


def steady(package: bytes, moment: dt.datetime) -> bytes:
    """The ZIP ``package`` with every entry of one date, and ``moment`` as when its document was made and changed;
    workbooks inside it likewise."""
    written = io.BytesIO()
    stamp = rb"\g<1>" + f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode() + rb"\g<3>"
    with zipfile.ZipFile(io.BytesIO(package)) as given, zipfile.ZipFile(written, "w") as made:
        for name in given.namelist():
            content = given.read(name)
            if name.endswith((".xlsx", ".pptx")):
                content = steady(content, moment)
            elif name.endswith("core.xml"):
                content = _MOMENT.sub(stamp, content)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o600 << 16
            made.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()
