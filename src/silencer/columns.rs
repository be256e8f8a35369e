//! Batch queries in columns: slices of entity ids, instants, alert types and labels.

use crate::error::Error;
use crate::scope::Subject;
use crate::silencer::Silencer;
use crate::silencer::batch::{self, check_length};
use crate::time::Timestamp;

/// The queries of a batch, in columns of one length: row n of each column belongs to query
/// n. Borrows its data.
///
/// ```
/// use quietude::batch::Columns;
/// use quietude::{Daily, Registry, Scope, Silencer, Timestamp, Window, Zone};
///
/// let mut registry = Registry::new();
/// registry.insert(
///     Window::builder("backups")
///         .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
///         .scope(Scope::entity("db-7").and(Scope::alert_type("BACKUP")))
///         .build()?,
/// )?;
/// let silencer = Silencer::new(&registry)?;
/// let at: Timestamp = "2026-11-26T23:15:00Z".parse()?;
/// let instants = [at; 2];
/// let columns = Columns::new(&["db-7", "db-7"], &instants)
///     .with_alert_types(&[Some("BACKUP"), None]);
/// let mut answers = [false; 2];
/// silencer.is_silenced_columns(&columns, &mut answers)?;
/// assert_eq!(answers, [true, false]);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "columns do nothing until a silencer is asked about them"]
pub struct Columns<'a, S> {
    entities: &'a [S],
    instants: &'a [Timestamp],
    alert_types: Option<&'a [Option<&'a str>]>,
    labels: Option<&'a [Labels<'a>]>,
}

/// The labels of one query, as pairs of name and value.
type Labels<'a> = &'a [(&'a str, &'a str)];

/// The number of queries that are passed on at once.
const CHUNK: usize = 32;

impl<'a, S: AsRef<str>> Columns<'a, S> {
    /// A column of entity ids and one of instants. An empty id stands for no entity.
    pub const fn new(entities: &'a [S], instants: &'a [Timestamp]) -> Self {
        Self { entities, instants, alert_types: None, labels: None }
    }

    /// Adds a column of alert types.
    pub const fn with_alert_types(mut self, alert_types: &'a [Option<&'a str>]) -> Self {
        self.alert_types = Some(alert_types);
        self
    }

    /// Adds a column of labels: the attributes of each subject. The
    /// [entity label](crate::TopologyBuilder::entity_label) names the entity of a row
    /// without an id.
    pub const fn with_labels(mut self, labels: &'a [&'a [(&'a str, &'a str)]]) -> Self {
        self.labels = Some(labels);
        self
    }

    /// The subject of a row.
    fn subject(&self, row: usize) -> Subject<'a> {
        let labels = self.labels.map_or(&[][..], |labels| labels[row]);
        let subject = match self.entities[row].as_ref() {
            "" => Subject::labels(labels),
            id => Subject::entity(id).with_attributes(labels),
        };
        match self.alert_types.and_then(|alert_types| alert_types[row]) {
            Some(alert_type) => subject.with_alert_type(alert_type),
            None => subject,
        }
    }

    /// Checks that each column has the length of the ids.
    fn check(&self, answers: usize) -> Result<(), Error> {
        let columns = [
            ("instants", Some(self.instants.len())),
            ("alert_types", self.alert_types.map(<[_]>::len)),
            ("labels", self.labels.map(<[_]>::len)),
            ("answers", Some(answers)),
        ];
        let entities = ("entities", self.entities.len());
        let mut given = columns.into_iter().filter_map(|(name, length)| Some((name, length?)));
        given.try_for_each(|column| check_length(column, entities))
    }
}

impl Silencer {
    /// Answers [`is_silenced`](Self::is_silenced) for each row of some columns; answer n is
    /// that of row n.
    ///
    /// Without alert types and labels, rows are evaluated in stages, so that their cache
    /// misses overlap, as in [`is_silenced_batch`](Self::is_silenced_batch). With them, each
    /// row is one query. No allocation.
    ///
    /// # Errors
    ///
    /// If a column or `answers` is not as long as the column of ids. The path is the name of
    /// that column; the answers are then unchanged.
    pub fn is_silenced_columns<S: AsRef<str>>(
        &self,
        columns: &Columns<'_, S>,
        answers: &mut [bool],
    ) -> Result<(), Error> {
        columns.check(answers.len())?;
        if columns.alert_types.is_some() || columns.labels.is_some() {
            for (row, answer) in answers.iter_mut().enumerate() {
                *answer = self.is_silenced(columns.subject(row), columns.instants[row]);
            }
            return Ok(());
        }
        let rows = columns.entities.chunks(CHUNK).zip(columns.instants.chunks(CHUNK));
        for ((entities, instants), answers) in rows.zip(answers.chunks_mut(CHUNK)) {
            let mut queries = [("", Timestamp::MIN); CHUNK];
            for (query, (entity, at)) in queries.iter_mut().zip(entities.iter().zip(instants)) {
                *query = (entity.as_ref(), *at);
            }
            batch::answer(self.index(), &queries[..entities.len()], answers);
        }
        Ok(())
    }
}
