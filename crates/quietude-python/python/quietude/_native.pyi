"""Types of the compiled part. The documentation is in the docstrings of its objects."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, final

from typing_extensions import CapsuleType

from quietude._errors import QuietudeError
from quietude._types import (
    Answer,
    Effect,
    Explanation,
    Finding,
    Segment,
    SilencedTime,
    SilenceEnd,
)

__all__ = [
    "_Batch",
    "Column",
    "Document",
    "_panic_for_tests",
    "Silencer",
    "Subject",
]

class _Array(Protocol):
    def __arrow_c_array__(
        self, requested_schema: CapsuleType | None = None, /
    ) -> tuple[CapsuleType, CapsuleType]: ...

class _Stream(Protocol):
    def __arrow_c_stream__(self, requested_schema: CapsuleType | None = None, /) -> CapsuleType: ...

_Column: TypeAlias = _Array | _Stream
_Labels: TypeAlias = _Column | dict[str, _Array] | dict[str, _Stream] | dict[str, _Column]

@final
class Subject:
    def __new__(
        cls,
        entity: str | None = None,
        *,
        alert_type: str | None = None,
        labels: Mapping[str, str | Iterable[str] | None] | None = None,
        groups: Iterable[str] | None = None,
    ) -> Subject: ...
    @property
    def entity(self) -> str | None: ...
    @property
    def alert_type(self) -> str | None: ...
    @property
    def labels(self) -> dict[str, list[str]]: ...
    @property
    def groups(self) -> tuple[str, ...]: ...
    def __getnewargs_ex__(self) -> tuple[tuple[str | None], dict[str, object]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Document:
    def __new__(cls, text: str | None = None) -> Document: ...
    @staticmethod
    def check(text: str) -> list[QuietudeError]: ...
    def to_json(self, *, compact: bool = False) -> str: ...
    @property
    def window_ids(self) -> tuple[str, ...]: ...
    def lint(self, now: datetime) -> list[Finding]: ...
    def __len__(self) -> int: ...
    @staticmethod
    def _of_pickle(text: str) -> Document: ...
    def __reduce__(self) -> tuple[Callable[[str], Document], tuple[str]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Silencer:
    def __new__(cls, document: Document | str, *, now: datetime | None = None) -> Silencer: ...
    @property
    def document(self) -> Document: ...
    @property
    def memory_bytes(self) -> int: ...
    def is_silenced(self, subject: str | Subject, at: datetime) -> bool: ...
    def silenced_by(self, subject: str | Subject, at: datetime) -> list[str]: ...
    def silenced_until(self, subject: str | Subject, at: datetime) -> SilenceEnd | None: ...
    def effect(self, subject: str | Subject, at: datetime) -> Effect | None: ...
    def answer(self, subject: str | Subject, at: datetime) -> Answer | None: ...
    def explain(self, subject: str | Subject, at: datetime) -> Explanation: ...
    def timeline(self, subject: str | Subject, start: datetime, end: datetime) -> list[Segment]: ...
    def silenced_time(
        self, subject: str | Subject, start: datetime, end: datetime
    ) -> SilencedTime: ...
    def active_time(self, window_id: str, start: datetime, end: datetime) -> timedelta: ...
    def is_silenced_columns(
        self,
        entity: _Column | None,
        at: _Column,
        *,
        alert_type: _Column | None = None,
        labels: _Labels | None = None,
        naive_as_utc: bool = False,
        threads: int = 1,
    ) -> Column: ...
    def silenced_by_columns(
        self,
        entity: _Column | None,
        at: _Column,
        *,
        alert_type: _Column | None = None,
        labels: _Labels | None = None,
        naive_as_utc: bool = False,
        threads: int = 1,
    ) -> Column: ...
    def silenced_until_columns(
        self,
        entity: _Column | None,
        at: _Column,
        *,
        alert_type: _Column | None = None,
        labels: _Labels | None = None,
        naive_as_utc: bool = False,
        threads: int = 1,
    ) -> Column: ...
    def effect_columns(
        self,
        entity: _Column | None,
        at: _Column,
        *,
        alert_type: _Column | None = None,
        labels: _Labels | None = None,
        naive_as_utc: bool = False,
        threads: int = 1,
    ) -> Column: ...
    def answer_columns(
        self,
        entity: _Column | None,
        at: _Column,
        *,
        alert_type: _Column | None = None,
        labels: _Labels | None = None,
        naive_as_utc: bool = False,
        threads: int = 1,
    ) -> Column: ...
    def __getnewargs_ex__(self) -> tuple[tuple[Document], dict[str, datetime | None]]: ...

@final
class Column:
    @property
    def null_count(self) -> int: ...
    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __arrow_c_array__(
        self, requested_schema: CapsuleType | None = None
    ) -> tuple[CapsuleType, CapsuleType]: ...
    def __len__(self) -> int: ...

def _panic_for_tests(in_thread: bool) -> None: ...

@final
class _Batch:
    def __new__(cls, silencer: Silencer, ids: list[str], millis: list[int]) -> _Batch: ...
    def run(self) -> int: ...
