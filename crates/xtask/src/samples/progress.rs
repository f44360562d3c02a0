//! Tells on standard error how a training goes.

use native::train::observer::{Observer, Step, Validation};

/// Tells about every hundredth step.
pub struct Progress {
    name: &'static str,
    total: u64,
}

impl Progress {
    /// Tells about the training of `name`.
    pub fn new(name: &'static str) -> Self {
        Self { name, total: 0 }
    }
}

impl Observer for Progress {
    fn started(&mut self, total_steps: u64) {
        self.total = total_steps;
    }

    fn step(&mut self, step: &Step) {
        if step.step.is_multiple_of(100) || step.step == self.total {
            eprintln!("{}: step {} of {}, loss {:.3}", self.name, step.step, self.total, step.loss);
        }
    }

    fn validated(&mut self, validation: &Validation) {
        eprintln!("{}: accuracy {:.3}", self.name, validation.accuracy);
    }

    fn keep_going(&mut self) -> bool {
        true
    }
}
