//! What a foreign command sees of the server's environment: what programs need, and no secret.

/// Variables that programs need to find files, words and devices.
const PLAIN: [&str; 17] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHOME",
    "CONDA_PREFIX",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "SSL_CERT_FILE",
    "MODELDEX_LOG",
];
/// Beginnings of the variables of devices, threads and servers.
const FAMILIES: [&str; 17] = [
    "LC_",
    "CUDA_",
    "NVIDIA_",
    "NCCL_",
    "HIP_",
    "ROCM_",
    "ROCR_",
    "HSA_",
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "PYTORCH_",
    "TORCH_",
    "VLLM_",
    "GGML_",
    "LLAMA_",
    "TRITON_",
];
/// Parts of names that hold secrets, whatever they begin with.
const SECRET: [&str; 6] = ["TOKEN", "KEY", "SECRET", "PASS", "CREDENTIAL", "AUTH"];

/// Tells whether a command may see a variable.
pub fn is_seen(name: &str) -> bool {
    let known = PLAIN.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family));
    known && !SECRET.iter().any(|part| name.contains(part))
}

/// Returns the variables of this process that a command may see.
pub fn seen() -> impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)> {
    std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_seen() {
        let check = |name: &str, seen: bool| assert_eq!(is_seen(name), seen, "{name}");
        check("PATH", true);
        check("LC_ALL", true);
        check("CUDA_VISIBLE_DEVICES", true);
        check("VLLM_WORKER_MULTIPROC_METHOD", true);
        check("MODELDEX_TOKEN", false);
        check("MODELDEX_DATABASE_URL", false);
        check("HF_TOKEN", false);
        check("AWS_SECRET_ACCESS_KEY", false);
        check("VLLM_API_KEY", false);
        check("LLAMA_ARG_API_KEY", false);
        check("OPENAI_API_KEY", false);
        check("PGPASSWORD", false);
    }
}
