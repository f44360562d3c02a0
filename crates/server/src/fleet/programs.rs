//! Whether a command's program is on this machine: told at once, not after five restarts.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use domain::{Fault, Kind};

/// Finds the program of a command.
///
/// # Errors
/// Where there is no such program, or it cannot be run.
pub fn find(command: &[String]) -> Result<(), Fault> {
    let Some(program) = command.first() else { return Ok(()) };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = match program.contains('/') {
        true => runs(Path::new(program)),
        false => std::env::split_paths(&path).any(|folder| runs(&folder.join(program))),
    };
    if found {
        return Ok(());
    }
    let message = format!("there is no program `{program}` on the server's machine");
    Err(Fault::new(Kind::Invalid, message)
        .hint("install it, or name it with its full path in the command"))
}

fn runs(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_name_and_by_path() {
        let check = |program: &str, found: bool| {
            assert_eq!(find(&[program.to_owned()]).is_ok(), found, "{program}");
        };
        check("sh", true);
        check("/bin/sh", true);
        check("/bin", false);
        check("no-such-program", false);
        check("/etc/passwd", false);
    }
}
