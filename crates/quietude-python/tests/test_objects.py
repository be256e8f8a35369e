"""Documents, silencers and subjects as Python objects."""

import copy
import json
import pickle
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import quietude
from quietude import Document, QuietudeError, Silencer, Subject

PARIS = ZoneInfo("Europe/Paris")
NIGHTLY = """{ "version": 1, "windows": [
  { "id": "nightly", "scope": { "entity": "db-7" }, "effect": "monitoring", "state": { "during": 3 },
    "schedule": { "kind": "daily", "clock": "22:00-02:00", "timezone": "Europe/Paris" } },
  { "id": "backup", "scope": { "all": [ { "entity": "db-7" }, { "alert_type": "BACKUP" } ] },
    "schedule": { "kind": "daily", "clock": "22:00-02:30", "timezone": "Europe/Paris" } },
  { "id": "web", "scope": { "all": [ { "attribute": { "name": "team", "equals": "web" } },
                                     { "attribute": { "name": "tier", "equals": "gold" } } ] },
    "schedule": { "kind": "once", "start": "2026-11-26T00:00:00Z" } } ],
  "topology": { "entity_label": "instance", "entities": [ { "id": "db-7" } ] } }"""
AT = datetime(2026, 11, 26, 22, 15, tzinfo=PARIS)


@pytest.fixture(scope="module")
def silencer() -> Silencer:
    return Silencer(NIGHTLY, now=AT)


def test_queries_of_entity(silencer: Silencer) -> None:
    assert silencer.is_silenced("db-7", AT)
    assert not silencer.is_silenced("db-8", AT)
    assert silencer.silenced_by("db-7", AT) == ["nightly"]
    assert silencer.effect("db-7", AT) == "monitoring"
    assert silencer.effect("db-8", AT) is None
    end = silencer.silenced_until("db-7", AT)
    assert end is not None
    assert (end.kind, end.at) == ("at", datetime(2026, 11, 27, 2, tzinfo=PARIS))
    assert end.at is not None and end.at.tzinfo is PARIS


def test_answer_all_parts(silencer: Silencer) -> None:
    answer = silencer.answer(Subject("db-7", alert_type="BACKUP"), AT)
    assert answer is not None
    assert answer.by == ("nightly", "backup")
    assert answer.until.at == datetime(2026, 11, 27, 2, 30, tzinfo=PARIS)
    assert (answer.effect, answer.state) == ("monitoring", 3)
    assert silencer.answer("db-8", AT) is None


def test_subject_labels(silencer: Silencer) -> None:
    gold = Subject(labels={"team": "web", "tier": ["silver", "gold"]})
    assert silencer.silenced_by(gold, AT) == ["web"]
    end = silencer.silenced_until(gold, AT)
    assert end == quietude.SilenceEnd("never", None) and str(end) == "forever"
    # The entity label names the entity.
    assert silencer.silenced_by(Subject(labels={"instance": "db-7"}), AT) == ["nightly"]
    assert not silencer.is_silenced(Subject(labels={"team": "web", "tier": None}), AT)


def test_explain_near_miss(silencer: Silencer) -> None:
    explanation = silencer.explain(Subject(labels={"team": "web"}), AT)
    assert explanation.effect is None and explanation.until is None
    (web,) = explanation.windows
    assert (web.window, web.verdict) == ("web", "near_miss") and "tier" in web.reason
    assert web.current == quietude.Occurrence(datetime(2026, 11, 26, 1, tzinfo=PARIS), None)
    assert str(explanation).startswith('{team="web"} is not silenced at 2026-11-26T21:15:00Z')


def test_explain_other_alert_type(silencer: Silencer) -> None:
    verdicts = {of.window: of.verdict for of in silencer.explain("db-7", AT).windows}
    assert verdicts == {"nightly": "silences", "backup": "other_alert_type"}


def test_timeline_no_gaps(silencer: Silencer) -> None:
    start = datetime(2026, 11, 26, 12, tzinfo=PARIS)
    segments = silencer.timeline("db-7", start, start + timedelta(days=1))
    assert [(segment.start.hour, segment.effect) for segment in segments] == [
        (12, None), (22, "monitoring"), (2, None)]
    assert all(one.end == other.start for one, other in zip(segments, segments[1:]))


def test_silenced_time_change_of_clocks(silencer: Silencer) -> None:
    # 02:00 is shown twice on 25 October 2026: the window ends at the only 02:00 before that.
    start, end = datetime(2026, 10, 1, tzinfo=PARIS), datetime(2026, 11, 1, tzinfo=PARIS)
    time = silencer.silenced_time(Subject("db-7", alert_type="BACKUP"), start, end)
    assert time.by_window["nightly"] == 31 * timedelta(hours=4)
    assert time.total == time.by_window["backup"]
    assert time.by_effect["monitoring"] == time.by_window["nightly"]
    assert sum(time.by_effect.values(), timedelta()) == time.total
    assert silencer.active_time("nightly", start, end) == 31 * timedelta(hours=4)


def test_lint_findings() -> None:
    document = Document("""{ "version": 1, "windows": [ { "id": "w", "scope": { "entity": "db-9" },
        "schedule": { "kind": "once", "start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z" } } ],
        "topology": { "entities": [ { "id": "db-7" } ] } }""")
    findings = document.lint(AT)
    assert {finding.code for finding in findings} >= {"over", "unknown-entity"}
    assert all(finding.window == "w" for finding in findings)
    assert {finding.severity for finding in findings} <= {"info", "warning"}


def test_document_round_trip() -> None:
    document = Document(NIGHTLY)
    assert (len(document), document.window_ids) == (3, ("nightly", "backup", "web"))
    again = Document(document.to_json())
    assert again == document and again.to_json() == document.to_json()
    assert Document(document.to_json(compact=True)) == document
    assert len(document.to_json(compact=True).splitlines()) == 1 < len(document.to_json().splitlines())
    assert pickle.loads(pickle.dumps(document)) == document
    assert document != Document() and hash(document) == hash(again)


def test_document_pickle_beyond_limit() -> None:
    """Indents make a document that can be read too long to be read again; its pickle has none."""
    scope: object = {"any": [{"entity": f"host-{n}"} for n in range(400_000)]}
    for _ in range(57):
        scope = {"all": [scope]}
    window = {"id": "w", "scope": scope, "schedule": {"kind": "once", "start": "2026-01-01T00:00:00Z"}}
    document = Document(json.dumps({"version": 1, "windows": [window]}))
    with pytest.raises(QuietudeError, match="bytes are more than 268435456"):
        Document(document.to_json())
    pickled = pickle.dumps(document)
    assert len(pickled) < 20_000_000
    again = pickle.loads(pickled)
    assert again == document
    assert Silencer(again).is_silenced("host-399999", AT)
    # The compact form itself may be longer than the limit.
    text = " " * 2**28 + NIGHTLY
    with pytest.raises(QuietudeError, match="bytes are more than 268435456"):
        Document(text)
    assert Document._of_pickle(text) == Document(NIGHTLY)
    with pytest.raises(QuietudeError, match="pickle: "):
        Document._of_pickle("{")


def test_silencer_pickle(silencer: Silencer) -> None:
    again = pickle.loads(pickle.dumps(silencer))
    assert again.document == silencer.document
    assert again.silenced_by("db-7", AT) == ["nightly"]
    assert copy.deepcopy(silencer).is_silenced("db-7", AT)
    assert silencer.memory_bytes > 0


def test_subject_value() -> None:
    subject = Subject("a", alert_type="T", labels={"x": ["1", "2"], "y": "3"}, groups=["g"])
    assert (subject.entity, subject.alert_type, subject.groups) == ("a", "T", ("g",))
    assert subject.labels == {"x": ["1", "2"], "y": ["3"]}
    assert subject == pickle.loads(pickle.dumps(subject)) and hash(subject) == hash(
        pickle.loads(pickle.dumps(subject)))
    assert subject != Subject("a")
    assert eval(repr(subject), {"Subject": Subject}) == subject


def test_instant_fold_and_rounding() -> None:
    silencer = Silencer("""{ "version": 1, "windows": [ { "id": "w", "scope": "everything",
        "schedule": { "kind": "once", "start": "2026-10-25T01:30:00Z", "end": "2026-10-25T01:30:00.001Z" } } ] }""")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)
    assert not silencer.is_silenced("x", first)
    assert silencer.is_silenced("x", first.replace(fold=1))
    at = datetime(2026, 10, 25, 1, 30, tzinfo=timezone.utc)
    assert silencer.is_silenced("x", at + timedelta(microseconds=999))
    assert not silencer.is_silenced("x", at + timedelta(milliseconds=1))
    assert not silencer.is_silenced("x", at - timedelta(microseconds=1))


def test_instant_extremes(silencer: Silencer) -> None:
    last = datetime.max.replace(tzinfo=timezone.utc)
    assert silencer.is_silenced(Subject(labels={"team": "web", "tier": "gold"}), last)
    assert not silencer.is_silenced("db-8", datetime.min.replace(tzinfo=timezone.utc))
    (segment,) = silencer.timeline("x", last - timedelta(days=1), last)
    assert segment.end is not None and last - segment.end < timedelta(milliseconds=1)
    # The end of the first segment has no date in this zone.
    early = datetime(1, 1, 1, 1, tzinfo=timezone.utc)
    west = early.astimezone(timezone(timedelta(minutes=-30)))
    assert silencer.timeline("db-7", west, west + timedelta(days=2))[0].start == early


def test_errors_of_document() -> None:
    text = """{ "version": 1, "windows": [ { "id": "w-1", "scope": "everything",
        "schedule": { "kind": "monthly", "day": 32, "clock": "22:00-23:00", "timezone": "UTC" } } ] }"""
    with pytest.raises(QuietudeError) as caught:
        Document(text)
    error = caught.value
    assert (error.kind, error.path, error.window, error.line) == ("out_of_range", "schedule.day", "w-1", 2)
    assert str(error) == "window `w-1`: schedule.day: 32 is not in 1..=31 or -31..=-1"
    assert [str(error) for error in Document.check(text)] == [str(error)]
    copied = pickle.loads(pickle.dumps(error))
    assert (copied.kind, copied.path, str(copied)) == (error.kind, error.path, str(error))
    with pytest.raises(QuietudeError, match="1:1|line 1|JSON"):
        Silencer("no document")


def test_errors_of_arguments(silencer: Silencer) -> None:
    with pytest.raises(QuietudeError, match="at: 2026-11-26T22:15:00 has no time zone") as caught:
        silencer.is_silenced("db-7", AT.replace(tzinfo=None))
    assert (caught.value.path, caught.value.kind) == ("at", "invalid")
    with pytest.raises(TypeError, match="at: str is not a datetime"):
        silencer.is_silenced("db-7", "2026-11-26")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="subject: int is not a str or a Subject"):
        silencer.is_silenced(7, AT)  # type: ignore[arg-type]
    with pytest.raises(QuietudeError, match="years 1 to 9999") as caught:
        silencer.is_silenced("x", datetime.min.replace(tzinfo=timezone(timedelta(hours=1))))
    assert caught.value.kind == "out_of_range"
    with pytest.raises(QuietudeError):
        silencer.timeline("db-7", AT, AT)
    with pytest.raises(QuietudeError, match="no window has the id") as caught:
        silencer.active_time("none", AT, AT + timedelta(days=1))
    assert caught.value.kind == "not_found"
    with pytest.raises(TypeError, match="labels: list is not a mapping"):
        Subject(labels=[])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match='labels\\["x"\\]: int is not'):
        Subject(labels={"x": 7})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="groups: str is not an iterable of str"):
        Subject(groups="prod")
    with pytest.raises(TypeError, match="document: int is not"):
        Silencer(7)  # type: ignore[arg-type]
