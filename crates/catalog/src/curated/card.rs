//! Writes the card of a curated model from its facts, so that the two never disagree.

use domain::{LicenseFamily, Task};

use crate::ModelRecord;

/// Returns the card as Markdown; the summary stands above it wherever it is shown.
pub(super) fn write(record: &ModelRecord) -> String {
    let mut card = String::new();
    section(&mut card, "What it is for", &uses(record));
    section(&mut card, "What it was trained on", &data(record));
    section(&mut card, "What to mind", &limits(record));
    section(&mut card, "Terms", &terms(record));
    card
}

fn section(card: &mut String, title: &str, text: &str) {
    if !text.is_empty() {
        card.push_str(&format!("## {title}\n\n{text}\n\n"));
    }
}

fn uses(record: &ModelRecord) -> String {
    let titles = |tasks: &[Task]| {
        let titles: Vec<_> = tasks.iter().map(|task| task.title().to_lowercase()).collect();
        titles.join(", ")
    };
    let mut text = format!("Made for {}.", titles(&record.tasks));
    if !record.finetuning_tasks.is_empty() {
        let tasks = titles(&record.finetuning_tasks);
        text.push_str(&format!(" Its publisher fine-tunes it for {tasks}."));
    }
    text
}

fn data(record: &ModelRecord) -> String {
    let datasets: Vec<_> = record.datasets.iter().map(|name| format!("- {name}")).collect();
    datasets.join("\n")
}

/// What holds for every model of a task; what is special to one stands in its summary.
fn limits(record: &ModelRecord) -> String {
    let mut lines: Vec<_> = record.tasks.iter().filter_map(|task| limit(*task)).collect();
    lines.dedup();
    if record.keywords.iter().any(|word| word == "healthcare") {
        lines.push(
            "It is a tool for research and development: it is not a medical device, and it has \
             not been tested for decisions about patients.",
        );
    }
    if record.flags.deprecated {
        lines.push("Its publisher has newer models for the same work.");
    }
    lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")
}

fn limit(task: Task) -> Option<&'static str> {
    Some(match task {
        Task::TextGeneration => {
            "It continues text and does not know what is true: check what it writes. It was not \
             taught to follow instructions unless its summary says so."
        }
        Task::ChatCompletion => {
            "Its answers sound sure even where they are wrong: check what matters, and measure \
             it on your own questions first."
        }
        Task::FillMask => {
            "It repeats the prejudices of the text that it was trained on. On its own it only \
             fills gaps: fine-tune it for a task."
        }
        Task::TextClassification | Task::TokenClassification => {
            "It knows the labels and the sort of text that it was trained on; on other text, \
             measure it first."
        }
        Task::QuestionAnswering => {
            "It finds answers that stand in the passage word by word; it does not reason over \
             several passages."
        }
        Task::FeatureExtraction | Task::ImageFeatureExtraction => {
            "Vectors of different models cannot be compared: embed everything anew when you \
             change the model."
        }
        Task::Summarization | Task::Translation => {
            "It may add what the source does not say. Long inputs are cut at its context."
        }
        Task::AutomaticSpeechRecognition => {
            "It is better in languages with much training data, and may write words that nobody \
             said where there is silence or noise."
        }
        Task::ImageClassification | Task::ZeroShotImageClassification => {
            "It always names a class, also for an image that shows none of them."
        }
        Task::ObjectDetection | Task::ImageSegmentation | Task::MultiObjectTracking => {
            "Small, hidden and unusual objects are missed more often; choose the threshold on \
             your own images."
        }
        Task::TextToImage | Task::ImageToImage => {
            "It draws the prejudices of its training images, and fails at written words, hands \
             and counts."
        }
        Task::ImageToText | Task::ImageTextToText | Task::VisualQuestionAnswering => {
            "It may describe what the image does not show."
        }
        _ => return None,
    })
}

fn terms(record: &ModelRecord) -> String {
    let license = &record.license;
    let what = match license.family() {
        LicenseFamily::Permissive => "a permissive license: keep the notice",
        LicenseFamily::Copyleft => "a license that asks derived works to be shared alike",
        LicenseFamily::NonCommercial => "a license that forbids commercial use",
        LicenseFamily::Custom => "terms of its publisher's own: read them before you use it",
    };
    let place = record.hub_id.as_deref().map(|id| {
        format!(" The full text lies beside its files, at <https://huggingface.co/{id}>.")
    });
    format!("`{license}`, {what}.{}", place.unwrap_or_default())
}
