//! Labelled fields of forms.

use maud::{Markup, html};

/// What is typed into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Secret,
    Whole,
    Decimal,
}

/// One labelled field.
pub(crate) struct Field<'a> {
    /// The form, which makes the id unique on its page.
    pub form: &'a str,
    pub name: &'a str,
    pub label: &'a str,
    pub kind: Kind,
    pub value: &'a str,
    pub placeholder: &'a str,
    pub note: Option<&'a str>,
    pub required: bool,
}

impl<'a> Field<'a> {
    /// Makes an optional text field.
    pub fn new(form: &'a str, name: &'a str, label: &'a str) -> Self {
        Self {
            form,
            name,
            label,
            kind: Kind::Text,
            value: "",
            placeholder: "",
            note: None,
            required: false,
        }
    }

    /// Renders the label, the field and what there is to say about it.
    pub fn render(&self) -> Markup {
        let id = format!("{}-{}", self.form, self.name);
        let (kind, step) = match self.kind {
            Kind::Text => ("text", None),
            Kind::Secret => ("password", None),
            Kind::Whole => ("number", Some("1")),
            Kind::Decimal => ("number", Some("any")),
        };
        let note = self.note.map(|_| format!("{id}-note"));
        html! {
            div.field {
                label for=(id) {
                    (self.label)
                    @if !self.required { span.optional { "optional" } }
                }
                input id=(id) type=(kind) name=(self.name) value=(self.value)
                    placeholder=(self.placeholder) required[self.required] step=[step]
                    autocomplete="off" spellcheck="false" aria-describedby=[note.as_deref()];
                @if let (Some(text), Some(note)) = (self.note, &note) {
                    p.note id=(note) { (text) }
                }
            }
        }
    }
}

/// A field that takes a data file; a script offers its columns to the fields `columns`.
pub(crate) fn file_field(form: &str, name: &str, label: &str, required: bool) -> Markup {
    let id = format!("{form}-{name}");
    let note = format!("{id}-note");
    html! {
        div.field.wide {
            label for=(id) {
                (label)
                @if !required { span.optional { "optional" } }
            }
            input.file id=(id) type="file" name=(name) required[required]
                accept=".csv,.tsv,.jsonl,.json" aria-describedby=(note);
            p.note id=(note) { "CSV, TSV, JSONL or JSON" }
        }
    }
}

/// A choice among a few values.
pub(crate) fn choice(
    form: &str,
    name: &str,
    label: &str,
    options: &[(&str, &str)],
    value: &str,
) -> Markup {
    let id = format!("{form}-{name}");
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                @for (option, title) in options {
                    option value=(option) selected[*option == value] { (title) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_its_label_and_its_note() {
        let note = Some("of the table");
        let field = Field { note, value: "<b>", ..Field::new("teach", "text", "Text column") };
        let html = field.render().into_string();
        for part in [
            r#"<label for="teach-text">"#,
            r#"id="teach-text""#,
            r#"aria-describedby="teach-text-note""#,
            "&lt;b&gt;",
            "optional",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let required = Field { required: true, ..Field::new("a", "b", "c") }.render().into_string();
        assert!(!required.contains("optional") && required.contains(" required"), "{required}");
    }
}
