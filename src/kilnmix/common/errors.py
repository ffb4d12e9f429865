"""Faults that a person can mend."""

from __future__ import annotations


class UserError(Exception):
    """A sentence for the person: what is wrong, where, and what to do. The command line ends with status 2."""
