//! Stop texts, which may be spread over several tokens.

/// Lets text through up to the first stop text, and holds back what may become one.
#[derive(Debug)]
pub(super) struct StopFilter {
    stops: Vec<String>,
    held: String,
}

/// What came of some text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// Writing goes on; this much text is certain.
    Text(String),
    /// A stop text appeared; this is what was before it.
    Stopped(String),
}

impl StopFilter {
    pub(super) fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, held: String::new() }
    }

    /// Takes text in and lets out what is certain.
    pub(super) fn push(&mut self, text: &str) -> Passed {
        self.held.push_str(text);
        if let Some(start) = self.stops.iter().filter_map(|stop| self.held.find(stop)).min() {
            self.held.truncate(start);
            return Passed::Stopped(std::mem::take(&mut self.held));
        }
        let rest = self.held.split_off(self.held.len() - self.undecided());
        Passed::Text(std::mem::replace(&mut self.held, rest))
    }

    /// Lets out what was held back, at the end.
    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Counts the bytes at the end that may be the beginning of a stop text.
    fn undecided(&self) -> usize {
        let longest = |stop: &String| {
            let mut begins = stop.char_indices().map(|(at, _)| at).rev();
            begins.find(|at| self.held.ends_with(&stop[..*at])).unwrap_or(0)
        };
        self.stops.iter().map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes each text and joins what came out; a `|` marks the stop.
    fn run(stops: &[&str], texts: &[&str]) -> (Vec<String>, String) {
        let stops: Vec<String> = stops.iter().map(|stop| stop.to_string()).collect();
        let mut filter = StopFilter::new(&stops);
        let mut out = Vec::new();
        for text in texts {
            match filter.push(text) {
                Passed::Text(text) => out.push(text),
                Passed::Stopped(text) => {
                    out.push(text + "|");
                    return (out, String::new());
                }
            }
        }
        (out, filter.finish())
    }

    #[test]
    fn text_before_a_stop_comes_out_and_nothing_of_it() {
        let check = |stops: &[&str], texts: &[&str], expected: &[&str], rest: &str| {
            let (out, held) = run(stops, texts);
            assert_eq!(out, expected, "{stops:?} {texts:?}");
            assert_eq!(held, rest, "{stops:?} {texts:?}");
        };
        check(&[], &["a", "b"], &["a", "b"], "");
        check(&[""], &["a"], &["a"], "");
        check(&["\n"], &["one", " two\nthree"], &["one", " two|"], "");
        check(&["###"], &["a#", "#", "b"], &["a", "", "##b"], "");
        check(&["###"], &["a#", "#", "#b"], &["a", "", "|"], "");
        check(&["###"], &["a", "##"], &["a", ""], "##");
        check(&["abab"], &["ab", "ac", "abab"], &["", "abac", "|"], "");
        check(&["end", "nd"], &["the e", "nd"], &["the ", "|"], "");
        check(&["日本"], &["日", "光"], &["", "日光"], "");
        check(&["b", "ab"], &["ab"], &["|"], "");
    }
}
