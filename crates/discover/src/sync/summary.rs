//! One sentence about a listed model, of facts alone.

use catalog::ModelRecord;

/// Before the id of a model that this one was made from.
const BASE_MODEL: &str = "base_model:";

/// Says what a model does, for what, by whom, how large it is and what it was made from.
pub(super) fn summary(record: &ModelRecord, task: Option<&str>, bases: &[String]) -> String {
    let title = match (record.tasks.first(), task) {
        (Some(task), _) => format!("{} model", task.title()),
        (None, Some(task)) => format!("Model for {task}"),
        (None, None) => "Model".to_owned(),
    };
    let by = record.publisher.as_ref().map(|publisher| format!(" by {publisher}"));
    let library = record.library.as_ref().map(|library| format!(" for {library}"));
    let size = record.parameters.map(|count| format!(", {} parameters", short(count)));
    let base = bases.first().and_then(|base| made_from(base));
    let parts = [Some(title), by, library, size, base];
    let text: String = parts.into_iter().flatten().collect();
    format!("{text}.")
}

/// Reads `base_model:RELATION:ID`.
fn made_from(tag: &str) -> Option<String> {
    let rest = tag.strip_prefix(BASE_MODEL)?;
    Some(match rest.split_once(':') {
        Some(("finetune", id)) => format!(", fine-tuned from {id}"),
        Some(("quantized", id)) => format!(", quantized from {id}"),
        Some(("adapter", id)) => format!(", an adapter of {id}"),
        Some(("merge", id)) => format!(", merged from {id} and others"),
        Some((_, id)) => format!(", made from {id}"),
        None => format!(", made from {rest}"),
    })
}

/// Writes a number of parameters as people say it.
fn short(count: u64) -> String {
    let scaled = |unit: f64, letter: &str| {
        let value = count as f64 / unit;
        let digits = usize::from(value < 10.0);
        format!("{value:.digits$}{letter}")
    };
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => scaled(1e3, "K"),
        1_000_000..1_000_000_000 => scaled(1e6, "M"),
        _ => scaled(1e9, "B"),
    }
}

#[cfg(test)]
mod tests {
    use domain::Task;

    use super::*;

    #[test]
    fn a_summary_says_only_what_is_known() {
        let check =
            |change: &dyn Fn(&mut ModelRecord), rest: (Option<&str>, &str), wanted: &str| {
                let mut record = ModelRecord::new("hub".parse().unwrap(), "a/b".parse().unwrap());
                change(&mut record);
                let bases: Vec<String> = rest.1.split_whitespace().map(str::to_owned).collect();
                assert_eq!(summary(&record, rest.0, &bases), wanted);
            };
        check(&|_| {}, (None, ""), "Model.");
        check(&|_| {}, (Some("text-to-speech"), ""), "Model for text-to-speech.");
        let whole = |record: &mut ModelRecord| {
            record.tasks = vec![Task::TextGeneration];
            record.publisher = Some("Qwen".to_owned());
            record.library = Some("transformers".to_owned());
            record.parameters = Some(494_032_768);
        };
        check(
            &whole,
            (Some("text-generation"), "base_model:finetune:Qwen/Base"),
            "Text generation model by Qwen for transformers, 494M parameters, fine-tuned from \
             Qwen/Base.",
        );
        let merged = "Model, merged from a/c and others.";
        check(&|_| {}, (None, "base_model:merge:a/c base_model:merge:a/d"), merged);
        check(&|_| {}, (None, "base_model:quantized:a/c"), "Model, quantized from a/c.");
        check(&|_| {}, (None, "base_model:a/c"), "Model, made from a/c.");
    }

    #[test]
    fn sizes_are_short() {
        let check = |count: u64, text: &str| assert_eq!(short(count), text);
        check(999, "999");
        check(4_400, "4.4K");
        check(22_713_216, "23M");
        check(7_241_732_096, "7.2B");
        check(70_553_706_496, "71B");
    }
}
