//! A nightly backup silences production, but not db-7.

use quietude::{
    Registry, Scope, Silencer, Subject, Timestamp, Topology, Weekday, Weekly, Window, Zone,
};

#[allow(clippy::print_stdout, reason = "the example prints its results")]
fn main() -> Result<(), quietude::Error> {
    // When: Tuesdays and Thursdays, in the local time of Paris.
    let paris: Zone = "Europe/Paris".parse()?;
    let nights = Weekly::new([Weekday::Tue, Weekday::Thu], "22:00-02:00".parse()?, paris)?;

    // Which entities: all of production except db-7 and its descendants.
    let mut registry = Registry::new();
    registry.insert(
        Window::builder("nightly-backup")
            .schedule(nights)
            .scope(Scope::group("prod").and(!Scope::entity("db-7")))
            .build()?,
    )?;

    // The topology: db-7 and db-8 are in a rack that is in production.
    let topology = Topology::builder()
        .add_member("prod", "rack-1")
        .add_child("rack-1", "db-7")
        .add_child("rack-1", "db-8")
        .build()?;

    // Building validates everything; queries cannot fail.
    let silencer = Silencer::builder().topology(topology).build(&registry)?;
    let at: Timestamp = "2026-11-26T21:15:00Z".parse()?;
    for entity in ["db-7", "db-8"] {
        match silencer.silenced_until(Subject::entity(entity), at) {
            Some(end) => println!("{entity} is silenced until {end}"),
            None => println!("{entity} is not silenced"),
        }
    }
    Ok(())
}
