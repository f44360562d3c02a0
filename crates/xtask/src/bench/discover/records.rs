//! The listings that every side gets.

use discover::Listed;
use domain::Capability;
use testkit::catalog::Listings;

/// What `fits` is measured against: a machine that many people have.
pub const MEMORY_BYTES: u64 = 16 << 30;

/// Returns one model as the index takes it; what it can be put to follows from what is known.
pub fn listed(listings: &Listings, number: usize) -> Listed {
    let record = listings.get(number);
    let mut options = Vec::new();
    if !record.tasks.is_empty() {
        options.extend([Capability::Online, Capability::Batch]);
    }
    if !record.finetuning_tasks.is_empty() {
        options.push(Capability::Finetune);
    }
    if !record.tasks.is_empty() && record.parameters.is_some() {
        options.push(Capability::Evaluate);
    }
    // A thousandth has files here.
    let version = number.is_multiple_of(1_000).then(|| "1".to_owned());
    Listed { record, version, options }
}
