//! Several models side by side, and ranked by what was measured.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{DataSource, Defect, ModelCard};

/// Models side by side.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CompareView {
    /// The models, as columns.
    pub models: Vec<ModelCard>,
    /// What was measured of them; what most have in common comes first.
    #[serde(default)]
    pub results: Vec<SharedResult>,
    /// What it takes to run each here, in the order of the models.
    #[serde(default)]
    pub costs: Vec<RunCost>,
    /// Quality against cost, on what most have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_off: Option<TradeOff>,
}

/// One metric on one data set, for each of several models.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SharedResult {
    /// The task.
    pub task: String,
    /// The data set.
    pub data: String,
    /// The metric.
    pub metric: MetricView,
    /// What was found, in the order of the models; null where a model was not measured.
    pub values: Vec<Option<ResultValue>>,
    /// The best value, where at least two differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<f64>,
}

/// A metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricView {
    /// The name in records.
    pub name: String,
    /// The name to show.
    pub title: String,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// The least that it can be, where that is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The most that it can be, where that is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// What a measurement found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResultValue {
    /// The value.
    pub value: f64,
    /// The model; at its version, where that was measured.
    pub model: String,
    /// Who published it; absent where it was measured here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_by: Option<String>,
    /// How it was measured, such as `5-shot`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// On how many rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The evaluation.
    pub evaluation: String,
    /// The job that measured it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// When it came here: milliseconds since the epoch.
    pub created_ms: i64,
}

/// What it takes to run a model on this machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunCost {
    /// Bytes of its files, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Bytes of memory that it takes, where its size is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// `fits`, `tight`, `does not fit` or `not known`.
    pub verdict: String,
    /// How the verdict comes out, in a sentence.
    pub because: String,
    /// Rows a second in its latest evaluation here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_per_second: Option<f64>,
}

/// Which leaderboard is asked for; what is left open is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaderboardQuery {
    /// The task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// The metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// `rank`, `model`, `parameters`, `size`, `license` or `speed`; with `-` before it, backwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// What quality is drawn against: `parameters`, `size` or `speed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// How many rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Models in the order of what was measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct LeaderboardView {
    /// Tasks that something was measured for.
    pub tasks: Vec<BoardChoice>,
    /// Data sets of the chosen task.
    pub data: Vec<BoardChoice>,
    /// Metrics on the chosen data set.
    pub metrics: Vec<BoardChoice>,
    /// The chosen metric; absent where nothing was measured at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<MetricView>,
    /// How many models are ranked.
    pub total: usize,
    /// The models, in the order that was asked for.
    pub rows: Vec<LeaderboardRow>,
    /// Quality against cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_off: Option<TradeOff>,
    /// The best models on every data set of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<Overview>,
}

/// Something to choose on a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardChoice {
    /// What to ask for.
    pub value: String,
    /// The name to show.
    pub title: String,
    /// How many models were measured.
    pub models: usize,
    /// Whether it is what is shown.
    pub chosen: bool,
}

/// A model at its place.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LeaderboardRow {
    /// The place; models with the same value share one.
    pub rank: usize,
    /// `collection/name`.
    pub model: String,
    /// The name to show.
    pub display_name: String,
    /// Whether a collection lists it: one that does not has no card.
    pub listed: bool,
    /// What was measured.
    pub result: ResultValue,
    /// Number of parameters, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// Bytes of its files, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// The license, where it is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// `permissive`, `copyleft`, `non-commercial` or `custom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_family: Option<String>,
    /// What it takes to run it here.
    pub cost: RunCost,
}

/// Quality against what it costs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TradeOff {
    /// `parameters`, `size` or `speed`.
    pub against: String,
    /// What it can be drawn against.
    pub choices: Vec<String>,
    /// The data set.
    pub data: String,
    /// The metric.
    pub metric: MetricView,
    /// The models whose cost is known.
    pub points: Vec<TradeOffPoint>,
    /// How many models are left out because it is not known.
    pub left_out: usize,
}

/// A model in a trade-off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TradeOffPoint {
    /// `collection/name`.
    pub model: String,
    /// The name to show.
    pub display_name: String,
    /// Parameters, bytes or milliseconds for a row: the less, the better.
    pub cost: f64,
    /// The value of the metric.
    pub quality: f64,
    /// Whether no other model is both cheaper and better.
    pub front: bool,
}

/// Models by data sets.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Overview {
    /// The metric.
    pub metric: MetricView,
    /// The data sets, as columns.
    pub data: Vec<String>,
    /// The models with the most data sets, best mean first.
    pub rows: Vec<OverviewRow>,
    /// How many more models there are.
    pub left_out: usize,
}

/// A model on every data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OverviewRow {
    /// `collection/name`.
    pub model: String,
    /// The name to show.
    pub display_name: String,
    /// Whether a collection lists it.
    pub listed: bool,
    /// The mean over the data sets that it was measured on.
    pub mean: f64,
    /// The values, in the order of the data sets.
    pub values: Vec<Option<f64>>,
}

/// Adds results that somebody published.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ResultsAddRequest {
    /// The file: CSV, TSV, JSON or JSONL.
    pub data: DataSource,
    /// Who published them; the name of the file by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// The collection whose models are meant; every collection but `hub` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
}

/// Which results were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResultsAdded {
    /// Who published them.
    pub publisher: String,
    /// Results that were read.
    pub results: usize,
    /// Results that are new or say something else than before.
    pub changed: u64,
    /// Rows that could not be read.
    pub skipped: usize,
    /// Data sets.
    pub data: usize,
    /// Models that a collection lists.
    pub matched: Vec<String>,
    /// Models that none lists, under the names that they were published with.
    pub unmatched: Vec<String>,
    /// What is wrong in the rows that could not be read.
    pub defects: Vec<Defect>,
}
