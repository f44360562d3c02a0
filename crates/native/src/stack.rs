//! Work that calls itself for each level of what strangers wrote, on a stack with room for it.

use crate::{Error, Result};

/// Room for half a million levels at a kilobyte each; what is not used is not taken.
const BYTES: usize = 512 << 20;

/// Does work on a thread with a large stack, and waits for it.
///
/// # Errors
/// Those of the work; where there is no thread, or the work broke down.
pub(crate) fn with_room<T: Send>(name: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let apart = std::thread::Builder::new().name(name.to_owned()).stack_size(BYTES);
    std::thread::scope(|scope| {
        let thread = apart.spawn_scoped(scope, work);
        let thread = thread.map_err(|source| Error::Thread { source })?;
        thread.join().unwrap_or_else(|_| Err(Error::input(format!("cannot use the {name}"))))
    })
}
