//! The server as its clients see it, in this process; workers have their tests with the program.

mod bench;
mod catalog;
mod deploy;
mod guard;
mod jobs;
mod open_api;
mod start;
mod work;
