//! The server: configuration, wiring, routes, pages and worker processes.

mod app;
mod clock;
mod config;
mod dispatch;
mod error;
mod fleet;
mod guard;
mod idle;
mod listen;
mod live_index;
mod lock;
mod machine;
mod pages;
mod parities;
mod refusal;
mod restore;
mod results;
mod routes;
mod run;
mod secrets;
mod views;
mod worker;

pub use config::{Config, PORT_DEFAULT};
pub use deploy::{ProcessPlan, Protocol};
pub use error::status;
pub use lock::{Held, Holder, holder};
pub use native::Quantize;
pub use native::weights::UnknownQuantize;
pub use routes::open_api;
pub use run::{RunningServer, start};
pub use worker::{
    ProcessOptions, ServeOptions, become_command, compare as compare_worker, run_job, run_process,
    serve as serve_worker, threads_for,
};
