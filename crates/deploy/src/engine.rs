//! How this build's engine writes for many at once.

use std::time::Duration;

use domain::Task;
use native::serve::{KvKind, ServeOptions};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::plan::in_range;

/// Most answers that are written at once: with more, each is slower than anyone wants to read.
const SEQUENCES_MAX: u64 = 256;
/// Most memory for keys and values, in MiB: 1 TiB.
const CACHE_MIB_MAX: u64 = 1 << 20;
/// Longest time for a request: a day.
const SECONDS_MAX: u64 = 86_400;

/// What a deployment says of its engine; what is left out is as usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineOptions {
    /// How keys and values are kept; as precise as the weights by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv_cache: Option<KvKind>,
    /// Memory for them, in MiB; a quarter of the machine's by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv_cache_mib: Option<u32>,
    /// Answers that are written at once; 16 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequences_max: Option<u16>,
    /// Seconds that a request may take, waiting included; an hour by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_max: Option<u32>,
}

impl EngineOptions {
    /// Tells whether all is as usual.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Checks the options for a task of this build's engine, or for a command (no task).
    ///
    /// # Errors
    /// Where they are not for it, or a number is out of its range.
    pub(crate) fn check(&self, task: Option<Task>) -> Result<(), Error> {
        if !self.is_usual() {
            match task {
                None => {
                    let why = "it takes no options of the engine: tell it by argument".into();
                    return Err(Error::Command { why });
                }
                Some(task) if !task.generates_text() => return Err(Error::Engine { task }),
                Some(_) => {}
            }
        }
        let check = |field, value: Option<u64>, most| {
            value.map(|value| in_range(field, value, most)).transpose()
        };
        check("kv_cache_mib", self.kv_cache_mib.map(u64::from), CACHE_MIB_MAX)?;
        check("sequences_max", self.sequences_max.map(u64::from), SEQUENCES_MAX)?;
        check("seconds_max", self.seconds_max.map(u64::from), SECONDS_MAX)?;
        Ok(())
    }

    /// Returns what the engine is told, where all else is as in `usual`.
    pub fn over(&self, usual: ServeOptions) -> ServeOptions {
        ServeOptions {
            kv_cache: self.kv_cache.or(usual.kv_cache),
            cache_bytes: self.kv_cache_mib.map_or(usual.cache_bytes, |mib| u64::from(mib) << 20),
            running_max: self.sequences_max.map_or(usual.running_max, usize::from),
            time_max: self
                .seconds_max
                .map_or(usual.time_max, |seconds| Duration::from_secs(u64::from(seconds))),
            ..usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_comes_before_what_is_usual() {
        let usual = || ServeOptions { running_max: 7, ..ServeOptions::default() };
        let plain = EngineOptions::default().over(usual());
        assert_eq!((plain.running_max, plain.kv_cache), (7, None));
        let said: EngineOptions = serde_json::from_str(
            r#"{"kv_cache": "int8", "kv_cache_mib": 3, "sequences_max": 2, "seconds_max": 9}"#,
        )
        .unwrap();
        let told = said.over(usual());
        assert_eq!((told.kv_cache, told.cache_bytes), (Some(KvKind::Int8), 3 << 20));
        assert_eq!((told.running_max, told.time_max), (2, Duration::from_secs(9)));
    }

    #[test]
    fn options_are_for_models_that_write_and_in_their_ranges() {
        let check = |options: EngineOptions, task, expected: &str| {
            let found = options.check(task).err().map(|error| error.to_string());
            assert_eq!(found.as_deref().unwrap_or_default(), expected);
        };
        let writes = Some(Task::ChatCompletion);
        let two = EngineOptions { sequences_max: Some(2), ..EngineOptions::default() };
        check(two, writes, "");
        check(EngineOptions::default(), None, "");
        check(
            two,
            Some(Task::FillMask),
            "`engine` is for models that write text, not for `fill-mask`",
        );
        check(
            two,
            None,
            "cannot deploy this command: it takes no options of the engine: tell it by argument",
        );
        check(
            EngineOptions { sequences_max: Some(0), ..two },
            writes,
            "`sequences_max` is 0, but must be between 1 and 256",
        );
        check(
            EngineOptions { seconds_max: Some(90_000), ..two },
            writes,
            "`seconds_max` is 90000, but must be between 1 and 86400",
        );
    }
}
