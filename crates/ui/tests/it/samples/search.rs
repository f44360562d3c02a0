//! Made-up answers of the search.

use api::{
    CollectionAttribute, CollectionCapability, CollectionView, Facet, FacetValue, Marks,
    ModelSummary, SavedSearch, SearchPage,
};

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

const TASKS: &[(&str, &str, usize)] = &[
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

const PUBLISHERS: &[(&str, &str, usize)] = &[
    ("Microsoft", "Microsoft", 42),
    ("Google", "Google", 40),
    ("Meta", "Meta", 31),
    ("OpenAI", "OpenAI", 9),
    ("Mistral AI", "Mistral AI", 8),
    ("NVIDIA", "NVIDIA", 7),
    ("Qwen", "Qwen", 5),
    ("sentence-transformers", "sentence-transformers", 4),
];

pub fn search_page() -> SearchPage {
    SearchPage {
        total: 158,
        offset: 0,
        limit: 24,
        facets: facets(),
        models: summaries(),
        next: Some("c24".into()),
        suggestions: vec![],
    }
}

fn facets() -> Vec<Facet> {
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
    let licenses: &[_] = &[
        ("Apache-2.0", "Apache-2.0", 61),
        ("MIT", "MIT", 48),
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", 6),
    ];
    let collections: &[_] =
        &[("curated", "Curated by Modeldex", 156), ("workspace", "Your workspace", 2)];
    let families: &[_] =
        &[("permissive", "Permissive", 140), ("custom", "The publisher's own", 12)];
    let teachable: &[_] = &[("text-classification", "Text classification", 60)];
    let uses: &[_] = &[("online", "Online endpoint", 120), ("batch", "Batch", 118)];
    let sizes: &[_] = &[("0-100m", "Below 100 M", 40), ("100m-500m", "100 M to 500 M", 60)];
    let fits: &[_] = &[("yes", "Fits this machine", 130), ("no", "Too large for it", 20)];
    let libraries: &[_] = &[("transformers", "transformers", 150), ("onnx", "onnx", 8)];
    let languages: &[_] = &[("en", "en", 110), ("multilingual", "multilingual", 20)];
    let marks: &[_] = &[("featured", "Featured", 12), ("here", "Ready here", 2)];
    vec![
        facet("task", "Task", values(TASKS, "")),
        facet("license", "License", values(licenses, "")),
        facet("license_family", "License family", values(families, "")),
        facet("finetuning_task", "Fine-tuning task", values(teachable, "")),
        facet("deployment", "Use", values(uses, "")),
        facet("size", "Parameters", values(sizes, "")),
        facet("fits", "This machine", values(fits, "")),
        facet("collection", "Collection", values(collections, "")),
        facet("publisher", "Publisher", values(PUBLISHERS, "")),
        facet("library", "Library", values(libraries, "")),
        facet("language", "Language", values(languages, "")),
        facet("status", "Status", values(marks, "")),
    ]
}

/// A page that is as full as one can be: every open filter has fifty values.
pub fn full_page() -> SearchPage {
    let mut page = search_page();
    let closed = ["license_family", "deployment", "size", "fits", "status"];
    for facet in page.facets.iter_mut().filter(|facet| !closed.contains(&&*facet.name)) {
        let more = (facet.values.len()..50).map(|at| FacetValue {
            value: format!("some-longer-value-{at}"),
            label: format!("Some longer value {at}"),
            count: 12_345 - at,
            selected: false,
            excluded: false,
        });
        facet.values.extend(more);
    }
    let model = |(at, model): (usize, &ModelSummary)| ModelSummary {
        model: format!("hub/some-organization/{}-instruct-gguf-{at}", model.name),
        display_name: format!("{}-instruct-gguf-{at}", model.name),
        summary: model.summary.repeat(5),
        ..model.clone()
    };
    page.models = page.models.iter().cycle().take(24).enumerate().map(model).collect();
    page
}

pub fn marks() -> Marks {
    let search = |name: &str, query: &str| SavedSearch { name: name.into(), query: query.into() };
    Marks {
        favorites: summaries().into_iter().take(3).collect(),
        seen: summaries().into_iter().skip(2).take(5).collect(),
        searches: vec![
            search("Small encoders", "task=fill-mask&size=0-100m"),
            search("Chat that fits", "task=chat-completion&fits=yes"),
        ],
    }
}

/// Name, title, kind, models and source.
type Shelf = (&'static str, &'static str, &'static str, usize, Option<&'static str>);

pub fn collections() -> Vec<CollectionView> {
    const SHELVES: [Shelf; 5] = [
        ("curated", "Curated by Modeldex", "curated", 156, None),
        ("workspace", "Your workspace", "workspace", 2, None),
        ("hub", "Hugging Face", "hub", 100_000, Some("https://huggingface.co")),
        ("azure", "Azure ML assets", "assets", 126, Some("/srv/azureml-assets")),
        ("fits", "What fits here", "query", 130, Some("fits=yes&task=fill-mask")),
    ];
    let capability = |models: usize, (at, name): (usize, &&str)| CollectionCapability {
        capability: (*name).to_owned(),
        models: [models, models / 2, 0][at % 3],
        reason: (at % 3 > 0).then(|| "its files are not here: import it first".to_owned()),
    };
    let verbs = ["try", "evaluate", "finetune", "online", "batch", "import"];
    let attribute =
        |name: &str, value: &str| CollectionAttribute { name: name.into(), value: value.into() };
    let view = |(name, title, kind, models, source): Shelf| CollectionView {
        name: name.into(),
        title: title.into(),
        description: String::new(),
        kind: kind.into(),
        models,
        source: source.map(str::to_owned),
        synced_ms: (kind == "hub").then_some(NOW_MS - 7_200_000),
        capabilities: verbs.iter().enumerate().map(|one| capability(models, one)).collect(),
        attributes: vec![
            attribute("Format", "safetensors"),
            attribute("Isolated network", "once its files are here"),
        ],
    };
    SHELVES.map(view).into()
}
