//! Waits until a command answers, and makes sure that nobody but this machine can ask it.

use std::net::Ipv4Addr;
use std::time::Duration;

use deploy::ProcessPlan;
use domain::{Fault, Kind};
use tokio::net::TcpStream;

/// Between two looks: short enough for a small server, long enough for a large one.
const PERIOD: Duration = Duration::from_millis(100);
/// A server that is busy loading may hold one look so long.
const LOOK_MAX: Duration = Duration::from_secs(5);

/// Waits until the command answers on `port`, as long as its plan allows.
///
/// # Errors
/// Where it does not in time, or can be reached from elsewhere.
pub async fn ready(plan: &ProcessPlan, port: u16) -> Result<(), Fault> {
    let client = reqwest::Client::builder().no_proxy().timeout(LOOK_MAX).build();
    let client = client.map_err(|error| Fault::wrap(Kind::Internal, error))?;
    let url = plan.ready.as_ref().map(|path| format!("http://127.0.0.1:{port}{path}"));
    let mut seen = "nothing answered".to_owned();
    let waiting = async {
        loop {
            let looked = match &url {
                Some(url) => answers(&client, url).await,
                None => connects(port).await,
            };
            match looked {
                Ok(()) => break,
                Err(why) => seen = why,
            }
            tokio::time::sleep(PERIOD).await;
        }
    };
    let seconds = plan.start_timeout_s;
    match tokio::time::timeout(Duration::from_secs(seconds.into()), waiting).await {
        Ok(()) => on_loopback(port),
        Err(_) => {
            let what = url.unwrap_or_else(|| format!("port {port}"));
            let message = format!("the command was not ready in {seconds} s: `{what}`: {seen}");
            Err(Fault::new(Kind::Unavailable, message)
                .hint("what it printed is above; give it more time with `start_timeout_s`"))
        }
    }
}

async fn answers(client: &reqwest::Client, url: &str) -> Result<(), String> {
    match client.get(url).send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("it answered {}", answer.status())),
        Err(error) => Err(Fault::wrap(Kind::Unavailable, error).chain()),
    }
}

async fn connects(port: u16) -> Result<(), String> {
    let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
    connected.map(|_| ()).map_err(|error| error.to_string())
}

/// Refuses a command that listens beyond loopback: who reaches it there needs no token.
fn on_loopback(port: u16) -> Result<(), Fault> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let tables = tables.map(|table| std::fs::read_to_string(table).unwrap_or_default());
    match tables.iter().flat_map(|table| table.lines()).find(|line| is_open(line, port)) {
        None => Ok(()),
        Some(_) => {
            let message = format!("the command listens on port {port} of every address");
            Err(Fault::new(Kind::Denied, message)
                .hint("have it listen on 127.0.0.1, mostly with `--host 127.0.0.1`"))
        }
    }
}

/// Tells whether a line of the system's table is a listener on `port` beyond loopback.
fn is_open(line: &str, port: u16) -> bool {
    const LISTENS: &str = "0A";
    let mut fields = line.split_whitespace().skip(1);
    let (Some(local), Some(state)) = (fields.next(), fields.nth(1)) else { return false };
    let Some((address, local_port)) = local.split_once(':') else { return false };
    // The kernel writes each group of four bytes as one number of this machine.
    let loopback = match address.len() {
        8 => address.ends_with("7F"),
        _ => {
            address == "00000000000000000000000001000000"
                || (address.starts_with("0000000000000000FFFF0000") && address.ends_with("7F"))
        }
    };
    state == LISTENS && u16::from_str_radix(local_port, 16) == Ok(port) && !loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_beyond_loopback_are_found() {
        let check = |local: &str, state: &str, open: bool| {
            let line = format!("  3: {local}:1F90 00000000:0000 {state} 00000000:00000000 00:0");
            assert_eq!(is_open(&line, 8_080), open, "{line}");
            assert!(!is_open(&line, 8_081));
        };
        check("0100007F", "0A", false);
        check("0200007F", "0A", false);
        check("00000000", "0A", true);
        check("0A00000A", "0A", true);
        check("00000000", "01", false);
        check("00000000000000000000000001000000", "0A", false);
        check("0000000000000000FFFF00000100007F", "0A", false);
        check("00000000000000000000000000000000", "0A", true);
        assert!(!is_open("  sl  local_address rem_address   st", 8_080));
    }

    fn plan(ready: Option<&str>) -> ProcessPlan {
        let _ = rustls::crypto::ring::default_provider().install_default();
        ProcessPlan {
            command: Vec::new(),
            protocol: deploy::Protocol::OpenAi,
            ready: ready.map(str::to_owned),
            start_timeout_s: 1,
        }
    }

    #[tokio::test]
    async fn an_open_listener_is_refused() {
        let check = async |address: &str, refused: bool| {
            let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let kind = ready(&plan(None), port).await.map_err(|fault| fault.kind());
            assert_eq!(kind, if refused { Err(Kind::Denied) } else { Ok(()) }, "{address}");
        };
        check("127.0.0.1", false).await;
        check("0.0.0.0", cfg!(target_os = "linux")).await;
    }

    #[tokio::test]
    async fn what_does_not_answer_is_not_ready() {
        let port = super::super::free_port().await.unwrap();
        let message = ready(&plan(Some("/health")), port).await.unwrap_err().chain();
        assert!(message.starts_with("the command was not ready in 1 s: `http://127"), "{message}");
        assert!(message.contains("onnect"), "{message}");
    }
}
