"""Answers as Python objects. All are immutable."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

Effect: TypeAlias = Literal["notifications", "monitoring"]
"""What a window does: mute notifications, or suspend monitoring too."""


@dataclass(frozen=True)
class SilenceEnd:
    """The end of a silence. ``str`` is text for people.

    Attributes:
        kind: ``"at"``: the silence ends at ``at``, which is no longer silenced. ``"at_least"``:
            it ends after ``at``, where the search stopped. ``"never"``: it has no end.
        at: The instant, in the time zone of the query; ``None`` for ``"never"``.
    """

    kind: Literal["at", "at_least", "never"]
    at: datetime | None

    def __str__(self) -> str:
        if self.at is None:
            return "forever"
        return str(self.at) if self.kind == "at" else f"{self.at} at least"


@dataclass(frozen=True)
class Answer:
    """The silence of a subject at an instant.

    Attributes:
        by: The ids of the windows that silence it, in the order of the document; at least one.
        until: The end, across all windows.
        effect: The greatest effect of these windows.
        state: The lowest state of these windows; ``None`` if none has one.
    """

    by: tuple[str, ...]
    until: SilenceEnd
    effect: Effect
    state: int | None


@dataclass(frozen=True)
class Segment:
    """A part of a timeline, ``[start, end)``.

    Attributes:
        start: The first instant, in the time zone of the query.
        end: The first instant that does not belong to it; ``None`` at the end of the year 9999.
        effect: The effect on the subject; ``None`` where it is not silenced.
    """

    start: datetime
    end: datetime | None
    effect: Effect | None


@dataclass(frozen=True)
class SilencedTime:
    """How long a subject is silenced within an interval. Exact to the millisecond.

    Attributes:
        total: The time in which it is silenced; time of several windows counts once.
        by_effect: The time of each effect; both add up to the total.
        by_window: The time of each window that silences it, by id, in the order of the document.
    """

    total: timedelta
    by_effect: Mapping[Effect, timedelta]
    by_window: Mapping[str, timedelta]


@dataclass(frozen=True)
class Occurrence:
    """An occurrence of a window, ``[start, end)``, in the time zone of the query.

    Attributes:
        start: The first instant.
        end: The first instant that does not belong to it; ``None`` at the end of the year 9999.
    """

    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class WindowExplanation:
    """The verdict on one window.

    Attributes:
        window: The id of the window.
        verdict: ``"silences"``, ``"inactive"``, ``"other_alert_type"``, ``"near_miss"`` (its
            scope fails by one test) or ``"out_of_scope"``.
        reason: The verdict as text for people, with the test that fails.
        current: The occurrence at the instant.
        previous: The occurrence before it.
        next: The occurrence after it.
        clock_changes: What changes of the clocks did to these occurrences; a sentence each.
        parts: The parts of a combination of schedules, each with whether it is active.
    """

    window: str
    verdict: Literal["silences", "inactive", "other_alert_type", "near_miss", "out_of_scope"]
    reason: str
    current: Occurrence | None
    previous: Occurrence | None
    next: Occurrence | None
    clock_changes: tuple[str, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """The verdicts on all windows that could silence a subject. ``str`` is text for people.

    Attributes:
        effect: The effect on the subject; ``None`` if it is not silenced.
        until: The end of the silence; ``None`` if it is not silenced.
        windows: The windows, in the order of the document.
        omitted: The number of further windows that do not cover it.
        text: One line for the subject and one for each window; instants are in UTC.
    """

    effect: Effect | None
    until: SilenceEnd | None
    windows: tuple[WindowExplanation, ...]
    omitted: int
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Finding:
    """Something about a window that was probably not meant.

    Attributes:
        code: What it is; the name is stable.
        severity: ``"warning"`` or ``"info"``.
        window: The id of the window.
        path: The path of the field, such as ``scope.all[1].group``.
        message: One sentence; the text is not stable.
        fix: What to do about it, if there is something.
    """

    code: str
    severity: Literal["warning", "info"]
    window: str
    path: str
    message: str
    fix: str | None
