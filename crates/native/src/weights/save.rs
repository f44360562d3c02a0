//! Writes safetensors files that are whole or not there.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};

use crate::{Error, Result};

/// A tensor to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers<'a> {
    pub(crate) name: &'a str,
    pub(crate) shape: &'a [usize],
    pub(crate) values: &'a [f32],
}

impl<'a> Numbers<'a> {
    fn view(&self) -> Result<(&'a str, TensorView<'a>), SafeTensorError> {
        let bytes = bytemuck::cast_slice(self.values);
        Ok((self.name, TensorView::new(Dtype::F32, self.shape.to_vec(), bytes)?))
    }
}

/// Writes tensors and texts under a temporary name, then gives the file its own.
pub(crate) fn save(
    path: &Path,
    tensors: &[Numbers<'_>],
    texts: HashMap<String, String>,
) -> Result<()> {
    let partial = path.with_extension("partial");
    let wrong = |source: SafeTensorError| Error::Write {
        path: partial.clone(),
        source: std::io::Error::other(source),
    };
    let views = tensors.iter().map(Numbers::view).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    safetensors::serialize_to_file(views, Some(texts), &partial).map_err(wrong)?;
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    sync(&partial).map_err(Error::write(&partial))?;
    fs::rename(&partial, path).map_err(Error::write(path))?;
    match path.parent() {
        // A name is durable only when its folder is.
        Some(dir) => sync(dir).map_err(Error::write(dir)),
        None => Ok(()),
    }
}
