//! `modeldex tour`.

use std::path::Path;

use domain::Fault;

use crate::args::{Global, Tour, Up};
use crate::{connect, output, settings, tour};

use super::up;

/// Does the main job on built-in samples, and leaves the server running.
///
/// # Errors
/// Where the data directory or the port is taken, or a step fails.
pub async fn run(global: &Global, options: &Tour) -> Result<(), Fault> {
    let samples = settings::data_dir(global)?.join("samples");
    let up = Up { listen: options.listen, job_slots: 1, allow_process_runtime: false };
    let connection = connect::serve_here(global, &up).await?;
    tour::unpack(&samples)?;
    let shown = shorten(&samples);
    let summary = tour::Steps::new(&connection.client, &samples, shown, global.json).run().await;
    let summary = match summary {
        Ok(summary) => summary,
        Err(fault) => {
            connection.close().await;
            return Err(fault);
        }
    };
    if global.json {
        output::json(&summary);
    }
    if options.exit {
        output::note("\nThe server stops here; `modeldex up` starts it again on the same catalog.");
    } else {
        output::note(format!("\nLook around at {}  (Ctrl-C stops it)", connection.url()));
        up::stopped().await;
    }
    connection.close().await;
    Ok(())
}

/// Writes a path below the home folder with `~`, as people would type it.
fn shorten(path: &Path) -> String {
    let home = std::env::var_os("HOME").map(std::path::PathBuf::from);
    let below = home.as_deref().and_then(|home| path.strip_prefix(home).ok());
    match below {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}
