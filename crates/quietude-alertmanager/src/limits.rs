//! Limits. What exceeds one is refused or left for later, and reported; nothing is truncated
//! silently.

/// The maximal number of silences that a bridge keeps. Of more, those that begin first are
/// kept; the others follow when there is room, and are counted as deferred.
pub const MAX_SILENCES: usize = 100_000;

/// The maximal length of an answer of Alertmanager, in bytes: 128 MiB, about 250,000 silences. A
/// longer one is an error, and nothing is changed.
pub const MAX_ANSWER_BYTES: usize = 128 << 20;

/// The maximal length of the body of an error answer, or of the error of an alert, that is
/// shown, in bytes or characters.
pub const MAX_SHOWN_BYTES: usize = 300;

/// The maximal number of wrong alerts of a body whose errors are shown.
pub const MAX_SHOWN_ALERTS: usize = 20;

/// The maximal length of a document, in bytes: 256 MiB.
pub const MAX_DOCUMENT_BYTES: u64 = quietude::limits::MAX_DOCUMENT_BYTES as u64;

/// The maximal length of a request's body, in bytes: 16 MiB.
pub const MAX_BODY_BYTES: usize = 16 << 20;

/// How many bytes of a body that is too long are read and discarded, so that the client gets
/// the error and not a closed connection: 64 MiB.
pub const MAX_DISCARDED_BYTES: usize = 64 << 20;

/// The maximal length of the bodies of all requests that are being read or evaluated, in
/// bytes: 128 MiB. A request beyond it is answered with 503.
pub const MAX_BODIES_BYTES: usize = 128 << 20;

/// The maximal number of alerts of one body. Prometheus sends 64 at once.
pub const MAX_BODY_ALERTS: usize = 65_536;

/// The maximal length of one alert, in bytes of JSON: 1 MiB.
pub const MAX_ALERT_BYTES: usize = 1 << 20;

/// The maximal length of the names and values of the labels of one alert that the proxy
/// evaluates, in bytes: 16 KiB. An alert with longer ones is passed on as it is, and counted.
pub const MAX_EVALUATED_BYTES: usize = 16 << 10;

/// The maximal number of labels of one alert that the proxy evaluates. An alert with more is
/// passed on as it is, and counted.
pub const MAX_EVALUATED_LABELS: usize = 256;

/// The maximal number of ids of windows in the annotation `silenced_by`.
pub const MAX_ANNOTATED_WINDOWS: usize = 20;

/// The maximal length of the head of a request, in bytes.
pub const MAX_HEAD_BYTES: usize = 64 << 10;

/// The maximal number of alerts in one delivery.
pub const MAX_BATCH_ALERTS: usize = 1_000;

/// The length in bytes at which no further alert is added to a delivery.
pub const MAX_BATCH_BYTES: usize = 1 << 20;
