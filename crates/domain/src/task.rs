//! One vocabulary of tasks: the pipeline tags of Hugging Face, and `chat-completion`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! tasks {
    ($($variant:ident = $tag:literal, $title:literal;)*) => {
        /// What a model does with an input.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Task {
            $(#[doc = $title] $variant,)*
        }

        impl Task {
            /// Every task, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the tag: the spelling used everywhere in Modeldex.
            pub fn tag(self) -> &'static str {
                match self { $(Self::$variant => $tag,)* }
            }

            /// Returns the name for headings.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

tasks! {
    TextClassification = "text-classification", "Text classification";
    TokenClassification = "token-classification", "Token classification";
    QuestionAnswering = "question-answering", "Question answering";
    FillMask = "fill-mask", "Fill mask";
    FeatureExtraction = "feature-extraction", "Embeddings";
    SentenceSimilarity = "sentence-similarity", "Sentence similarity";
    TextGeneration = "text-generation", "Text generation";
    ChatCompletion = "chat-completion", "Chat completion";
    Summarization = "summarization", "Summarization";
    Translation = "translation", "Translation";
    ZeroShotClassification = "zero-shot-classification", "Zero-shot classification";
    TextRanking = "text-ranking", "Reranking";
    ImageClassification = "image-classification", "Image classification";
    ImageFeatureExtraction = "image-feature-extraction", "Image embeddings";
    ImageSegmentation = "image-segmentation", "Image segmentation";
    InstanceSegmentation = "instance-segmentation", "Instance segmentation";
    MaskGeneration = "mask-generation", "Mask generation";
    ObjectDetection = "object-detection", "Object detection";
    ImageToText = "image-to-text", "Image to text";
    ImageTextToText = "image-text-to-text", "Image and text to text";
    ImageToImage = "image-to-image", "Image to image";
    TextToImage = "text-to-image", "Text to image";
    VisualQuestionAnswering = "visual-question-answering", "Visual question answering";
    ZeroShotImageClassification = "zero-shot-image-classification",
        "Zero-shot image classification";
    AutomaticSpeechRecognition = "automatic-speech-recognition", "Speech recognition";
    MultiObjectTracking = "multi-object-tracking", "Multi-object tracking";
    MultimodalClassification = "multimodal-classification", "Multimodal classification";
    MaterialsDesign = "materials-design", "Materials design";
    ProteinDesign = "protein-design", "Protein design";
    EnvironmentalForecasting = "environmental-forecasting", "Environmental forecasting";
    TabularClassification = "tabular-classification", "Tabular classification";
    TabularRegression = "tabular-regression", "Tabular regression";
    TimeSeriesForecasting = "time-series-forecasting", "Time series forecasting";
}

/// Other spellings: Azure's card, evaluation and fine-tuning names, and older tags.
const ALIASES: &[(&str, Task)] = &[
    ("chat", Task::ChatCompletion),
    ("conversational", Task::ChatCompletion),
    ("chat-completions", Task::ChatCompletion),
    ("embeddings", Task::FeatureExtraction),
    ("embedding", Task::FeatureExtraction),
    ("text-embeddings-inference", Task::FeatureExtraction),
    ("text-translation", Task::Translation),
    ("text-summarization", Task::Summarization),
    ("text-named-entity-recognition", Task::TokenClassification),
    ("named-entity-recognition", Task::TokenClassification),
    ("ner", Task::TokenClassification),
    ("multi-class-text-classification", Task::TextClassification),
    ("sentiment-analysis", Task::TextClassification),
    ("text-classification-multilabel", Task::TextClassification),
    ("image-object-detection", Task::ObjectDetection),
    ("image-instance-segmentation", Task::InstanceSegmentation),
    ("image-classification-multilabel", Task::ImageClassification),
    ("image-generation", Task::TextToImage),
    ("video-multi-object-tracking", Task::MultiObjectTracking),
    ("text2text-generation", Task::TextGeneration),
    ("question-and-answering", Task::QuestionAnswering),
    ("masked-language-modeling", Task::FillMask),
    ("rerank", Task::TextRanking),
    ("tabular-forecasting", Task::TimeSeriesForecasting),
];

/// The text names no task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a task")]
pub struct UnknownTask(pub String);

impl Task {
    /// Returns the other spellings that are read as this task.
    pub fn aliases(self) -> impl Iterator<Item = &'static str> {
        ALIASES.iter().filter(move |(_, task)| *task == self).map(|(alias, _)| *alias)
    }

    /// Tells whether a decoder does it: what it answers is text, token by token.
    pub fn generates_text(self) -> bool {
        matches!(self, Self::TextGeneration | Self::ChatCompletion)
    }
}

impl FromStr for Task {
    type Err = UnknownTask;

    fn from_str(text: &str) -> Result<Self, UnknownTask> {
        let tag = text.trim().to_ascii_lowercase().replace(['_', ' '], "-");
        let by_tag = Self::ALL.iter().copied().find(|task| task.tag() == tag);
        let by_alias = || ALIASES.iter().find(|(alias, _)| *alias == tag).map(|(_, task)| *task);
        by_tag.or_else(by_alias).ok_or_else(|| UnknownTask(text.to_owned()))
    }
}

impl TryFrom<String> for Task {
    type Error = UnknownTask;

    fn try_from(text: String) -> Result<Self, UnknownTask> {
        text.parse()
    }
}

impl From<Task> for String {
    fn from(task: Task) -> Self {
        task.tag().to_owned()
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_and_alias_reads_as_its_task() {
        for task in Task::ALL {
            assert_eq!(task.tag().parse(), Ok(*task));
            for alias in task.aliases() {
                assert_eq!(alias.parse(), Ok(*task));
            }
        }
        assert_eq!("nonsense".parse::<Task>(), Err(UnknownTask("nonsense".into())));
    }
}
