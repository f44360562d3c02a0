//! Wire types: what crosses `/api/v1`, and what the OpenAPI document is generated from.
//! The CLI and the pages know Modeldex only through these.

mod collections;
mod compare;
mod endpoints;
mod error;
mod jobs;
mod marks;
mod models;
pub mod openai;
mod search;
mod system;
mod work;

pub use collections::{
    CatalogAddRequest, CatalogAdded, CollectionAttribute, CollectionCapability, CollectionRequest,
    CollectionView, Defect,
};
pub use compare::CompareView;
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
pub use system::{ServerInfo, StoredFile};
pub use work::{
    BatchRequest, DataSource, EvaluateRequest, FinetuneRequest, ImportRequest, TryRequest,
    TryResponse,
};
