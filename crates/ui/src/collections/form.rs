//! Defining a collection.

use maud::{Markup, html};

use super::CollectionForm;
use crate::error_page::alert;
use crate::parts::{Field, choice};

const KINDS: [(&str, &str); 5] = [
    ("assets", "Folder of asset specs"),
    ("query", "Saved query"),
    ("hub", "Hub of the Hugging Face protocol"),
    ("modeldex", "Another Modeldex"),
    ("provider", "Hosted provider"),
];

pub(super) fn define(form: &CollectionForm) -> Markup {
    let field = |name, label, placeholder, note| Field {
        value: form.values.get(name).map_or("", String::as_str),
        placeholder,
        note,
        ..Field::new("define", name, label)
    };
    let name = Field {
        required: true,
        ..field("name", "Name", "our-models", Some("Short: part of every reference to its models"))
    };
    let source = Field {
        required: true,
        ..field(
            "source",
            "Source",
            "/srv/assets, https://hub.example or task=fill-mask",
            Some("A folder of the server, an address, or what stands after ? in a search"),
        )
    };
    let kind = form.values.get("kind").map_or("assets", String::as_str);
    html! {
        details #define .panel.define open[form.error.is_some()] {
            summary { h2 { "Define a collection" } }
            @if let Some(error) = &form.error { (alert(error)) }
            form method="post" action="/collections" {
                div.fields {
                    (name.render())
                    (choice("define", "kind", "Kind", &KINDS, kind))
                    div.wide { (source.render()) }
                    (field("title", "Title", "the name", None).render())
                    (field("description", "Description", "", None).render())
                }
                div.form-foot { button.primary type="submit" { "Define" } }
            }
        }
    }
}
