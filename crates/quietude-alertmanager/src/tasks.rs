//! Tasks that go on as long as the service does.
//!
//! A task that panics, or returns while the service runs, ends the process with an error, so
//! that what started the process starts it again. Without that, a process could answer its
//! health endpoint and do nothing.

use std::collections::HashMap;
use std::future::Future;

use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinSet};

use crate::Error;

/// Some tasks with their names. They are aborted when this is dropped.
#[derive(Debug, Default)]
pub struct Tasks {
    set: JoinSet<()>,
    names: HashMap<Id, String>,
}

impl Tasks {
    /// Starts a task. The name is what it does, for a message.
    pub fn spawn(
        &mut self,
        name: impl Into<String>,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> AbortHandle {
        let handle = self.set.spawn(task);
        self.names.insert(handle.id(), name.into());
        handle
    }

    /// Runs a service until it ends, or until a task ends although `stop` is not true. The
    /// service is dropped then.
    ///
    /// # Errors
    ///
    /// The name of the task that ended, and whether it panicked.
    pub async fn guard(
        &mut self,
        service: impl Future<Output = ()>,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Error> {
        let mut service = std::pin::pin!(service);
        loop {
            let joined = tokio::select! {
                () = service.as_mut() => return Ok(()),
                Some(joined) = self.set.join_next_with_id(), if !self.set.is_empty() => joined,
            };
            let (id, how) = match joined {
                Ok((id, ())) => (id, "ended"),
                Err(error) if error.is_panic() => (error.id(), "panicked"),
                Err(error) => (error.id(), "was aborted"),
            };
            let name = self.names.remove(&id).unwrap_or_default();
            if !*stop.borrow() {
                return Err(Error::new(format_args!("the task {name:?} {how}")));
            }
        }
    }

    /// Waits until all tasks have ended.
    pub async fn join(&mut self) {
        while self.set.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;

    use hyper::body::Incoming;
    use hyper::{Request, StatusCode};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::server::{self, Bounds, Handler, Progress, Reply, reply};

    async fn guarded(task: impl Future<Output = ()> + Send + 'static, is_stopping: bool) -> String {
        let (_sender, stop) = watch::channel(is_stopping);
        let mut tasks = Tasks::default();
        tasks.spawn("first", task);
        tasks.spawn("second", pending());
        let service = tokio::time::sleep(std::time::Duration::from_millis(200));
        match tasks.guard(service, &stop).await {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn guard_task_that_ends_or_panics_is_an_error_unless_stopping() {
        assert_eq!(guarded(async { panic!("a bug") }, false).await, "the task \"first\" panicked");
        assert_eq!(guarded(async {}, false).await, "the task \"first\" ended");
        assert_eq!(guarded(pending(), false).await, "ok");
        assert_eq!(guarded(async {}, true).await, "ok");
        assert_eq!(guarded(async { panic!("a bug") }, true).await, "ok");
    }

    struct Healthy;

    impl Handler for Healthy {
        async fn handle(&self, request: Request<Incoming>, _: &Progress) -> Reply {
            server::status(&request, |_| {}, Vec::new)
                .unwrap_or_else(|| reply(StatusCode::NOT_FOUND, ""))
        }
    }

    #[tokio::test]
    async fn guard_health_endpoint_is_closed_after_a_panic() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_sender, stop) = watch::channel(false);
        let mut tasks = Tasks::default();
        // The task panics when the first client has connected.
        tasks.spawn("panics", async move {
            drop(TcpStream::connect(address).await);
            panic!("a bug");
        });
        let service = server::serve(
            listener,
            Arc::new(Healthy),
            Bounds::default(),
            Arc::default(),
            stop.clone(),
        );
        assert!(tasks.guard(service, &stop).await.is_err());
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens");
    }
}
