"""Is entity X silenced at time T? Maintenance windows over objects and Arrow columns.

>>> from datetime import datetime
>>> from zoneinfo import ZoneInfo
>>> import quietude
>>> silencer = quietude.Silencer('''{"version": 1, "windows": [
...     {"id": "nightly", "scope": {"entity": "db-7"}, "schedule":
...      {"kind": "daily", "clock": "22:00-02:00", "timezone": "Europe/Paris"}}]}''')
>>> at = datetime(2026, 11, 26, 22, 15, tzinfo=ZoneInfo("Europe/Paris"))
>>> silencer.silenced_by("db-7", at)
['nightly']
>>> str(silencer.silenced_until("db-7", at))
'2026-11-27 02:00:00+01:00'

Queries over columns (``Silencer.is_silenced_columns`` and others) take and return objects with
the Arrow PyCapsule interface; no package is needed at run time. ``quietude.spark`` has functions
for Spark's DataFrames.
"""

from quietude._errors import ColumnError, InternalError, QuietudeError
from quietude._native import Column, Document, Silencer, Subject
from quietude._types import (
    Answer,
    Effect,
    Explanation,
    Finding,
    Occurrence,
    Segment,
    SilencedTime,
    SilenceEnd,
    WindowExplanation,
)

__all__ = [
    "Answer",
    "Column",
    "ColumnError",
    "Document",
    "Effect",
    "Explanation",
    "Finding",
    "InternalError",
    "Occurrence",
    "QuietudeError",
    "Segment",
    "SilenceEnd",
    "SilencedTime",
    "Silencer",
    "Subject",
    "WindowExplanation",
]
