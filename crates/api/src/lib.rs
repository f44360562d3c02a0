//! Wire types: what crosses `/api/v1`, and what the OpenAPI document is generated from.
//! The CLI and the pages know Modeldex only through these.

mod collections;
mod compare;
mod endpoints;
mod error;
mod fit;
pub mod hub_api;
mod jobs;
pub mod kubeflow;
mod lineage;
mod marks;
mod models;
pub mod openai;
mod search;
mod suggest;
mod sync;
mod system;
mod work;

pub use collections::{
    CatalogAddRequest, CatalogAdded, CollectionAttribute, CollectionCapability, CollectionRemoved,
    CollectionRequest, CollectionView, Defect,
};
pub use compare::{
    BoardChoice, CompareView, LeaderboardQuery, LeaderboardRow, LeaderboardView, MetricView,
    Overview, OverviewRow, ResultValue, ResultsAddRequest, ResultsAdded, RunCost, SharedResult,
    TradeOff, TradeOffPoint,
};
pub use endpoints::{
    DeployRequest, DeploymentView, EndpointView, EndpointsView, EngineOptions, ParityReport,
    ParityView, ProcessRequest, ReplicaView, TrafficRequest,
};
pub use error::{ErrorBody, ErrorEnvelope};
pub use fit::{FitPart, FitRow, FitView, MachineView, PublisherFit};
pub use jobs::{JobError, JobEvent, JobView, JobsView, LogLine, LogsView, MetricPoint, Progress};
pub use lineage::{
    DiffView, EvaluationChange, FileChange, LineageEdge, LineageNode, LineageView, ValueChange,
};
pub use marks::{Marks, SaveSearchRequest, SavedSearch};
pub use models::{
    CapabilityView, CodeSample, EvaluationView, FileView, MinimumSpec, ModelCard, Spec, VersionView,
};
pub use search::{Facet, FacetValue, Fragment, ModelSummary, SearchPage, SearchQuery, Suggestion};
pub use suggest::SuggestedModel;
pub use sync::SyncRequest;
pub use system::{ServerInfo, StoredFile};
pub use work::{
    BatchRequest, DataSource, EvaluateRequest, FinetuneRequest, ImportRequest, ParityRequest,
    TryRequest, TryResponse,
};
