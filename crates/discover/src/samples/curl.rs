//! Samples for a shell with curl.

use domain::Capability;

use super::body::{self, Field, Request};
use super::quote::{self, document, inside_quotes, shell};
use super::table::{self, ANSWERS, FILE};
use super::{Example, Subject};

pub(super) fn write(example: &Example<'_>, capability: Capability) -> String {
    let start = body::of(example, capability);
    match capability {
        Capability::Try => once(example.subject, &start),
        Capability::Online => {
            let score = post(&body::score(example));
            let path = format!("/api/v1/endpoints/{}", example.endpoint());
            let delete = format!("api {path} -X DELETE  # leave this out to keep it");
            format!("{}{}\n{score}\n{delete}", function(example.subject), post(&start))
        }
        _ => {
            let data = table::lines(example, capability);
            let job = job(&start, data.as_deref());
            let fetch = if capability == Capability::Batch { FETCH } else { "" };
            format!("{}{job}{}", function(example.subject), fetch.replace("ANSWERS", ANSWERS))
        }
    }
}

/// Shows a token, where the server wants one.
pub(super) fn token(subject: &Subject<'_>) -> &'static str {
    match subject.secured {
        true => " -H \"Authorization: Bearer $MODELDEX_TOKEN\"",
        false => "",
    }
}

const JSON: &str = "-H 'Content-Type: application/json'";

/// Writes one request.
fn once(subject: &Subject<'_>, request: &Request) -> String {
    let url = shell(&format!("{}{}", subject.server, request.path));
    let token = token(subject);
    format!(
        "curl -sS --fail-with-body{token} {url} \\\n    {JSON} \\\n    -d '{}'",
        json(&request.fields, 8)
    )
}

/// Writes a function for scripts of several requests: its first argument is the path.
fn function(subject: &Subject<'_>) -> String {
    let (server, token) = (shell(subject.server), token(subject));
    let line = if token.is_empty() { "" } else { " \\\n       " };
    format!(
        "SERVER={server}\n\
         api() {{\n    curl -sS --fail-with-body {JSON}{line}{token} \"$SERVER$@\"\n}}\n\n"
    )
}

fn post(request: &Request) -> String {
    let call = format!("api {} -d '", request.path);
    format!("{call}{}'", json(&request.fields, call.len()))
}

fn json(fields: &[(&str, Field)], before: usize) -> String {
    let field = |(name, field): &(&str, Field)| {
        let value = match field {
            Field::Known(value) => inside_quotes(&quote::inline(value)),
            // The quotes of the text are left and entered again.
            Field::Data => "'\"$DATA\"'".to_owned(),
        };
        format!("\"{name}\": {value}")
    };
    quote::braces(&fields.iter().map(field).collect::<Vec<_>>(), before)
}

/// Sends the data where there is some, starts a job, waits until its events end, and shows what
/// it made.
fn job(start: &Request, data: Option<&[String]>) -> String {
    let upload = data.map(|lines| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let document = document(&text);
        format!("cat > {FILE} {document}\nDATA=$(api /api/v1/files/{FILE} -T {FILE})\n")
    });
    format!("{}JOB=$({} |\n{WAIT}", upload.unwrap_or_default(), post(start))
}

const WAIT: &str = r#"    tee /dev/stderr | sed 's/{"id":"\([^"]*\)".*/\1/')
api "/api/v1/jobs/$JOB/events" -o /dev/null  # ends with the job
RESULT=$(api "/api/v1/jobs/$JOB")
printf '\n%s\n' "$RESULT"
printf %s "$RESULT" | grep -q '"state":"succeeded"'"#;

/// Fetches the output of a job.
const FETCH: &str = r#"
DIGEST=$(printf %s "$RESULT" | sed 's/.*"output":{"digest":"\([0-9a-f]*\)".*/\1/')
api "/api/v1/files/$DIGEST" -o ANSWERS && cat ANSWERS"#;
