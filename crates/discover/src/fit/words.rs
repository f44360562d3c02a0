//! Amounts in words, as the sums of an estimate write them.

/// Writes a number of things: `24.7 M`.
pub fn count_in_words(count: u64) -> String {
    const STEPS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")];
    let value = count as f64;
    match STEPS.iter().find(|(size, _)| value >= *size && count >= 10_000) {
        Some((size, unit)) => format!("{} {unit}", short(value / size)),
        None => count.to_string(),
    }
}

/// Writes bytes: `49.4 MB`.
pub fn bytes_in_words(bytes: u64) -> String {
    const STEPS: [(f64, &str); 4] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let value = bytes as f64;
    match STEPS.iter().find(|(size, _)| value >= *size) {
        Some((size, unit)) => format!("{} {unit}", short(value / size)),
        None => format!("{bytes} bytes"),
    }
}

/// Three digits, without zeros that say nothing.
fn short(value: f64) -> String {
    let digits = match value {
        _ if value < 10.0 => 2,
        _ if value < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}
