//! Text generation: prompts, sampling, stopping.
