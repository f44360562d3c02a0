//! One file per command; each is a client of the API.

mod catalog;
mod collections;
mod compare;
mod endpoints;
mod evaluate;
mod favorites;
mod finetune;
mod import;
mod jobs;
mod leaderboard;
mod parity;
mod process;
mod search;
mod searches;
mod serve;
mod show;
pub mod start;
mod sync;
mod tour;
mod up;
mod worker;

use domain::Fault;

use crate::args::{Cli, Command};
use crate::connect;

/// Runs a command to its end.
///
/// # Errors
/// What went wrong, for people.
pub async fn run(cli: Cli) -> Result<(), Fault> {
    let global = cli.global;
    match cli.command {
        Command::Worker(command) => return worker::run(&global, command).await,
        Command::Up(options) => return up::run(&global, &options).await,
        Command::Tour(options) => return tour::run(&global, &options).await,
        _ => {}
    }
    let connection = connect::connect(&global).await?;
    let (client, json) = (&connection.client, global.json);
    let done = match cli.command {
        Command::Search(options) => search::run(client, options, json).await,
        Command::Show(options) => show::run(client, &options, json).await,
        Command::Import(options) => import::run(client, options, json).await,
        Command::Sync(options) => sync::run(client, options, json).await,
        Command::Try(options) => serve::try_model(client, options, json).await,
        Command::Compare(options) => compare::run(client, options, json).await,
        Command::Leaderboard(options) => leaderboard::run(client, options, json).await,
        Command::Evaluate(options) => evaluate::run(client, options, json).await,
        Command::Parity(options) => parity::run(client, options, json).await,
        Command::Finetune(options) => finetune::run(client, options, json).await,
        Command::Deploy(options) => serve::deploy(client, options, json).await,
        Command::Invoke(options) => serve::invoke(client, options, json).await,
        Command::Batch(options) => serve::batch(client, options, json).await,
        Command::Jobs(command) => jobs::run(client, command, json).await,
        Command::Endpoints(command) => endpoints::run(client, command, json).await,
        Command::Catalog(command) => catalog::run(client, command, json).await,
        Command::Collections(command) => collections::run(client, command, json).await,
        Command::Favorites(command) => favorites::run(client, command, json).await,
        Command::Searches(command) => searches::run(client, command, json).await,
        Command::Up(_) | Command::Tour(_) | Command::Worker(_) => Ok(()),
    };
    connection.close().await;
    done
}
