//! Wire types: what crosses `/api/v1`, and what the OpenAPI document is generated from.
//! The CLI and the pages know Modeldex only through these.

mod collections;
mod compare;
mod endpoints;
mod error;
pub mod hub_api;
mod jobs;
pub mod kubeflow;
mod marks;
mod models;
pub mod openai;
mod search;
mod suggest;
mod system;
mod work;

pub use collections::{
    CatalogAddRequest, CatalogAdded, CollectionAttribute, CollectionCapability, CollectionRequest,
    CollectionView, Defect,
};
pub use compare::{
    BoardChoice, CompareView, LeaderboardQuery, LeaderboardRow, LeaderboardView, MetricView,
    Overview, OverviewRow, ResultValue, ResultsAddRequest, ResultsAdded, RunCost, SharedResult,
    TradeOff, TradeOffPoint,
};
pub use endpoints::{
    DeployRequest, DeploymentView, EndpointView, EndpointsView, ReplicaView, TrafficRequest,
};
pub use error::{ErrorBody, ErrorEnvelope};
pub use jobs::{JobError, JobEvent, JobView, JobsView, LogLine, LogsView, MetricPoint, Progress};
pub use marks::{Marks, SaveSearchRequest, SavedSearch};
pub use models::{
    CapabilityView, CodeSample, EvaluationView, FileView, MinimumSpec, ModelCard, Spec, VersionView,
};
pub use search::{Facet, FacetValue, Fragment, ModelSummary, SearchPage, SearchQuery, Suggestion};
pub use suggest::SuggestedModel;
pub use system::{ServerInfo, StoredFile};
pub use work::{
    BatchRequest, DataSource, EvaluateRequest, FinetuneRequest, ImportRequest, TryRequest,
    TryResponse,
};
