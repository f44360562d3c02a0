//! Where things are when nobody says.

use std::path::{Path, PathBuf};

use domain::{Fault, Kind};
use server::Config;

use crate::args::Global;

/// Returns the data directory: the option, or the system's place for data.
///
/// # Errors
/// Where the system tells no home.
pub fn data_dir(global: &Global) -> Result<PathBuf, Fault> {
    if let Some(dir) = &global.data_dir {
        return absolute(dir);
    }
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = from("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(from("HOME")?).join(".local/share")));
    base.map(|base| base.join("modeldex")).ok_or_else(|| {
        Fault::new(Kind::Invalid, "there is no home folder to keep the data directory in")
            .hint("name one with `--data-dir`")
    })
}

/// Makes `path` absolute, so that worker processes mean the same place.
///
/// # Errors
/// Where the working directory is gone.
pub fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|error| {
        Fault::new(Kind::Invalid, format!("cannot resolve `{}`", path.display())).because(error)
    })
}

/// Builds the configuration of a server in this process.
///
/// # Errors
/// Where there is no data directory, or this program cannot find itself.
pub fn config(global: &Global) -> Result<Config, Fault> {
    let program = std::env::current_exe().map_err(|error| {
        Fault::new(Kind::Internal, "cannot find the running program").because(error)
    })?;
    let mut config = Config::new(data_dir(global)?, program);
    config.database_url = global.database_url.clone();
    config.assets_url = global.assets_url.clone();
    config.offline = global.offline;
    config.token = global.token.clone().filter(|token| !token.is_empty());
    if let Ok(url) = std::env::var("HF_ENDPOINT") {
        config.hub_url = url;
    }
    config.hub_token = std::env::var("HF_TOKEN").ok().filter(|token| !token.is_empty());
    Ok(config)
}
