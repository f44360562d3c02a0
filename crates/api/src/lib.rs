//! Wire types: what crosses `/api/v1`, and what the OpenAPI document is generated from.
//! The CLI and the pages know Modeldex only through these.

mod collections;
mod endpoints;
mod error;
mod jobs;
mod models;
pub mod openai;
mod system;
mod work;

pub use collections::{CatalogAddRequest, CatalogAdded, CollectionView, Defect};
pub use endpoints::{
    DeployRequest, DeploymentView, EndpointView, EndpointsView, ReplicaView, TrafficRequest,
};
pub use error::{ErrorBody, ErrorEnvelope};
pub use jobs::{JobError, JobEvent, JobView, JobsView, LogLine, LogsView, MetricPoint, Progress};
pub use models::{
    CapabilityView, CodeSample, CompareView, EvaluationView, Facet, FacetValue, FileView,
    MinimumSpec, ModelCard, ModelSummary, SearchPage, SearchQuery, Spec, VersionView,
};
pub use system::{ServerInfo, StoredFile};
pub use work::{
    BatchRequest, DataSource, EvaluateRequest, FinetuneRequest, ImportRequest, TryRequest,
    TryResponse,
};
