"""Unattended jobs: the input in parts, each committed whole, gone on with after any fall."""

from voc.batch.engines import PART_SIZE, BatchOptions
from voc.batch.job import run_batch
from voc.batch.log import JsonLog
from voc.batch.metrics import Metrics
from voc.batch.records import Record, Summary
from voc.batch.watch import Bar, Watch

__all__ = ["PART_SIZE", "Bar", "BatchOptions", "JsonLog", "Metrics", "Record", "Summary", "Watch", "run_batch"]
