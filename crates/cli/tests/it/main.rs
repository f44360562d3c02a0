//! The program as its users meet it: the real binary, its worker processes, and their deaths.

mod bench;
mod death;
mod help;
mod reference;
mod serving;
mod story;
mod wrong;
