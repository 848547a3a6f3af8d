"""The store: comments, their segments and vectors, themes and runs in one folder.

    with Store.open("store", create=True).writer("voc run a.csv") as w:
        w.put(comments, segments, vectors)
        w.finish({"new": 120}, model_version="m1", theme_version="t1")

**Commit.** LanceDB versions each table alone. The data tables are written first, then one row of
``runs`` names every table's version; a snapshot reads those versions and nothing else. Whatever a
writer that died left behind is invisible, and the next writer rolls it back.
"""

from voc.store.snapshot import Snapshot
from voc.store.store import FORMAT, Store
from voc.store.undo import Undone, standing, undo_run
from voc.store.writer import RETAGGED, Writer

__all__ = ["FORMAT", "RETAGGED", "Snapshot", "Store", "Undone", "Writer", "standing", "undo_run"]
