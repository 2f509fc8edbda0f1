"""``flask contacts doctor``: what is wrong with an installation, and how to mend it."""

from __future__ import annotations

from .examination import Examined, examine
from .problems import LEVELS, PROBLEMS, Finding, Level, Problem

__all__ = ["LEVELS", "PROBLEMS", "Examined", "Finding", "Level", "Problem", "examine"]
