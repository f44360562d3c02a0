//! Runs a model over a file, in chunks that survive a crash.
