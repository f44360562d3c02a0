//! Bringing a model here that is in no collection.

use std::collections::BTreeMap;

use api::ErrorBody;
use maud::{Markup, html};

use crate::error_page::alert;
use crate::parts::{Field, Kind};
use crate::shell::{Page, Section, Shell};

/// Renders the form; `values` is what was typed, `error` why it was refused.
pub fn import(
    shell: &Shell,
    values: &BTreeMap<String, String>,
    error: Option<&ErrorBody>,
) -> Markup {
    let field = |name, label, placeholder, note| Field {
        value: values.get(name).map_or("", String::as_str),
        placeholder,
        note,
        ..Field::new("import", name, label)
    };
    let source = Field {
        required: true,
        ..field(
            "source",
            "Source",
            "org/model or /path/to/folder",
            Some("A hub id, a model such as curated/bert-base-uncased, or a folder of the server"),
        )
    };
    let name = field("name", "Name in your workspace", "the last part of the source", None);
    let revision = field("revision", "Revision", "main", Some("A branch, a tag or a commit"));
    let token = Field {
        kind: Kind::Secret,
        ..field("token", "Hub token", "", Some("Used once and never stored"))
    };
    let main = html! {
        header.page-head {
            h1 { "Import a model" }
            p {
                "Its files are fetched, checked and kept here. "
                "Only safetensors are taken, and no code of the model is run."
            }
        }
        section.panel.narrow {
            @if let Some(error) = error { (alert(error)) }
            form method="post" action="/import" {
                div.fields {
                    div.wide { (source.render()) }
                    (name.render())
                    (revision.render())
                    (field("hub_url", "Hub", "the server's setting", None).render())
                    (token.render())
                }
                div.form-foot { button.primary type="submit" { "Import" } }
            }
        }
    };
    shell.page(Page { title: "Import", section: Section::Import, query: "", main })
}
