//! HTTP as clients of all kinds speak it: whole requests, parts of them, answers bit by bit.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// An answer of which nothing comes for so long means that the server hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection, which may stay open for the next request.
pub struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

/// The beginning of an answer.
pub struct Head {
    /// The status.
    pub status: u16,
    /// Whether it says when to ask again.
    pub retry_after: bool,
    rest: Rest,
}

/// What of a body is still to come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rest {
    Length(u64),
    Chunk(u64),
    /// The next line tells the size of a chunk.
    NextChunk,
    Nothing,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { address: address.to_owned(), stream: BufReader::new(stream) })
    }

    /// Sends a request, or the first `share` of its bytes.
    ///
    /// # Errors
    /// Where the server has closed the connection.
    pub fn send(&mut self, method: &str, path: &str, body: &str, share: f64) -> io::Result<()> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let sent = (request.len() as f64 * share) as usize;
        self.stream.get_mut().write_all(&request.as_bytes()[..sent])
    }

    /// Reads the beginning of an answer.
    ///
    /// # Errors
    /// Where it ends too early.
    pub fn head(&mut self) -> io::Result<Head> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let mut head = Head { status, retry_after: false, rest: Rest::Length(0) };
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(": ") {
                None => return Ok(head),
                Some(("content-length", value)) => {
                    head.rest = Rest::Length(value.parse().map_err(io::Error::other)?);
                }
                Some(("transfer-encoding", "chunked")) => head.rest = Rest::NextChunk,
                Some(("retry-after", _)) => head.retry_after = true,
                Some(_) => {}
            }
        }
    }

    /// Returns the next bytes of a body, at most `most`; none at its end.
    ///
    /// # Errors
    /// Where it ends too early.
    pub fn read(&mut self, head: &mut Head, most: usize) -> io::Result<Vec<u8>> {
        loop {
            match head.rest {
                Rest::Nothing | Rest::Length(0) => return Ok(Vec::new()),
                Rest::Length(left) => {
                    let bytes = self.some(left.min(most as u64))?;
                    head.rest = Rest::Length(left - bytes.len() as u64);
                    return Ok(bytes);
                }
                Rest::NextChunk => {
                    let size = u64::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
                    head.rest = if size == 0 { Rest::Nothing } else { Rest::Chunk(size) };
                    if size == 0 {
                        self.line()?;
                    }
                }
                Rest::Chunk(left) => {
                    let bytes = self.some(left.min(most as u64))?;
                    head.rest = Rest::Chunk(left - bytes.len() as u64);
                    if head.rest == Rest::Chunk(0) {
                        self.line()?;
                        head.rest = Rest::NextChunk;
                    }
                    return Ok(bytes);
                }
            }
        }
    }

    fn some(&mut self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; most as usize];
        match self.stream.read(&mut bytes)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                bytes.truncate(count);
                Ok(bytes)
            }
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

/// Asks the server for something and reads the JSON that it answers.
///
/// # Errors
/// Where it does not answer, or refuses.
pub fn call(address: &str, method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let exchange = || -> io::Result<(u16, Vec<u8>)> {
        let mut connection = Connection::open(address)?;
        connection.send(method, path, &body, 1.0)?;
        let mut head = connection.head()?;
        let mut answer = Vec::new();
        loop {
            let bytes = connection.read(&mut head, 1 << 16)?;
            if bytes.is_empty() {
                return Ok((head.status, answer));
            }
            answer.extend(bytes);
        }
    };
    let (status, answer) = exchange().map_err(|error| format!("cannot ask `{path}`: {error}"))?;
    let answer = String::from_utf8_lossy(&answer);
    match serde_json::from_str(&answer) {
        Ok(value) if (200..300).contains(&status) => Ok(value),
        _ => Err(format!("`{path}` was answered with {status}: {answer}")),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn answers_are_read_bit_by_bit_to_their_end() {
        let check = |answer: &'static str, status: u16, expected: &str| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap().to_string();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 64]).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            });
            let mut connection = Connection::open(&address).unwrap();
            connection.send("GET", "/", "", 1.0).unwrap();
            let mut head = connection.head().unwrap();
            let mut body = Vec::new();
            loop {
                let bytes = connection.read(&mut head, 3).unwrap();
                if bytes.is_empty() {
                    break;
                }
                body.extend(bytes);
            }
            assert_eq!((head.status, String::from_utf8(body).unwrap()), (status, expected.into()));
            server.join().unwrap();
        };
        check("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", 200, "body");
        let chunks = "HTTP/1.1 429 Busy\r\nTransfer-Encoding: chunked\r\nRetry-After: 1\r\n\r\n\
                      4\r\nbody\r\n1\r\n!\r\n0\r\n\r\n";
        check(chunks, 429, "body!");
    }
}
