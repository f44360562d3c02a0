//! A model in a list: a tile of the catalog, or a small one where there is little room.

use api::ModelSummary;
use maud::{Markup, html};

use crate::error_page::coded;
use crate::icon::{Icon, icon};
use crate::look::{license, monogram, task_chips, task_title};
use crate::{format, link};

/// A model in the catalog; the whole tile leads to its card.
pub(crate) struct Tile<'a> {
    /// The model.
    pub model: &'a ModelSummary,
    /// Whether it is a favorite.
    pub favorite: bool,
}

impl Tile<'_> {
    /// Shows the tile; its page needs the form of [`favorite_form`].
    pub fn render(&self) -> Markup {
        let model = self.model;
        let publisher = model.publisher.as_deref();
        html! {
            article.tile {
                div.tile-head {
                    (monogram(publisher, &model.name))
                    div.tile-title {
                        h2 {
                            a href=(link::model(&model.model)) { (model.display_name) }
                        }
                        p.by { span { (publisher.unwrap_or(&model.collection)) } (license(model)) }
                    }
                    (self.star())
                    (pick(model))
                }
                (text(model))
                div.chips { (badge(model)) (task_chips(&model.tasks, 2)) }
                div.tile-foot { (facts(model)) (numbers(model)) }
            }
        }
    }

    fn star(&self) -> Markup {
        let name = if self.favorite { "remove" } else { "add" };
        html! {
            button.star form="favorite" name=(name) value=(self.model.model)
                aria-pressed=(self.favorite) aria-label={ "Favorite " (self.model.display_name) } {}
        }
    }
}

/// The form that the stars of a page belong to; `back` is the page.
pub(crate) fn favorite_form(back: &str) -> Markup {
    html! {
        form #favorite method="post" action="/saved/favorites" {
            input type="hidden" name="back" value=(back);
        }
    }
}

/// A check box that puts the model beside others.
fn pick(model: &ModelSummary) -> Markup {
    html! {
        label.pick {
            input type="checkbox" name="model" value=(model.model) form="compare"
                aria-label={ "Compare " (model.display_name) };
        }
    }
}

/// The form of the picked models; it stays out of sight until one is picked.
pub(crate) fn compare_bar() -> Markup {
    html! {
        compare-bar {
            form #compare .compare-bar action="/compare" aria-label="Compare models" {
                span.compare-list { "Pick two to six models" }
                button.primary type="submit" { (icon(Icon::Compare)) "Compare" }
            }
        }
    }
}

/// What was found where there were words to find, else the summary.
fn text(model: &ModelSummary) -> Markup {
    html! {
        p.summary {
            @if model.snippet.is_empty() { (coded(shortened(&model.summary))) }
            @for part in &model.snippet {
                @if part.hit { mark { (part.text) } } @else { (part.text) }
            }
        }
    }
}

/// Letters of a summary: two lines of a wide tile hold no more, and a page stays small.
const SUMMARY_MAX: usize = 160;

/// Cuts a summary at the end of a word.
fn shortened(text: &str) -> &str {
    let Some((end, _)) = text.char_indices().nth(SUMMARY_MAX) else {
        return text;
    };
    let words = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    text[..words].trim_end()
}

/// The one mark that matters most: there is room for no more.
fn badge(model: &ModelSummary) -> Markup {
    html! {
        @if model.deprecated {
            span.badge.deprecated { "Deprecated" }
        } @else if model.version.is_some() {
            span.badge.here { "Ready here" }
        } @else if model.gated {
            span.badge.gated title="Its source asks you to agree to its terms first" { "Gated" }
        } @else if model.preview {
            span.badge.preview { "Preview" }
        } @else if model.featured {
            span.badge.featured { "Featured" }
        }
    }
}

fn facts(model: &ModelSummary) -> Markup {
    html! {
        @if let Some(parameters) = model.parameters {
            span.params title="Parameters" { (format::compact(parameters)) }
        }
        @if let Some(size) = model.size_bytes { span { (format::bytes(size)) } }
        @match model.fits {
            Some(true) => span.fits title="Fits this machine" { "fits" },
            Some(false) => span.too-large title="Too large for this machine" { "too large" },
            None => {},
        }
    }
}

/// How many use it and like it, as its source counts them.
fn numbers(model: &ModelSummary) -> Markup {
    html! {
        span.numbers {
            @if model.downloads > 0 {
                span.downloads {
                    (format::compact(model.downloads)) span.hidden { " downloads" }
                }
            }
            @if model.likes > 0 {
                span.likes { (format::compact(model.likes)) span.hidden { " likes" } }
            }
        }
    }
}

/// Shows a model as a link with its picture and its first task.
pub(crate) fn mini(model: &ModelSummary) -> Markup {
    html! {
        a.mini href=(link::model(&model.model)) title=(model.model) {
            (monogram(model.publisher.as_deref(), &model.name))
            span {
                strong { (model.display_name) }
                small {
                    @match model.tasks.first() {
                        Some(task) => (task_title(task)),
                        None => (model.collection),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use api::Fragment;
    use serde_json::json;

    use super::*;

    fn model(more: serde_json::Value) -> ModelSummary {
        let mut model = json!({
            "model": "hub/acme/tiny", "collection": "hub", "name": "acme/tiny",
            "display_name": "tiny", "summary": "A `small` one.", "tasks": ["fill-mask"],
            "finetuning_tasks": [], "license": "MIT", "license_family": "permissive",
            "featured": true, "preview": false, "updated_ms": 0,
        });
        model.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(model).unwrap()
    }

    fn tile(model: &ModelSummary) -> String {
        Tile { model, favorite: false }.render().into_string()
    }

    #[test]
    fn a_tile_says_what_counts() {
        let large = json!({ "fits": false, "downloads": 61_400_000, "gated": true });
        let html = tile(&model(large));
        for part in ["too large", "61.4M", "Gated", "hub", "MIT", "<code>small</code>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let plain = tile(&model(json!({})));
        assert!(plain.contains("Featured") && !plain.contains("downloads"), "{plain}");
    }

    #[test]
    fn a_long_summary_ends_with_a_word() {
        assert_eq!(shortened("short"), "short");
        let cut = shortened(&"äöü ".repeat(100)).to_owned();
        assert!(cut.ends_with("äöü") && cut.chars().count() == SUMMARY_MAX - 1, "{cut}");
        assert_eq!(shortened(&"x".repeat(500)).len(), SUMMARY_MAX);
    }

    #[test]
    fn what_was_found_is_marked() {
        let fragment = |text: &str, hit| Fragment { text: text.into(), hit };
        let mut found = model(json!({}));
        found.snippet = vec![fragment("a <b> ", false), fragment("tiny", true)];
        let html = tile(&found);
        assert!(html.contains("a &lt;b&gt; <mark>tiny</mark>"), "{html}");
    }

    #[test]
    fn a_star_does_the_opposite_of_what_is() {
        let model = model(json!({}));
        assert!(tile(&model).contains(r#"name="add" value="hub/acme/tiny" aria-pressed="false""#));
        let marked = Tile { model: &model, favorite: true }.render().into_string();
        assert!(marked.contains(r#"name="remove" value="hub/acme/tiny" aria-pressed="true""#));
    }
}
