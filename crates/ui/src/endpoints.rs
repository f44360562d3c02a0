//! Endpoints: their deployments, replicas and traffic, and asking one.

use api::{DeploymentView, EndpointView, EndpointsView, ErrorBody, LogLine, ReplicaView};
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::error_page::{alert, sentence};
use crate::icon::{Icon, icon};
use crate::job::log;
use crate::look::task_chip;
use crate::parts::{code, copyable, dot, json as as_json, share_bar, state_badge, table, tabs};
use crate::shell::{Page, Section, Shell};
use crate::{format, link};

/// What a person asked an endpoint, or wanted of it, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct EndpointForms {
    /// The endpoint.
    pub endpoint: String,
    /// The text that it was asked.
    pub input: String,
    /// What it answered.
    pub answer: Option<Value>,
    /// Why it was refused.
    pub error: Option<ErrorBody>,
}

/// Renders every endpoint. `origin` is how this server is reached, for the samples.
pub fn endpoints(
    shell: &Shell,
    view: &EndpointsView,
    forms: &EndpointForms,
    origin: &str,
) -> Markup {
    let main = html! {
        header.page-head { h1 { "Endpoints" } p { "Models that answer requests." } }
        @if view.endpoints.is_empty() { (nothing()) }
        live-region src="/endpoints/live" {
            @for endpoint in &view.endpoints { (block(endpoint, forms, origin)) }
        }
    };
    shell.page(Page { title: "Endpoints", section: Section::Endpoints, query: "", main })
}

/// Renders what the workers of a deployment printed.
pub fn deployment_log(
    shell: &Shell,
    endpoint: &str,
    deployment: &str,
    lines: &[LogLine],
) -> Markup {
    let title = format!("Log of {endpoint}/{deployment}");
    let main = html! {
        nav.crumbs aria-label="Where this is" {
            a href={ "/endpoints#" (endpoint) } { "Endpoints" }
            (icon(Icon::Chevron)) span { (endpoint) } (icon(Icon::Chevron)) span { (deployment) }
        }
        header.page-head { h1 { (title) } }
        live-region src=(link::endpoint(
            endpoint,
            &format!("/deployments/{}/log/live", link::escape(deployment)),
        )) { (log(lines)) }
    };
    shell.page(Page { title: &title, section: Section::Endpoints, query: "", main })
}

fn nothing() -> Markup {
    html! {
        div.empty {
            (icon(Icon::Deploy))
            h2 { "Nothing is deployed" }
            p { "Open a model that is ready here and choose Deploy." }
            p.actions { a.button href="/?collection=workspace" { "Your workspace" } }
        }
    }
}

fn block(endpoint: &EndpointView, forms: &EndpointForms, origin: &str) -> Markup {
    let mine = (forms.endpoint == endpoint.name).then_some(forms);
    html! {
        section.panel.endpoint id=(endpoint.name) aria-labelledby={ "e-" (endpoint.name) } {
            header.endpoint-head {
                h2 id={ "e-" (endpoint.name) } { (endpoint.name) }
                (copyable(&format!("{origin}{}", endpoint.score_url)))
                (removal(
                    &link::endpoint(&endpoint.name, "/delete"),
                    &format!("the endpoint {}", endpoint.name),
                ))
            }
            @if let Some(error) = mine.and_then(|forms| forms.error.as_ref()) { (alert(error)) }
            (deployments(endpoint))
            @if endpoint.deployments.len() > 1 { (traffic(endpoint)) }
            div.endpoint-use {
                (ask(endpoint, mine))
                (samples(endpoint, origin))
            }
        }
    }
}

/// Renders what changes on the page of endpoints: the table of deployments.
pub fn deployments(endpoint: &EndpointView) -> Markup {
    let row = |one: &DeploymentView| {
        vec![
            deployment_name(endpoint, one),
            html! {
                (state_badge(&one.state))
                @if let Some(why) = &one.message { p.reason { (sentence(why)) } }
            },
            html! {
                span.traffic-share { (one.traffic) " %" }
                (share_bar(f64::from(one.traffic) / 100.0))
            },
            html! {
                a href=(link::model(&one.model)) { (one.model) }
                @if let Some(command) = &one.command {
                    p.reason { "served by " code { (command.join(" ")) } }
                }
                @if let Some(parity) = &one.parity { p.reason { (parity.summary) } }
            },
            task_chip(&one.task),
            html! { ul.replicas { @for replica in &one.replicas { (replica_line(replica)) } } },
        ]
    };
    let rows: Vec<_> = endpoint.deployments.iter().map(row).collect();
    let headings = ["Deployment", "State", "Traffic", "Model", "Task", "Workers"];
    html! {
        div id={ "deployments-" (endpoint.name) } {
            (table(&format!("Deployments of {}", endpoint.name), &headings, &rows))
        }
    }
}

fn deployment_name(endpoint: &EndpointView, deployment: &DeploymentView) -> Markup {
    let below = |what: &str| format!("/deployments/{}/{what}", link::escape(&deployment.name));
    html! {
        strong { (deployment.name) } " "
        a href=(link::endpoint(&endpoint.name, &below("log"))) { "Log" }
        (removal(
            &link::endpoint(&endpoint.name, &below("delete")),
            &format!("the deployment {}", deployment.name),
        ))
    }
}

fn replica_line(replica: &ReplicaView) -> Markup {
    html! {
        li {
            (dot(&replica.state))
            @if let Some(pid) = replica.pid { "pid " (pid) " · " }
            (format::count(replica.served)) " answered"
            @if replica.in_flight > 0 { " · " (replica.in_flight) " waiting" }
            @if let Some(memory) = replica.memory_bytes { " · " (format::bytes(memory)) }
            @if replica.restarts > 0 { " · " (replica.restarts) " restarts" }
        }
    }
}

/// Asks once more before something is taken away.
fn removal(path: &str, what: &str) -> Markup {
    html! {
        details.removal id={ "remove-" (path.replace('/', "-")) } {
            summary aria-label={ "Delete " (what) } title="Delete" { (icon(Icon::Trash)) }
            form.confirm method="post" action=(path) {
                p { "Delete " (what) "?" }
                button.danger type="submit" { "Delete" }
            }
        }
    }
}

fn traffic(endpoint: &EndpointView) -> Markup {
    html! {
        details.more {
            summary { "Share the traffic" }
            form.traffic-form method="post" action=(link::endpoint(&endpoint.name, "/traffic")) {
                div.fields {
                    @for one in &endpoint.deployments {
                        @let id = format!("traffic-{}-{}", endpoint.name, one.name);
                        div.field {
                            label for=(id) { (one.name) ", percent" }
                            input id=(id) type="number" name=(one.name) value=(one.traffic)
                                min="0" max="100" required;
                        }
                    }
                }
                div.form-foot {
                    button type="submit" { "Set" }
                    p.note { "The shares add up to 100." }
                }
            }
        }
    }
}

fn ask(endpoint: &EndpointView, mine: Option<&EndpointForms>) -> Markup {
    let id = format!("ask-{}", endpoint.name);
    let typed = mine.map_or("", |forms| forms.input.as_str());
    let answer = mine.and_then(|forms| forms.answer.as_ref());
    let hint = match sample_input(task_of(endpoint)) {
        Value::String(_) => String::new(),
        row => row.to_string(),
    };
    html! {
        live-form id={ "asked-" (endpoint.name) } {
            h3 { "Ask it" }
            form method="post" action=(link::endpoint(&endpoint.name, "/ask")) {
                div.field {
                    label for=(id) { "Input" }
                    textarea id=(id) name="input" rows="3" required placeholder=(hint) { (typed) }
                }
                div.form-foot {
                    button.primary type="submit" { (icon(Icon::Send)) span.label { "Ask" } }
                }
            }
            div aria-live="polite" {
                @if let Some(answer) = answer { (as_json(answer)) }
            }
        }
    }
}

fn task_of(endpoint: &EndpointView) -> &str {
    endpoint.deployments.first().map_or("", |one| one.task.as_str())
}

fn samples(endpoint: &EndpointView, origin: &str) -> Markup {
    let task = task_of(endpoint);
    let mut panels = vec![("curl".to_owned(), code(&scoring(endpoint, task, origin)))];
    panels.extend(
        openai(&endpoint.name, task, origin).map(|text| ("OpenAI".to_owned(), code(&text))),
    );
    let typed = match sample_input(task) {
        Value::String(text) => format!("\"{text}\""),
        row => format!("'[{row}]'"),
    };
    let command = format!("modeldex invoke {} --input {typed}", endpoint.name);
    panels.push(("Command line".to_owned(), code(&command)));
    html! {
        div.endpoint-samples {
            h3 { "Use it" }
            (tabs(&format!("use-{}", endpoint.name), "Ways to ask", &panels))
        }
    }
}

fn sample_input(task: &str) -> Value {
    match task {
        "fill-mask" => json!("the capital of france is [MASK]."),
        "token-classification" => json!("ada lovelace was born in london"),
        "question-answering" => json!({
            "question": "when does it open?", "context": "the library opens at nine" }),
        "zero-shot-classification" => json!({
            "text": "the train leaves at noon", "candidate_labels": ["travel", "cooking"] }),
        "chat-completion" | "text-generation" => json!("how do I sign up"),
        _ => json!("my card is lost"),
    }
}

fn scoring(endpoint: &EndpointView, task: &str, origin: &str) -> String {
    let input = sample_input(task);
    let data = match task {
        "chat-completion" => json!({ "input_string": [{ "role": "user", "content": input }] }),
        _ => json!([input]),
    };
    let body = json!({ "input_data": data });
    format!(
        "curl {origin}{} \\\n  -H 'content-type: application/json' \\\n  -d '{body}'",
        endpoint.score_url
    )
}

fn openai(name: &str, task: &str, origin: &str) -> Option<String> {
    let call = match task {
        "feature-extraction" | "sentence-similarity" => {
            format!("client.embeddings.create(model=\"{name}\", input=[\"my card is lost\"])")
        }
        "chat-completion" => format!(
            "client.chat.completions.create(\n    model=\"{name}\",\n    \
             messages=[{{\"role\": \"user\", \"content\": \"how do I sign up\"}}],\n)"
        ),
        "text-generation" => {
            format!("client.completions.create(model=\"{name}\", prompt=\"how do I sign up\")")
        }
        _ => return None,
    };
    Some(format!(
        "from openai import OpenAI\n\nclient = OpenAI(base_url=\"{origin}/v1\", api_key=\"none\")\n\
         print({call})"
    ))
}
