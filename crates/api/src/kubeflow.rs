//! The shapes of Kubeflow's model catalog under `/api/model_catalog/v1alpha1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The entries of this page.
    pub items: Vec<T>,
    /// What to send for the next page; empty on the last one.
    pub next_page_token: String,
    /// The most entries of a page.
    pub page_size: usize,
    /// How many entries this page has.
    pub size: usize,
}

/// A collection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The collection.
    pub id: String,
    /// Its title.
    pub name: String,
    /// Its kind.
    pub labels: Vec<String>,
    /// Always.
    pub enabled: bool,
    /// `available`.
    pub status: String,
    /// `models`.
    pub asset_type: String,
}

/// What sources are grouped by.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// The kind of a collection.
    pub name: Option<String>,
    /// The text to show.
    pub display_name: String,
}

/// A model.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// A number that stays with the model.
    pub id: String,
    /// The name inside its source.
    pub name: String,
    /// The collection; the one key that is not in camel case.
    #[serde(rename = "source_id")]
    pub source_id: String,
    /// The id on the Hugging Face hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// One or two sentences.
    pub description: String,
    /// The card as Markdown; only of a model by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readme: Option<String>,
    /// `Preview`, `Deprecated`, or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maturity: Option<String>,
    /// Languages.
    pub language: Vec<String>,
    /// Tasks.
    pub tasks: Vec<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The license.
    pub license: String,
    /// The library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_name: Option<String>,
    /// Further facts and keywords.
    pub custom_properties: BTreeMap<String, Property>,
    /// When it came here: milliseconds since the epoch.
    pub create_time_since_epoch: String,
    /// When it last changed.
    pub last_update_time_since_epoch: String,
}

/// A value with its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "metadataType")]
pub enum Property {
    /// A text.
    #[serde(rename = "MetadataStringValue")]
    Text {
        /// The text.
        string_value: String,
    },
    /// A whole number, written as text.
    #[serde(rename = "MetadataIntValue")]
    Whole {
        /// The digits.
        int_value: String,
    },
    /// A number.
    #[serde(rename = "MetadataDoubleValue")]
    Number {
        /// The number.
        double_value: f64,
    },
    /// Yes or no.
    #[serde(rename = "MetadataBoolValue")]
    Flag {
        /// Which of them.
        bool_value: bool,
    },
}

/// Where a model's files are, or what was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "artifactType")]
pub enum Artifact {
    /// Files.
    #[serde(rename = "model-artifact", rename_all = "camelCase")]
    Files {
        /// A number that stays with it.
        id: String,
        /// The version.
        name: String,
        /// Where they can be had.
        uri: String,
        /// Further facts.
        custom_properties: BTreeMap<String, Property>,
        /// When it was made: milliseconds since the epoch.
        create_time_since_epoch: String,
        /// When it last changed.
        last_update_time_since_epoch: String,
    },
    /// Measurements.
    #[serde(rename = "metrics-artifact", rename_all = "camelCase")]
    Metrics {
        /// A number that stays with it.
        id: String,
        /// The evaluation.
        name: String,
        /// `accuracy-metrics`.
        metrics_type: String,
        /// What was measured, and on what.
        custom_properties: BTreeMap<String, Property>,
        /// When it was made: milliseconds since the epoch.
        create_time_since_epoch: String,
        /// When it last changed.
        last_update_time_since_epoch: String,
    },
}

/// What `filterQuery` can ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterOptions {
    /// Fields with their values.
    pub filters: BTreeMap<String, FilterOption>,
    /// None are defined.
    pub named_queries: BTreeMap<String, BTreeMap<String, FieldFilter>>,
}

/// A field that can be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FilterOption {
    /// `string` or `number`.
    pub r#type: String,
    /// The values of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// The bounds of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
}

/// The bounds of a number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

/// A condition of a named query.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FieldFilter {
    /// The comparison.
    pub operator: String,
    /// What it compares with.
    pub value: serde_json::Value,
}

/// The body of a refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code, as elsewhere.
    pub code: String,
    /// One sentence with its causes and what to do next.
    pub message: String,
}
