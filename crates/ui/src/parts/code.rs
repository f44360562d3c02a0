//! Code to copy, and tabs that need no script: radio buttons that show one panel each.

use maud::{Markup, html};
use serde_json::Value;

/// Shows code with a button that copies it.
pub(crate) fn code(text: &str) -> Markup {
    html! { copy-text.code { pre tabindex="0" { code { (text) } } } }
}

/// Shows a short text, such as a name, with a button that copies it.
pub(crate) fn copyable(text: &str) -> Markup {
    html! { copy-text.inline { code { (text) } } }
}

/// Shows a value as indented JSON.
pub(crate) fn json(value: &Value) -> Markup {
    code(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// The stylesheet knows this many tabs.
const TABS_MAX: usize = 8;

/// Shows one of several panels; `group` names the choice on its page.
pub(crate) fn tabs(group: &str, label: &str, panels: &[(String, Markup)]) -> Markup {
    html! {
        div.tabs role="group" aria-label=(label) {
            @for (at, (title, _)) in panels.iter().take(TABS_MAX).enumerate() {
                @let id = format!("{group}-{at}");
                input id=(id) type="radio" name=(group) checked[at == 0];
                label for=(id) { (title) }
            }
            @for (_, panel) in panels.iter().take(TABS_MAX) { div.tab-panel { (panel) } }
        }
    }
}
