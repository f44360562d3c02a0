//! Searching the curated collection, and counts against brute force.

mod counts;
mod search;
