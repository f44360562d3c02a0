//! How a file becomes a blob: checked, made durable, moved into place at once.

use std::fs::{File, FileTimes};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::SystemTime;

use domain::Digest;
use tempfile::NamedTempFile;

use crate::store::Home;
use crate::{Error, Hasher, Result, digest_file, view};

/// How much of a file is copied at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Copies a file into `staging`; the digest is that of the bytes that were copied.
///
/// A copy and never a link: whoever owns the file may change it in place.
pub(crate) fn copy_hashing(from: &Path, staging: &Path) -> Result<(NamedTempFile, Digest, u64)> {
    let mut file = File::open(from).map_err(Error::io("read", from))?;
    let mut staged =
        NamedTempFile::new_in(staging).map_err(Error::io("make a file in", staging))?;
    let mut hasher = Hasher::default();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = file.read(&mut chunk).map_err(Error::io("read", from))?;
        if count == 0 {
            let size = hasher.size_bytes();
            return Ok((staged, hasher.finish(), size));
        }
        hasher.update(&chunk[..count]);
        staged.write_all(&chunk[..count]).map_err(Error::io("write", staging))?;
    }
}

/// Reads a file and returns its size where it holds what it should.
pub(crate) fn check(path: &Path, expected: &Digest) -> Result<u64> {
    let (found, size) = digest_file(path)?;
    if found == *expected {
        return Ok(size);
    }
    Err(Error::Mismatch { path: path.to_owned(), expected: expected.clone(), found })
}

/// Moves a file whose digest is known into its place.
///
/// A blob that is there already is read before it is trusted, and replaced where it is damaged.
/// Its time is renewed, so that garbage collection sees it as new.
pub(crate) fn place(
    staged: impl AsRef<Path>,
    home: &Home,
    views: &Path,
    digest: &Digest,
) -> Result<()> {
    let staged = staged.as_ref();
    let target = home.blob(digest);
    let lock = lock_file(home.files())?;
    lock.lock_shared().map_err(Error::io("lock", home.files()))?;
    if digest_file(&target).is_ok_and(|(found, _)| found == *digest) {
        renew(&target)?;
        return std::fs::remove_file(staged).map_err(Error::io("remove", staged));
    }
    view::remove_linked(views, &target)?;
    let folder = target.parent().unwrap_or(home.files());
    std::fs::create_dir_all(folder).map_err(Error::io("make", folder))?;
    seal(staged)?;
    match std::fs::rename(staged, &target) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            move_across(staged, home, &target, digest)?;
        }
        Err(error) => return Err(Error::io("write", &target)(error)),
    }
    sync_folder(folder)
}

/// Reads a blob, and gives it the time of now: garbage collection sees it as new.
pub(crate) fn keep(home: &Home, digest: &Digest) -> Result<u64> {
    let path = home.blob(digest);
    let lock = lock_file(home.files())?;
    lock.lock_shared().map_err(Error::io("lock", home.files()))?;
    let (found, size) = digest_file(&path)?;
    if found != *digest {
        let why = format!("its bytes have the digest `{}`", found.short());
        return Err(Error::Damaged { what: "blob", digest: digest.clone(), why });
    }
    renew(&path)?;
    Ok(size)
}

/// Opens the lock that keeps garbage collection from removing what is just being put.
pub(crate) fn lock_file(files: &Path) -> Result<File> {
    let path = files.join("lock");
    let open = File::options().create(true).truncate(false).write(true).open(&path);
    open.map_err(Error::io("open", &path))
}

fn move_across(staged: &Path, home: &Home, target: &Path, digest: &Digest) -> Result<()> {
    let (copy, found, _) = copy_hashing(staged, &home.staging())?;
    if found != *digest {
        let path = staged.to_owned();
        return Err(Error::Mismatch { path, expected: digest.clone(), found });
    }
    seal(copy.path())?;
    copy.into_temp_path()
        .persist(target)
        .map_err(|error| Error::io("write", target)(error.error))?;
    std::fs::remove_file(staged).map_err(Error::io("remove", staged))
}

/// Makes a file durable and read-only.
fn seal(path: &Path) -> Result<()> {
    renew(path)?;
    let file = File::open(path).map_err(Error::io("open", path))?;
    let metadata = file.metadata().map_err(Error::io("read", path))?;
    let mut permissions = metadata.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions).map_err(Error::io("seal", path))?;
    file.sync_all().map_err(Error::io("write", path))
}

/// Gives a file the time of now, as a write to it would.
#[expect(clippy::disallowed_methods, reason = "stamps of the file system are in its time")]
fn renew(path: &Path) -> Result<()> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let times = FileTimes::new().set_modified(SystemTime::now());
    file.set_times(times).map_err(Error::io("write", path))
}

/// Makes a rename durable; only Unix can open folders.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        let opened = File::open(folder).map_err(Error::io("open", folder))?;
        opened.sync_all().map_err(Error::io("write", folder))?;
    }
    Ok(())
}
