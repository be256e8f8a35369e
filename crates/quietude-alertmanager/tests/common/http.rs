//! A small HTTP client and server, with threads, for tests.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// A request as it came.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// What a server does.
pub(crate) enum Action {
    /// An answer with a status, further header lines and a body.
    Reply(u16, String, Vec<u8>),
    /// Bytes, and further ones again and again up to a number of times; then the connection is
    /// closed.
    Raw(Vec<u8>, Vec<u8>, usize),
    /// Nothing, for a long time.
    Hang,
    /// The connection is closed.
    Close,
}

/// Reads one message: the head, and the body.
pub(crate) fn read_message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 65_536 || stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// Serves until the process ends. Returns the address.
pub(crate) fn serve(
    address: &str,
    handler: impl Fn(Request) -> Action + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind(address).expect("a free port");
    let bound = listener.local_addr().expect("an address");
    let handler = Arc::new(handler);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let handler = handler.clone();
            thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                while let Some((head, body)) = read_message(&mut stream) {
                    let mut words = head.split(' ').map(str::to_owned);
                    let (method, path) =
                        (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                    match handler(Request { method, path, body }) {
                        Action::Reply(status, headers, body) => {
                            let head = format!(
                                "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\n\r\n",
                                body.len()
                            );
                            let mut message = head.into_bytes();
                            message.extend(body);
                            if stream.write_all(&message).is_err() {
                                return;
                            }
                        }
                        Action::Raw(head, bytes, times) => {
                            let mut parts =
                                std::iter::once(&head).chain((0..times).map(|_| &bytes));
                            let _ = parts.try_for_each(|part| stream.write_all(part));
                            return;
                        }
                        Action::Hang => thread::sleep(Duration::from_secs(60)),
                        Action::Close => return,
                    }
                }
            });
        }
    });
    bound
}

/// Sends bytes and reads until the peer closes or an answer is complete: status and body.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    // The peer may answer and close before it has read everything.
    let _ = stream.write_all(bytes);
    let (head, body) = read_message(&mut stream)?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, String::from_utf8_lossy(&body).into_owned()))
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    exchange(address, format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())
}

pub(crate) fn post(address: SocketAddr, path: &str, body: &[u8]) -> Option<(u16, String)> {
    let mut bytes = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    exchange(address, &bytes)
}
