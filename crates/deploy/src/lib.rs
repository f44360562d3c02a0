//! Puts a model to work: online endpoints with deployments and traffic, and batch runs.
//!
//! Processes and HTTP belong to `server`; here are the records, the rules and the
//! shapes of requests, so that they can be tested without either.

mod adapters;
pub mod batch;
mod engine;
mod error;
mod inputs;
mod outputs;
pub mod parity;
mod plan;
pub mod process;
mod question;
mod reading;
mod restart;
pub mod score;
mod servable;
mod store;
mod table;
mod traffic;

pub use adapters::{Adapters, split_name};
pub use engine::EngineOptions;
pub use error::Error;
pub use inputs::{Inputs, Labels, Parameters};
pub use outputs::{Generated, LabelScore, MaskGuess, Outputs};
pub use plan::{DeploymentPlan, DeploymentRequest, plan};
pub use process::{ProcessPlan, ProcessRequest, Protocol};
pub use question::Question;
pub use restart::{RestartPolicy, Restarts, Verdict};
pub use servable::Servable;
pub use store::{Deployment, Endpoint, Endpoints};
pub use traffic::{Traffic, TrafficError};
