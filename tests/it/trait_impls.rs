//! Trait implementations and sizes of the public types.

use std::fmt::{Debug, Display};
use std::hash::Hash;

use quietude::alertmanager::{LabelMatcher, Matchers, Syntax};
use quietude::batch::Columns;
use quietude::explain::{Explanation, FailedTest, Verdict, WindowExplanation};
use quietude::fleet::{
    ActiveWindows, EventKind, SilencedTime, SilencedTimes, Upcoming, WindowEvent,
};
use quietude::interval_set::{Covering, IntervalSet};
use quietude::live::{Engine, Synced};
use quietude::timeline::{Segment, Timeline};
use quietude::topology::{Attributes, Ids};
use quietude::zone::Transition;
use quietude::{
    AlertType, ClockRange, Daily, Effect, EntityHandle, EntityId, EntityState, Error, ErrorKind,
    GroupId, Interval, Matcher, MemoryUsage, MonthDay, Monthly, NextSilence, Occurrences, Once,
    Periodic, Propagation, Registry, Schedule, Scope, ShortMonth, Silence, SilenceEnd, SilencedBy,
    Silencer, SilencerBuilder, Subject, Timestamp, Topology, TopologyBuilder, Validity, Weekly,
    Window, WindowBuilder, WindowId, WindowState, Zone,
};
use quietude::{diff, lint};

const WORD: usize = size_of::<usize>();

/// Compiles if `T` is `Send`, `Sync`, `Clone`, `Debug` and owned.
fn is_plain<T: Send + Sync + Clone + Debug + Unpin + 'static>() {}

fn is_borrowed<'a, T: Send + Sync + Clone + Debug + 'a>() {}

fn is_value<T: Copy + Eq + Hash>() {}

#[test]
fn types_send_sync_clone_debug() {
    is_plain::<Error>();
    is_plain::<ErrorKind>();
    is_plain::<Timestamp>();
    is_plain::<Interval>();
    is_plain::<IntervalSet>();
    is_plain::<ClockRange>();
    is_plain::<MonthDay>();
    is_plain::<ShortMonth>();
    is_plain::<Zone>();
    is_plain::<Transition>();
    is_plain::<Schedule>();
    is_plain::<Once>();
    is_plain::<Periodic>();
    is_plain::<Daily>();
    is_plain::<Weekly>();
    is_plain::<Monthly>();
    is_plain::<EntityId>();
    is_plain::<GroupId>();
    is_plain::<AlertType>();
    is_plain::<WindowId>();
    is_plain::<Matcher>();
    is_plain::<Matchers>();
    is_plain::<LabelMatcher>();
    is_plain::<Syntax>();
    is_plain::<FailedTest>();
    is_plain::<Scope>();
    is_plain::<Topology>();
    is_plain::<TopologyBuilder>();
    is_plain::<Effect>();
    is_plain::<Propagation>();
    is_plain::<EntityState>();
    is_plain::<Validity>();
    is_plain::<Window>();
    is_plain::<WindowBuilder>();
    is_plain::<WindowState>();
    is_plain::<Registry>();
    is_plain::<Engine>();
    is_plain::<Synced>();
    is_plain::<Silencer>();
    is_plain::<SilencerBuilder>();
    is_plain::<MemoryUsage>();
    is_plain::<SilenceEnd>();
    is_plain::<Silence>();
    is_plain::<NextSilence>();
    is_plain::<Segment>();
    is_plain::<Explanation>();
    is_plain::<WindowExplanation>();
    is_plain::<Verdict>();
    is_borrowed::<Subject<'_>>();
    is_borrowed::<Occurrences<'_>>();
    is_borrowed::<Timeline<'_>>();
    is_borrowed::<Ids<'_>>();
    is_borrowed::<Attributes<'_>>();
    is_borrowed::<Covering<'_>>();
    is_borrowed::<EntityHandle<'_>>();
    is_borrowed::<SilencedBy<'_>>();
    is_borrowed::<quietude::Answer<'_>>();
    is_borrowed::<Columns<'_, &str>>();
    is_borrowed::<ActiveWindows<'_>>();
    is_borrowed::<Upcoming<'_>>();
    is_borrowed::<WindowEvent<'_>>();
    is_plain::<EventKind>();
    is_plain::<diff::Diff>();
    is_plain::<diff::EntityDiff>();
    is_plain::<diff::EffectChange>();
    is_plain::<diff::WindowDiff>();
    is_plain::<diff::WindowDiffKind>();
    is_plain::<lint::Code>();
    is_plain::<lint::Finding>();
    is_plain::<lint::Report>();
    is_plain::<lint::Severity>();
    is_borrowed::<SilencedTime<'_>>();
    is_borrowed::<SilencedTimes<'_, std::vec::IntoIter<&str>>>();
    use quietude::calendar::{
        Bound, Calendar, Combination, Days, Dst, LocalOnce, LocalTime, LocalValidity, OnceEnd,
        Operator, Point, Search, Unit,
    };
    is_plain::<Bound>();
    is_plain::<Calendar>();
    is_plain::<Combination>();
    is_plain::<Days>();
    is_plain::<Dst>();
    is_plain::<LocalOnce>();
    is_plain::<LocalTime>();
    is_plain::<LocalValidity>();
    is_plain::<OnceEnd>();
    is_plain::<Operator>();
    is_plain::<Point>();
    is_plain::<Search>();
    is_plain::<Unit>();
    #[cfg(feature = "rrule")]
    {
        use quietude::calendar::{Cron, DayMatch, Fold, Gap, NominalDuration, RuleBuilder};
        is_plain::<Cron>();
        is_plain::<DayMatch>();
        is_plain::<Fold>();
        is_plain::<Gap>();
        is_plain::<NominalDuration>();
        is_plain::<RuleBuilder>();
        is_plain::<quietude::Rule>();
    }
    #[cfg(feature = "serde")]
    {
        use quietude::journal;
        is_plain::<quietude::Document>();
        is_plain::<journal::Change>();
        is_plain::<journal::Entry>();
        is_plain::<journal::Journal>();
    }
}

#[test]
#[cfg(feature = "vendors")]
fn vendor_types_send_sync_debug() {
    use quietude::vendors::{
        ApiError, ChangeLog, Context, ConvertOptions, Exported, Imported, Method, Request,
        Response, Vendor, opsmanager, spaceone, uptrends, virtana,
    };
    is_plain::<Vendor>();
    is_plain::<ChangeLog>();
    is_plain::<Exported>();
    is_plain::<ApiError>();
    is_plain::<ConvertOptions>();
    is_plain::<Imported>();
    is_plain::<Method>();
    is_plain::<Response>();
    is_borrowed::<Request<'_>>();
    is_plain::<opsmanager::WindowInput>();
    is_plain::<opsmanager::MaintenanceWindow>();
    is_plain::<opsmanager::Service>();
    is_plain::<spaceone::CreateRequest>();
    is_plain::<spaceone::ListRequest>();
    is_plain::<spaceone::MaintenanceWindow>();
    is_plain::<spaceone::Service>();
    is_plain::<spaceone::StatRequest>();
    is_plain::<spaceone::State>();
    is_plain::<spaceone::UpdateRequest>();
    is_plain::<uptrends::MaintenancePeriod>();
    is_plain::<uptrends::MaintenanceType>();
    is_plain::<uptrends::ScheduleMode>();
    is_plain::<uptrends::Service>();
    is_plain::<virtana::Clause>();
    is_plain::<virtana::MaintWindow>();
    is_plain::<virtana::PageInput>();
    is_plain::<virtana::RunMode>();
    is_plain::<virtana::Service>();
    is_plain::<virtana::Specification>();
    is_plain::<virtana::Status>();
    is_borrowed::<virtana::Page<'_>>();
    // A context borrows the host's source of ids and is used for one request.
    fn is_lent<'a, T: Debug + 'a>() {}
    is_lent::<Context<'_>>();
}

#[test]
fn values_copy_eq_hash() {
    is_value::<Timestamp>();
    is_value::<Interval>();
    is_value::<ClockRange>();
    is_value::<MonthDay>();
    is_value::<Effect>();
    is_value::<EntityState>();
    is_value::<Validity>();
    is_value::<SilenceEnd>();
    is_value::<NextSilence>();
    is_value::<ErrorKind>();
    is_value::<Subject<'_>>();
    is_value::<Silence>();
    is_value::<Propagation>();
    is_value::<ShortMonth>();
    is_value::<WindowState>();
    fn is_copied<T: Copy>() {}
    is_copied::<Once>();
    is_copied::<Periodic>();
    is_copied::<EntityHandle<'_>>();
    is_copied::<MemoryUsage>();
    is_copied::<Segment>();
    is_copied::<Transition>();
}

#[test]
fn error_size_and_traits() {
    fn is_error<T: std::error::Error + Display + Send + Sync + 'static>() {}
    is_error::<Error>();
    assert_eq!(size_of::<Error>(), WORD);
    assert_eq!(size_of::<Result<(), Error>>(), WORD);
}

#[test]
fn type_sizes() {
    assert_eq!(size_of::<Timestamp>(), 8);
    assert_eq!(size_of::<Interval>(), 16);
    assert_eq!(size_of::<ClockRange>(), 16);
    assert_eq!(size_of::<Effect>(), 1);
    assert_eq!(size_of::<Option<Effect>>(), 1);
    assert_eq!(size_of::<SilenceEnd>(), 16);
    assert_eq!(size_of::<Silencer>(), WORD);
    assert_eq!(size_of::<Option<Silencer>>(), WORD);
    assert_eq!(size_of::<EntityHandle<'_>>(), 2 * WORD + 16);
    assert_eq!(size_of::<Zone>(), WORD);
    assert_eq!(size_of::<Topology>(), 4 * WORD);
    assert_eq!(size_of::<EntityId>(), 2 * WORD);
    assert_eq!(size_of::<Subject<'_>>(), 8 * WORD);
}

#[test]
fn silencer_shared_between_threads() {
    let mut registry = Registry::new();
    let daily = Daily::new(ClockRange::WHOLE_DAY, chrono_tz::Europe::Berlin);
    let window = Window::builder("w").schedule(daily).scope(Scope::entity("a")).build().unwrap();
    registry.insert(window).unwrap();
    let silencer = Silencer::new(&registry).unwrap();
    let ask = |id: &str| silencer.is_silenced(Subject::entity(id), Timestamp::MAX);
    std::thread::scope(|scope| {
        let threads = ["a", "b", "a", "b"].map(|id| scope.spawn(move || ask(id)));
        assert_eq!(threads.map(|thread| thread.join().unwrap()), [true, false, true, false]);
    });
}
