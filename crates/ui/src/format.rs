//! Numbers and times for people.

use maud::{Markup, html};

/// Writes a number with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a number of things with its noun.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

/// Writes a number of parameters, such as `22.7M`.
pub(crate) fn compact(number: u64) -> String {
    const STEPS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")];
    let value = number as f64;
    match STEPS.iter().find(|(size, _)| value >= *size) {
        Some((size, unit)) if value / size < 100.0 => format!("{}{unit}", short(value / size)),
        Some((size, unit)) => format!("{:.0}{unit}", value / size),
        None => number.to_string(),
    }
}

/// Writes bytes, such as `90.9 MB`.
pub(crate) fn bytes(number: u64) -> String {
    const STEPS: [(f64, &str); 4] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let value = number as f64;
    match STEPS.iter().find(|(size, _)| value >= *size) {
        Some((size, unit)) => format!("{} {unit}", short(value / size)),
        None => format!("{number} B"),
    }
}

/// One decimal place, none where it is zero.
fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Writes a share of one as percent with one decimal place.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Writes a metric, short but with what is needed to tell two apart.
pub(crate) fn metric(value: f64) -> String {
    match value.abs() {
        size if value >= 0.0 && size.fract() == 0.0 => count(size as u64),
        size if size < 0.001 => format!("{value:.1e}"),
        size if size < 10.0 => format!("{value:.4}"),
        size if size < 10_000.0 => format!("{value:.1}"),
        _ => count(value.round() as u64),
    }
}

/// Writes how long something takes, in its two largest units.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0 => "under 1 s".to_owned(),
        1..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        3_600..86_400 => format!("{} h {} min", whole / 3_600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3_600 % 24),
    }
}

/// Shows how long ago something was, with the exact time for pointers and programs.
pub(crate) fn ago(now_ms: i64, then_ms: i64) -> Markup {
    let iso = iso(then_ms);
    html! { time datetime=(iso) title=(iso.replace('T', " ").replace('Z', " UTC")) {
        (distance(now_ms - then_ms, &iso))
    } }
}

fn distance(passed_ms: i64, iso: &str) -> String {
    match passed_ms / 1_000 {
        ..10 => "just now".to_owned(),
        seconds @ 10..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
        seconds @ 86_400..172_800 => format!("{} day ago", seconds / 86_400),
        seconds @ 172_800..2_592_000 => format!("{} days ago", seconds / 86_400),
        _ => iso.split('T').next().unwrap_or_default().to_owned(),
    }
}

/// Writes milliseconds since the epoch as `2026-11-25T13:15:14Z`.
pub(crate) fn iso(ms: i64) -> String {
    let (days, second) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1_000);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Days since the epoch as a date of the Gregorian calendar, counted from March of year 0 so that
/// the leap day ends a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        let counts = [(7, "7"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in counts {
            assert_eq!(count(number), text);
        }
        let sizes = [(512, "512"), (22_713_216, "22.7M"), (7_000_000_000, "7B"), (340_000, "340K")];
        for (number, text) in sizes {
            assert_eq!(compact(number), text);
        }
        assert_eq!(bytes(90_868_376), "90.9 MB");
        assert_eq!(bytes(12), "12 B");
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(counted(10_003, "row", "rows"), "10,003 rows");
    }

    #[test]
    fn metrics_keep_what_tells_them_apart() {
        let cases = [
            (0.0, "0"),
            (272.0, "272"),
            (0.93766, "0.9377"),
            (0.000_05, "5.0e-5"),
            (123.44, "123.4"),
        ];
        for (value, text) in cases {
            assert_eq!(metric(value), text);
        }
    }

    #[test]
    fn times_are_read_at_a_glance() {
        let cases =
            [(0.2, "under 1 s"), (59.4, "59 s"), (61.0, "1 min 1 s"), (7_260.0, "2 h 1 min")];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text);
        }
        let shown = |passed_ms| distance(passed_ms, "2026-11-25T13:15:14Z");
        assert_eq!(shown(-5_000), "just now");
        assert_eq!(shown(61_000), "1 min ago");
        assert_eq!(shown(90_000_000), "1 day ago");
        assert_eq!(shown(90_000_000_000), "2026-11-25");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_795_612_514_999, "2026-11-25T13:15:14Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59Z"),
            (-1_000, "1969-12-31T23:59:59Z"),
        ];
        for (ms, text) in cases {
            assert_eq!(iso(ms), text);
        }
    }
}
