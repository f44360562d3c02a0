//! How tasks and publishers look: one color and one icon for each kind of task.

use std::str::FromStr;

use api::ModelSummary;
use domain::Task;
use maud::{Markup, html};

use crate::icon::{Icon, icon};

/// What sort of data a task is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matter {
    Text,
    Writing,
    Vectors,
    Pictures,
    Sound,
    Tables,
    Science,
}

impl Matter {
    fn of(task: Task) -> Self {
        match task {
            Task::TextGeneration | Task::ChatCompletion => Self::Writing,
            Task::Summarization | Task::Translation => Self::Writing,
            Task::FeatureExtraction | Task::SentenceSimilarity | Task::TextRanking => Self::Vectors,
            Task::ImageFeatureExtraction => Self::Vectors,
            Task::AutomaticSpeechRecognition => Self::Sound,
            Task::TabularClassification | Task::TabularRegression => Self::Tables,
            Task::TimeSeriesForecasting => Self::Tables,
            Task::MaterialsDesign | Task::ProteinDesign => Self::Science,
            Task::EnvironmentalForecasting => Self::Science,
            Task::TextClassification | Task::TokenClassification => Self::Text,
            Task::QuestionAnswering | Task::FillMask | Task::ZeroShotClassification => Self::Text,
            _ => Self::Pictures,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Writing => "writing",
            Self::Vectors => "vectors",
            Self::Pictures => "pictures",
            Self::Sound => "sound",
            Self::Tables => "tables",
            Self::Science => "science",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Text => Icon::Text,
            Self::Writing => Icon::Chat,
            Self::Vectors => Icon::Vector,
            Self::Pictures => Icon::Picture,
            Self::Sound => Icon::Sound,
            Self::Tables => Icon::Table,
            Self::Science => Icon::Science,
        }
    }
}

/// Returns a task's name for people; a word that is no task is shown as it is.
pub(crate) fn task_title(tag: &str) -> &str {
    Task::from_str(tag).map_or(tag, |task| task.title())
}

/// Shows a task as a colored chip.
pub(crate) fn task_chip(tag: &str) -> Markup {
    let matter = Task::from_str(tag).ok().map(Matter::of);
    let class = matter.map_or("", Matter::class);
    html! {
        span.chip.task.(class) {
            @if let Some(matter) = matter { (icon(matter.icon())) }
            (task_title(tag))
        }
    }
}

/// Shows the first tasks of a model, and how many more there are.
pub(crate) fn task_chips(tasks: &[String], shown_max: usize) -> Markup {
    let hidden = tasks.len().saturating_sub(shown_max);
    html! {
        @for task in tasks.iter().take(shown_max) { (task_chip(task)) }
        @if hidden > 0 { span.chip.plain { "+" (hidden) } }
    }
}

/// Shows a license in the color of its family; what is not permissive says so in words too.
pub(crate) fn license(model: &ModelSummary) -> Markup {
    let family = &*model.license_family;
    html! {
        span.license.(family) title={ (model.license) ", " (family) } {
            (model.license)
            @if family != "permissive" && !family.is_empty() { " · " (family) }
        }
    }
}

/// Shows the publisher's initial in a color of its own.
pub(crate) fn monogram(publisher: Option<&str>, name: &str) -> Markup {
    let who = publisher.unwrap_or(name);
    let initial = who.chars().find(|letter| letter.is_alphanumeric()).unwrap_or('·');
    html! {
        span.monogram.{ "hue" (hue(who)) } aria-hidden="true" {
            (initial.to_uppercase().collect::<String>())
        }
    }
}

/// The stylesheet has this many colors for publishers.
const HUES: u32 = 8;

/// Spreads names over the colors; the same name always has the same one.
fn hue(name: &str) -> u32 {
    name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % HUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_a_look() {
        for task in Task::ALL {
            let chip = task_chip(task.tag()).into_string();
            assert!(chip.contains("<i ") && chip.contains(task.title()), "{chip}");
        }
        assert_eq!(
            task_chip("new-task").into_string(),
            r#"<span class="chip task ">new-task</span>"#
        );
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let tasks: Vec<_> = ["fill-mask", "translation", "new"].map(str::to_owned).into();
        let html = task_chips(&tasks, 2).into_string();
        assert!(html.contains("+1") && !html.contains("new"), "{html}");
    }

    #[test]
    fn a_monogram_is_the_first_letter_and_its_color_stays() {
        let html = monogram(Some("(acme)"), "x").into_string();
        assert!(html.contains(">A<"), "{html}");
        assert_eq!(html, monogram(Some("(acme)"), "y").into_string());
        assert!(monogram(None, "ßx").into_string().contains(">SS<"));
    }
}
