//! `modeldex deploy --runtime process`: the command as it is typed.

use api::ProcessRequest;
use domain::{Fault, Kind};

use crate::args::{Process, Runtime};

/// Makes the request of a command, or of none.
///
/// # Errors
/// Where options and runtime do not fit, or a quote has no end.
pub fn request(runtime: Runtime, typed: Process) -> Result<Option<ProcessRequest>, Fault> {
    let Process { template, command, protocol, ready, start_timeout_s } = typed;
    let said = [template.is_some(), command.is_some(), protocol.is_some(), ready.is_some()];
    let says_nothing = !said.contains(&true) && start_timeout_s.is_none();
    match runtime {
        Runtime::Native if says_nothing => Ok(None),
        Runtime::Native => {
            Err(Fault::new(Kind::Invalid, "options of a command were given, but no command runs")
                .hint("add `--runtime process`"))
        }
        Runtime::Process => {
            let command = command.as_deref().map(words).transpose()?.unwrap_or_default();
            Ok(Some(ProcessRequest { template, command, protocol, ready, start_timeout_s }))
        }
    }
}

/// Splits a command at blanks, as a shell does: quotes hold blanks together, and outside of
/// single quotes a backslash takes the next character as it is. Nothing else means anything.
fn words(text: &str) -> Result<Vec<String>, Fault> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, blank) if blank.is_whitespace() => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), close) if open == close => quote = None,
            (None | Some('"'), '\\') => {
                word.get_or_insert_default().extend(characters.next());
            }
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    match quote {
        None => Ok(words),
        Some(quote) => {
            Err(Fault::new(Kind::Invalid, format!("a {quote} of `--command` has no end")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_without_a_shell() {
        let check = |text: &str, expected: &[&str]| assert_eq!(words(text).unwrap(), expected);
        check("", &[]);
        check("  serve --port  {port}\n", &["serve", "--port", "{port}"]);
        check("a 'b c' \"d 'e'\" f'g 'h", &["a", "b c", "d 'e'", "fg h"]);
        check("a '' \\\"b\\ c", &["a", "", "\"b c"]);
        check("x '{\"a\": 1}' '\\n'", &["x", "{\"a\": 1}", "\\n"]);
        check("a;b $HOME | c > d", &["a;b", "$HOME", "|", "c", ">", "d"]);
        assert!(words("a 'b").unwrap_err().message().contains("has no end"));
    }

    #[test]
    fn options_of_a_command_want_a_command() {
        let nothing = Process {
            template: None,
            command: None,
            protocol: None,
            ready: None,
            start_timeout_s: None,
        };
        let some = Process { template: Some("vllm".into()), ..nothing.clone() };
        assert!(request(Runtime::Native, nothing.clone()).unwrap().is_none());
        assert!(request(Runtime::Native, some.clone()).is_err());
        assert_eq!(request(Runtime::Process, nothing).unwrap().unwrap().command.len(), 0);
        let made = request(Runtime::Process, some).unwrap().unwrap();
        assert_eq!(made.template.as_deref(), Some("vllm"));
    }
}
