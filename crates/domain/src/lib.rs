//! The words of Modeldex as types: names, versions, digests, tasks, licenses,
//! capabilities, faults and time. No input or output happens here.

mod capability;
mod clock;
mod digest;
mod fault;
mod license;
mod name;
mod task;

pub use capability::{Capabilities, Capability, Support};
pub use clock::{Clock, ManualClock, Millis};
pub use digest::{Digest, DigestError};
pub use fault::{Fault, Kind};
pub use license::{License, LicenseFamily};
pub use name::{CollectionName, ModelName, ModelRef, NameError, ResourceName, VersionName};
pub use task::{Task, UnknownTask};
