"""Failures that a user can act on; everything else is a bug and keeps its traceback."""

from __future__ import annotations


class VocError(Exception):
    """An expected failure.

    The message is one line: what was found, what is allowed, what to do next.
    ``exit_code`` is what the command line returns for it.
    """

    exit_code = 1


class UsageError(VocError):
    """The call itself is wrong: an unknown option value, column or theme."""

    exit_code = 2


class InputError(VocError):
    """The input cannot be read or holds no usable comment."""

    exit_code = 3


class ModelError(VocError):
    """A model folder is missing, damaged or of another version."""

    exit_code = 3


class StoreError(VocError):
    """The store is missing, damaged or used by another writer."""

    exit_code = 3
