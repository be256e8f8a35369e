//! The program `quietude-alertmanager`: `bridge` and `proxy`.
//!
//! Exit codes: 0 after a signal to stop, or a dry run; 1 if alerts were not delivered when the
//! time to stop was over; 2 on an error, also of a task in the background.

#![allow(clippy::print_stderr, reason = "a program prints its errors to standard error")]

mod args;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use quietude_alertmanager::bridge::{self, Bridge};
use quietude_alertmanager::client::Client;
use quietude_alertmanager::document::{Snapshot, Source};
use quietude_alertmanager::proxy::{self, Proxy};
use quietude_alertmanager::server::{self, Bounds};
use quietude_alertmanager::silence::Owner;
use quietude_alertmanager::tasks::Tasks;
use quietude_alertmanager::wanted::Horizon;
use quietude_alertmanager::{Error, log};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};

use args::{Args, BridgeArgs, Command, DocumentArgs, ProxyArgs};

/// Alerts were not delivered.
const EXIT_WAITING: u8 = 1;
/// The program failed.
const EXIT_ERROR: u8 = 2;

/// The bytes of alerts that a proxy holds until their silence ends.
const HELD_BYTES: usize = 64 << 20;

fn main() -> ExitCode {
    let args = Args::parse();
    server::raise_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .enable_all()
        .build();
    let result = runtime.map_err(Error::new).and_then(|runtime| {
        let result = runtime.block_on(async {
            match &args.command {
                Command::Bridge(args) => run_bridge(args).await,
                Command::Proxy(args) => run_proxy(args).await,
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
        result
    });
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(EXIT_ERROR)
    })
}

/// Reads the document.
fn open(args: &DocumentArgs) -> Result<Source, Error> {
    Source::open(&args.file, args.tzdir.as_deref())
}

async fn listen(address: &str) -> Result<TcpListener, Error> {
    let failed = |error| Error::new(format_args!("--listen {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    log::line(format_args!("listening on http://{}", listener.local_addr().map_err(failed)?));
    Ok(listener)
}

/// Becomes true on SIGTERM or SIGINT. SIGHUP reads the document again.
fn signals(reload: Arc<Notify>) -> Result<watch::Receiver<bool>, Error> {
    let of = |kind| signal(kind).map_err(Error::new);
    let (mut terminate, mut interrupt) =
        (of(SignalKind::terminate())?, of(SignalKind::interrupt())?);
    let mut hang_up = of(SignalKind::hangup())?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hang_up.recv() => reload.notify_one(),
            }
        }
        log::line("stopping");
        sender.send_replace(true);
        // Later signals are ignored: stopping takes a bounded time.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}

/// The plan for the first member of a cluster that answers.
async fn dry_run(
    members: &[Client],
    options: &bridge::Options,
    snapshot: &Snapshot,
) -> Result<String, Error> {
    let mut failed = Error::new("there is no Alertmanager");
    for client in members {
        match bridge::dry_run(client, options, snapshot).await {
            Ok(text) => return Ok(text),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

async fn run_bridge(args: &BridgeArgs) -> Result<ExitCode, Error> {
    let source = open(&args.document)?;
    let options = bridge::Options {
        owner: Owner::new(&*args.author, &*args.owner)?,
        horizon: Horizon::new(u64::try_from(args.horizon.as_millis()).unwrap_or(u64::MAX)),
        interval: args.interval,
    };
    let clients = || {
        let client = |endpoint: &_| Client::new(Clone::clone(endpoint), args.document.timeout);
        let members = |members: &args::Members| members.0.iter().map(client).collect::<Vec<_>>();
        args.alertmanager.iter().map(members).collect::<Vec<_>>()
    };
    if args.dry_run {
        let snapshot = source.snapshot();
        for members in clients() {
            let text = dry_run(&members, &options, &snapshot).await?;
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes()).map_err(Error::new)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let listener = listen(&args.listen).await?;
    let reload = Arc::new(Notify::new());
    let stop = signals(reload.clone())?;
    let connections = Arc::<server::Metrics>::default();
    let all = clients();
    let bridge = Arc::new(Bridge::new(options, &all, source.metrics(), connections.clone()));
    let (versions, receiver) = watch::channel(Arc::new(source.snapshot()));
    let mut tasks = Tasks::default();
    for ((position, members), arg) in all.into_iter().enumerate().zip(&args.alertmanager) {
        let run = bridge.clone().run(position, members, receiver.clone(), stop.clone());
        tasks.spawn(format!("bridge to {arg}"), run);
    }
    drop(receiver);
    let watched = tasks.spawn("document", source.watch(versions, reload));
    let service = server::serve(listener, bridge, Bounds::default(), connections, stop.clone());
    tasks.guard(service, &stop).await?;
    watched.abort();
    tasks.join().await;
    Ok(ExitCode::SUCCESS)
}

async fn run_proxy(args: &ProxyArgs) -> Result<ExitCode, Error> {
    let source = open(&args.document)?;
    let listener = listen(&args.listen).await?;
    let reload = Arc::new(Notify::new());
    let stop = signals(reload.clone())?;
    let connections = Arc::<server::Metrics>::default();
    let bounds = Bounds { connections: args.connections, ..Bounds::default() };
    let options = proxy::Options {
        silenced: args.silenced.into(),
        queue_bytes: usize::try_from(args.queue << 20).unwrap_or(usize::MAX),
        held_bytes: HELD_BYTES,
        wait: args.wait,
        bounds,
    };
    let (versions, receiver) = watch::channel(Arc::new(source.snapshot()));
    let client = |endpoint: &_| Client::new(Clone::clone(endpoint), args.document.timeout);
    let clients = args.alertmanager.iter().map(client).collect();
    let proxy =
        Arc::new(Proxy::new(options, receiver, clients, source.metrics(), connections.clone()));
    let mut tasks = Tasks::default();
    let watched = tasks.spawn("document", source.watch(versions, reload));
    let released = tasks.spawn("held alerts", proxy.clone().release());
    // Deliveries end when no request can come any more.
    let (end, ended) = watch::channel(false);
    for (position, endpoint) in args.alertmanager.iter().enumerate() {
        let deliver = proxy.clone().deliver(position, ended.clone());
        tasks.spawn(format!("delivery to {endpoint}"), deliver);
    }
    let service = server::serve(listener, proxy.clone(), bounds, connections, stop.clone());
    let result = tasks.guard(service, &stop).await;
    if let Err(error) = &result {
        log::line(format_args!("error: {error}; stopping"));
    }
    // What waits is delivered, also after an error.
    released.abort();
    watched.abort();
    end.send_replace(true);
    let _ = tokio::time::timeout(args.drain, tasks.join()).await;
    let waiting = proxy.waiting();
    if waiting > 0 {
        log::line(format_args!("{waiting} alerts were not delivered"));
    }
    result?;
    Ok(if waiting > 0 { ExitCode::from(EXIT_WAITING) } else { ExitCode::SUCCESS })
}
