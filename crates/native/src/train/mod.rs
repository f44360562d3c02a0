//! Fine-tuning on the kernels, with exact resume.
