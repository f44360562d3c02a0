//! One fact, several homes: where each is written in the two forms of a spec.

use serde_json::{Map, Value};

use super::folder::AssetFolder;
use super::values;

/// The homes of a fact, the best first; those after the first `old` are former spellings.
pub(super) struct Fact {
    homes: &'static [&'static str],
    old: &'static [&'static str],
}

macro_rules! facts {
    ($($name:ident = [$($home:literal),*] old [$($old:literal),*];)*) => {
        $(pub(super) const $name: Fact = Fact { homes: &[$($home),*], old: &[$($old),*] };)*
    };
}

facts! {
    TASKS = ["system_metadata.tasks.inferenceTasks", "tags.task"] old [];
    FINETUNING_TASKS = ["system_metadata.tasks.fineTuningTasks", "properties.finetuning-tasks"]
        old ["tags.finetuning-tasks"];
    LICENSE = ["system_metadata.license", "tags.license"] old [];
    PUBLISHER = ["system_metadata.publisher", "tags.author"] old [];
    DISPLAY_NAME = ["system_metadata.displayName", "tags.displayName"] old [];
    SUMMARY = ["system_metadata.summary", "tags.summary"] old [];
    LANGUAGES = ["system_metadata.languages", "properties.languages", "tags.languages"] old [];
    HUB_ID = ["system_metadata.huggingFaceModelId", "tags.huggingface_model_id"]
        old ["properties.huggingface_model_id", "properties.model_id"];
    REVISION = ["properties.SHA"] old [];
    INFERENCE = ["system_metadata.SKU.inferenceMinSkuSpec", "properties.inference-min-sku-spec"]
        old ["tags.min_inference_sku", "properties.inference-min-sku"];
    EVALUATION = ["system_metadata.SKU.evaluationMinSkuSpec",
        "properties.evaluation-min-sku-spec"] old [];
    FINETUNING = ["system_metadata.SKU.finetuneMinSkuSpec", "properties.finetune-min-sku-spec"]
        old [];
    FEATURED = ["system_metadata.featured", "tags.Featured"] old [];
    PREVIEW = ["system_metadata.preview", "tags.Preview"] old [];
    DEPRECATED = ["tags.Deprecated"] old [];
    BATCH_ENABLED = ["system_metadata.platformCapabilities.enableBatch"] old [];
    BATCH_DISABLED = ["tags.disable-batch"] old [];
    NOTES = ["system_metadata.notes", "tags.notes"] old [];
    EVALUATION_FILE = ["system_metadata.evaluation", "tags.evaluation"] old [];
    INDUSTRY = ["system_metadata.industry", "tags.industry"] old [];
    KEYWORDS = ["system_metadata.keywords", "tags.keywords"] old [];
}

/// Data sets are written in several places at once, and all of them count.
const DATASETS: [&str; 6] = [
    "system_metadata.datasets",
    "tags.datasets",
    "properties.datasets",
    "tags.training_dataset",
    "tags.training_datasets",
    "properties.training_datasets",
];

/// The fields of a spec, read with defects noted in its folder.
pub(super) struct Fields<'a> {
    spec: &'a Map<String, Value>,
    file: &'a str,
    folder: &'a mut AssetFolder,
}

impl<'a> Fields<'a> {
    /// Reads from `spec`, which stands in `file`, and checks that its sections are mappings.
    pub(super) fn new(
        spec: &'a Map<String, Value>,
        file: &'a str,
        folder: &'a mut AssetFolder,
    ) -> Self {
        for section in ["tags", "properties", "system_metadata"] {
            let shaped = spec.get(section).is_none_or(|one| one.is_object() || one.is_null());
            if !shaped {
                folder.warn(file, section, "it is not a mapping: left out");
            }
        }
        Self { spec, file, folder }
    }

    /// Notes a defect of a field.
    pub(super) fn warn(&mut self, field: &str, message: impl Into<String>) {
        self.folder.warn(self.file, field, message);
    }

    /// Notes a defect of a field because of which there is no model.
    pub(super) fn fail(&mut self, field: &str, message: impl Into<String>) {
        self.folder.fail(self.file, field, message);
    }

    /// Returns the best home of a fact and its value; other homes must agree with it.
    pub(super) fn find(&mut self, fact: &Fact) -> Option<(&'static str, &'a Value)> {
        let all = fact.homes.iter().chain(fact.old);
        let found: Vec<_> = all.filter_map(|home| Some((*home, self.at(home)?))).collect();
        let (home, value) = *found.first()?;
        if fact.old.contains(&home) {
            let now = fact.homes.last().unwrap_or(&home);
            self.warn(home, format!("an old place: read as `{now}`"));
        }
        for (other, its) in &found[1..] {
            let same = || Some(values::list(value).ok()? == values::list(its).ok()?);
            if same() != Some(true) {
                let message = format!("it differs from `{home}`, which was taken");
                self.warn(other, message);
            }
        }
        Some((home, value))
    }

    /// Returns the value at `section.key`, in whatever spelling of case and dashes.
    fn at(&mut self, home: &str) -> Option<&'a Value> {
        let mut value: Option<&'a Value> = None;
        let mut within = self.spec;
        for key in home.split('.') {
            let exact = within.get(key);
            let found = exact.or_else(|| {
                let mut alike = within.iter().filter(|(name, _)| fold(name) == fold(key));
                let (name, value) = alike.next()?;
                let message = format!("misspelled: read as `{home}`");
                let shown = home.strip_suffix(key).unwrap_or_default();
                self.folder.warn(self.file, &format!("{shown}{name}"), message);
                Some(value)
            })?;
            value = Some(found);
            match found {
                Value::Object(fields) => within = fields,
                _ => within = EMPTY.get_or_init(Map::new),
            }
        }
        value
    }

    /// Reads a text; an empty one is none.
    pub(super) fn text(&mut self, fact: &Fact) -> Option<(&'static str, String)> {
        let (home, value) = self.find(fact)?;
        match values::text(value) {
            Ok(text) if text.is_empty() => {
                self.warn(home, "it is empty");
                None
            }
            Ok(text) => Some((home, text)),
            Err(why) => {
                self.warn(home, format!("{why}: left out"));
                None
            }
        }
    }

    /// Reads a list; what is absent is empty.
    pub(super) fn list(&mut self, fact: &Fact) -> Option<(&'static str, Vec<String>)> {
        let (home, value) = self.find(fact)?;
        Some((home, self.read_list(home, value)))
    }

    fn read_list(&mut self, home: &str, value: &Value) -> Vec<String> {
        values::list(value).unwrap_or_else(|why| {
            self.warn(home, format!("{why}: left out"));
            Vec::new()
        })
    }

    /// Reads a flag; what is absent is not set.
    pub(super) fn flag(&mut self, fact: &Fact) -> Option<bool> {
        let (home, value) = self.find(fact)?;
        match values::flag(value) {
            Ok(value) => Some(value),
            Err(why) => {
                self.warn(home, format!("{why}: left out"));
                None
            }
        }
    }

    /// Gathers the data sets from every place.
    pub(super) fn datasets(&mut self) -> Vec<String> {
        let mut datasets = Vec::new();
        for home in DATASETS {
            let Some(value) = self.at(home) else { continue };
            for name in self.read_list(home, value) {
                if !datasets.contains(&name) {
                    datasets.push(name);
                }
            }
        }
        datasets
    }

    /// Tells whether the spec has a `deprecation` block.
    pub(super) fn has_deprecation(&mut self) -> bool {
        self.at("system_metadata.deprecation").is_some_and(Value::is_object)
    }
}

static EMPTY: std::sync::OnceLock<Map<String, Value>> = std::sync::OnceLock::new();

/// Folds what misspelled keys differ in.
fn fold(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}
