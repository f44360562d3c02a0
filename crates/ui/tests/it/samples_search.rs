//! Made-up answers of the search.

use api::{Facet, FacetValue, ModelSummary, SearchPage};

use super::NOW_MS;

/// Name, publisher, summary, tasks, license and parameters.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, u64);

const MODELS: &[Row] = &[
    (
        "bert-base-uncased",
        "Google",
        "A first encoder for English text, good as a base for own classifiers.",
        &["fill-mask"],
        "Apache-2.0",
        110_000_000,
    ),
    (
        "Phi-3-mini-4k-instruct",
        "Microsoft",
        "A small chat model that follows instructions and reasons well for its size.",
        &["chat-completion", "text-generation"],
        "MIT",
        3_820_000_000,
    ),
    (
        "whisper-large-v3",
        "OpenAI",
        "Transcribes and translates speech in about a hundred languages.",
        &["automatic-speech-recognition"],
        "Apache-2.0",
        1_540_000_000,
    ),
    (
        "clip-vit-base-patch32",
        "OpenAI",
        "Compares pictures with texts, for search and labels without training.",
        &["zero-shot-image-classification"],
        "MIT",
        151_000_000,
    ),
    (
        "mdeberta-v3-base",
        "Microsoft",
        "A multilingual encoder in a hundred languages.",
        &["fill-mask", "token-classification", "question-answering"],
        "MIT",
        280_000_000,
    ),
    (
        "t5-large",
        "Google",
        "Turns every text task into text.",
        &["translation", "summarization"],
        "Apache-2.0",
        770_000_000,
    ),
    (
        "sam-vit-huge",
        "Meta",
        "Cuts any object out of a picture after a click.",
        &["mask-generation"],
        "Apache-2.0",
        641_000_000,
    ),
    (
        "aurora",
        "Microsoft",
        "Forecasts weather and air pollution worldwide.",
        &["environmental-forecasting"],
        "MIT",
        1_300_000_000,
    ),
    (
        "all-MiniLM-L6-v2",
        "sentence-transformers",
        "Small vectors of sentences, quick on any processor.",
        &["feature-extraction", "sentence-similarity"],
        "Apache-2.0",
        22_713_216,
    ),
];

pub fn summaries() -> Vec<ModelSummary> {
    let summary = |(at, row): (usize, &Row)| {
        let (name, publisher, summary, tasks, license, parameters) = row;
        ModelSummary {
            model: format!("curated/{name}"),
            collection: "curated".into(),
            name: (*name).into(),
            display_name: (*name).into(),
            summary: (*summary).into(),
            tasks: tasks.iter().map(|task| (*task).to_owned()).collect(),
            finetuning_tasks: if at % 2 == 0 { vec!["text-classification".into()] } else { vec![] },
            license: (*license).into(),
            license_family: "permissive".into(),
            publisher: Some((*publisher).into()),
            parameters: Some(*parameters),
            version: (at == 8).then(|| "1".into()),
            featured: at == 1,
            preview: at == 7,
            deprecated: at == 5,
            gated: at == 1,
            updated_ms: NOW_MS - 86_400_000 * (at as i64 + 1),
            size_bytes: (at != 7).then_some(parameters * 2),
            library: Some("transformers".into()),
            downloads: 61_000_000 / (at as u64 * at as u64 + 1),
            likes: 2_140 / (at as u64 + 1),
            deployment: vec!["online".into(), "batch".into(), "evaluate".into()],
            fits: (at != 7).then_some(*parameters < 3_000_000_000),
            snippet: vec![],
        }
    };
    MODELS.iter().enumerate().map(summary).collect()
}

pub fn search_page() -> SearchPage {
    let values = |pairs: &[(&str, &str, usize)], selected: &str| {
        let value = |(value, label, count): &(&str, &str, usize)| FacetValue {
            value: (*value).into(),
            label: (*label).into(),
            count: *count,
            selected: *value == selected,
            excluded: false,
        };
        pairs.iter().map(value).collect()
    };
    let facet =
        |name: &str, title: &str, values| Facet { name: name.into(), title: title.into(), values };
    let tasks: &[_] = &[
        ("fill-mask", "Fill mask", 22),
        ("chat-completion", "Chat completion", 31),
        ("text-generation", "Text generation", 28),
        ("translation", "Translation", 9),
        ("summarization", "Summarization", 8),
        ("question-answering", "Question answering", 7),
        ("image-classification", "Image classification", 6),
        ("object-detection", "Object detection", 4),
        ("automatic-speech-recognition", "Speech recognition", 3),
        ("environmental-forecasting", "Environmental forecasting", 1),
    ];
    let licenses: &[_] = &[
        ("Apache-2.0", "Apache-2.0", 61),
        ("MIT", "MIT", 48),
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", 6),
    ];
    let collections: &[_] =
        &[("curated", "Curated by Modeldex", 156), ("workspace", "Your workspace", 2)];
    SearchPage {
        total: 158,
        offset: 0,
        limit: 24,
        facets: vec![
            facet("task", "Task", values(tasks, "")),
            facet("license", "License", values(licenses, "")),
            facet("collection", "Collection", values(collections, "")),
        ],
        models: summaries(),
        next: Some("c24".into()),
        suggestions: vec![],
    }
}
