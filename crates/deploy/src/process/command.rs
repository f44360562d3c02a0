//! The arguments of a command and the placeholders in them. No shell ever reads them.

use crate::Error;

/// Most arguments: a command that needs more has a file for them.
const ARGUMENTS_MAX: usize = 256;
/// Most bytes of one.
const ARGUMENT_MAX: usize = 4_096;
const PLACEHOLDERS: [&str; 4] = ["port", "model", "name", "threads"];

/// What stands in the place of placeholders.
#[derive(Clone, Debug)]
pub struct Filling {
    /// Where the command has to answer.
    pub port: u16,
    /// The model's folder, or its file where it is one.
    pub model: String,
    /// The name under which it is asked: the endpoint's.
    pub name: String,
    /// Threads of the machine.
    pub threads: usize,
}

impl Filling {
    /// Fills one argument.
    pub fn fill(&self, argument: &str) -> String {
        replace(argument, |word| match word {
            "port" => Some(self.port.to_string()),
            "model" => Some(self.model.clone()),
            "name" => Some(self.name.clone()),
            "threads" => Some(self.threads.to_string()),
            _ => None,
        })
    }
}

/// Checks that a command can be started and will know its port.
///
/// # Errors
/// Where it has no program or no `{port}`, is too long, or has a placeholder that is none.
pub fn check(command: &[String]) -> Result<(), Error> {
    let wrong = |why: String| Err(Error::Command { why });
    let Some(program) = command.first().filter(|program| !program.is_empty()) else {
        return wrong("there is none: give one, or a template".to_owned());
    };
    if program.contains('{') {
        return wrong(format!("the program is `{program}`: placeholders are for its arguments"));
    }
    if command.len() > ARGUMENTS_MAX {
        return wrong(format!("{} arguments are more than {ARGUMENTS_MAX}", command.len()));
    }
    for argument in command {
        if argument.len() > ARGUMENT_MAX {
            return wrong(format!("an argument is longer than {ARGUMENT_MAX} bytes"));
        }
        if argument.contains('\0') {
            return wrong("an argument has a zero byte".to_owned());
        }
    }
    let words: Vec<String> = command.iter().flat_map(|argument| placeholders(argument)).collect();
    let known = || PLACEHOLDERS.map(|word| format!("`{{{word}}}`")).join(", ");
    if let Some(word) = words.iter().find(|word| !PLACEHOLDERS.contains(&word.as_str())) {
        return wrong(format!("`{{{word}}}` is none of {}", known()));
    }
    if !words.iter().any(|word| word == "port") {
        return wrong("it has no `{port}`, where it is to answer".to_owned());
    }
    Ok(())
}

fn placeholders(argument: &str) -> Vec<String> {
    let mut words = Vec::new();
    replace(argument, |word| {
        words.push(word.to_owned());
        None
    });
    words
}

/// Puts other text in the place of each `{word}`; braces around anything else are text.
fn replace(argument: &str, mut filling: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = argument;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let word = after.split_once('}').filter(|(word, _)| is_word(word));
        rest = match word.and_then(|(word, after)| Some((filling(word)?, after))) {
            Some((text, after)) => {
                out.push_str(&text);
                after
            }
            None => {
                out.push('{');
                after
            }
        };
    }
    out + rest
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
