"""From files as they come to rows of one schema, every row accounted for."""

from voc.ingest.account import Account, merge, tally
from voc.ingest.plan import FilePlan, Plan, ReadOptions
from voc.ingest.reading import read
from voc.ingest.understand import understand

__all__ = ["Account", "FilePlan", "Plan", "ReadOptions", "merge", "read", "tally", "understand"]
