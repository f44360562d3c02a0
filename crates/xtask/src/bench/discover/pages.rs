//! Whole pages from the server that people run, over connections that stay open.

mod fill;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use discover::Query;
use testkit::catalog::Listings;
use url::form_urlencoded::Serializer;

use super::Discover;
use super::ask::Ask;
use super::questions::{Questions, Row};
use crate::bench::latency::Latency;
use crate::bench::server::Server;

/// The rows whose questions make the mix, by the beginning of their title.
const MIX: [&str; 5] =
    ["two filters", "one filter, up to", "no filter", "one to three words, one", "a word with"];
/// Clients at once.
const CLIENTS: [usize; 2] = [1, 32];
/// A page that takes longer than this means that the server hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// What asking for pages came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// Which pages.
    pub what: String,
    /// Clients at once.
    pub clients: usize,
    /// Pages in a second.
    pub per_second: f64,
    /// Bytes of a page, on average.
    pub bytes_each: f64,
    /// From the request's first byte to the page's last.
    pub latency: Latency,
}

/// What the server came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Pages {
    /// Seconds until it answered for the first time, when it makes its index of the catalog.
    pub first_start: Option<f64>,
    /// Seconds until it answered when the snapshot was there.
    pub start: f64,
    /// Its pages.
    pub served: Vec<Served>,
}

/// Fills a data directory, starts the server on it, and asks for pages.
///
/// # Errors
/// Where the server does not start, or a page is refused.
pub fn measure(options: &Discover, data_dir: &Path) -> Result<Pages, String> {
    let listings = Listings::new(options.records, options.seed);
    let mut first_start = None;
    if !(options.reuse && data_dir.exists()) {
        eprintln!("filling a catalog with {} models", options.records);
        fill::fill(&listings, data_dir)?;
        let began = Instant::now();
        Server::start(data_dir)?.stop()?;
        first_start = Some(began.elapsed().as_secs_f64());
    }
    let began = Instant::now();
    let server = Server::start(data_dir)?;
    let start = began.elapsed().as_secs_f64();
    let rows = Questions::new(&listings, options.queries, options.seed).rows();
    let served = ask_all(server.address(), &rows)?;
    server.stop()?;
    Ok(Pages { first_start, start, served })
}

/// Asks for the pages of each row, and then of all in turn with one and with many clients.
fn ask_all(address: &str, rows: &[Row]) -> Result<Vec<Served>, String> {
    let mut served = Vec::new();
    let mut mix = Vec::new();
    for begin in MIX {
        let row = rows.iter().find(|row| row.title.starts_with(begin));
        let Some(row) = row else { continue };
        let paths: Vec<String> = row.asks.iter().filter_map(path).collect();
        eprintln!("{} pages: {}", paths.len(), row.title);
        served.push(ask(address, &paths, 1, &row.title)?);
        mix.push(paths);
    }
    // One of each in turn, so that every stretch of the mix is alike.
    let longest = mix.iter().map(Vec::len).max().unwrap_or_default();
    let mix: Vec<String> = (0..longest)
        .flat_map(|at| mix.iter().filter_map(move |row| row.get(at).cloned()))
        .collect();
    for clients in CLIENTS {
        eprintln!("{} pages for {clients} clients", mix.len());
        served.push(ask(address, &mix, clients, "all of these in turn")?);
    }
    Ok(served)
}

/// Asks for every path once; clients take the next that nobody has taken.
fn ask(address: &str, paths: &[String], clients: usize, what: &str) -> Result<Served, String> {
    let next = AtomicUsize::new(0);
    let client = || -> Result<(Vec<Duration>, usize), String> {
        let mut connection = Connection::open(address)?;
        let (mut durations, mut bytes) = (Vec::new(), 0);
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let began = Instant::now();
            bytes += connection.get(path)?;
            durations.push(began.elapsed());
        }
        Ok((durations, bytes))
    };
    let began = Instant::now();
    let found: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err("a client died".to_owned()))
        };
        threads.into_iter().map(join).collect::<Result<_, String>>()
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let bytes: usize = found.iter().map(|(_, bytes)| bytes).sum();
    let durations: Vec<Duration> = found.into_iter().flat_map(|(durations, _)| durations).collect();
    let pages = durations.len() as f64;
    let latency = Latency::of(durations, false).ok_or("there is no page to ask for")?;
    let (per_second, bytes_each) = (pages / seconds, bytes as f64 / pages);
    Ok(Served { what: what.to_owned(), clients, per_second, bytes_each, latency })
}

/// Writes the address of a page as a browser asks for it.
fn path(ask: &Ask) -> Option<String> {
    let (Ask::Search(query) | Ask::Typo(query)) = ask else { return None };
    let Query { text, filters, sort, offset, .. } = query;
    let mut pairs = Serializer::new(String::new());
    if !text.is_empty() {
        pairs.append_pair("q", text);
    }
    for (facet, values) in filters {
        pairs.extend_pairs(values.iter().map(|value| (facet.as_str(), value)));
    }
    if *sort != discover::Sort::default() {
        pairs.append_pair("sort", sort.as_str());
    }
    if *offset > 0 {
        pairs.append_pair("offset", &offset.to_string());
    }
    Some(format!("/?{}", pairs.finish()))
}

/// A connection that stays open.
struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).and_then(|stream| {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(BufReader::with_capacity(1 << 16, stream))
        });
        let stream = stream.map_err(|error| format!("cannot connect to `{address}`: {error}"))?;
        Ok(Self { address: address.to_owned(), stream })
    }

    /// Gets a page and returns its size.
    fn get(&mut self, path: &str) -> Result<usize, String> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        let sent = self.stream.get_mut().write_all(request.as_bytes());
        let answer = sent.and_then(|()| read_answer(&mut self.stream));
        match answer.map_err(|error| format!("cannot get `{path}`: {error}"))? {
            (200, bytes) => Ok(bytes),
            (status, _) => Err(format!("`{path}` was answered with {status}")),
        }
    }
}

/// Reads an answer to its end and returns its status and the size of its body.
fn read_answer(stream: &mut impl BufRead) -> std::io::Result<(u16, usize)> {
    let status = line(stream)?;
    let status = status.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line(stream)?.to_ascii_lowercase();
        match header.split_once(':') {
            None => break,
            Some(("content-length", value)) => length = value.trim().parse().unwrap_or(0),
            Some(("transfer-encoding", value)) => chunked = value.trim() == "chunked",
            Some(_) => {}
        }
    }
    if !chunked {
        skip(stream, length)?;
        return Ok((status, length));
    }
    let mut bytes = 0;
    loop {
        let size = usize::from_str_radix(&line(stream)?, 16).map_err(std::io::Error::other)?;
        skip(stream, size)?;
        line(stream)?;
        bytes += size;
        if size == 0 {
            return Ok((status, bytes));
        }
    }
}

fn line(stream: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line)? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}

fn skip(stream: &mut impl BufRead, length: usize) -> std::io::Result<()> {
    std::io::copy(&mut stream.take(length as u64), &mut std::io::sink()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_either_length_are_read_to_their_end() {
        let check = |text: &str, expected: (u16, usize)| {
            let mut stream = text.as_bytes();
            assert_eq!(read_answer(&mut stream).unwrap(), expected);
            assert_eq!(stream, b"next");
        };
        check("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodynext", (200, 4));
        let chunks = "4\r\nbody\r\na\r\n0123456789\r\n0\r\n\r\n";
        check(
            &format!("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n{chunks}next"),
            (404, 14),
        );
        assert!(read_answer(&mut "HTTP/1.1 200 OK\r\n".as_bytes()).is_err());
    }

    #[test]
    fn a_question_becomes_the_address_of_its_page() {
        let filters = [(discover::FacetName::License, vec!["MIT".to_owned(), "c c".to_owned()])];
        let query = Query {
            text: "tiny bert".to_owned(),
            filters: filters.into_iter().collect(),
            sort: discover::Sort::Likes,
            offset: 24,
            ..Query::default()
        };
        let expected = "/?q=tiny+bert&license=MIT&license=c+c&sort=likes&offset=24";
        assert_eq!(path(&Ask::Search(query)).as_deref(), Some(expected));
        assert_eq!(path(&Ask::Prefix("a".into())), None);
    }
}
