//! How fast a hub wants to be asked: `Retry-After`, and what is left of its `RateLimit`.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// The form of dates that servers send; the two older ones are not sent any more.
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);
/// The last requests of a window are spread over what is left of it: others behind the same
/// address may want some too.
const SPREAD: u64 = 10;
/// The longest window that is believed, in seconds; hubs count by minutes, the slowest by the day.
const WINDOW_SECONDS_MAX: u64 = 86_400;

/// What is left of the requests of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimit {
    remaining: u64,
    seconds: u64,
}

impl RateLimit {
    /// Reads `RateLimit: "api";r=489;t=189`, `RateLimit: remaining=489, reset=189`, or the two
    /// headers `RateLimit-Remaining` and `RateLimit-Reset`; of several limits the tightest.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut limits: Vec<Self> = headers
            .get_all("ratelimit")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(read_limits)
            .collect();
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        let apart = [["ratelimit-remaining", "ratelimit-reset"]];
        limits.extend(apart.iter().filter_map(|[remaining, seconds]| {
            Some(Self { remaining: number(remaining)?, seconds: number(seconds)? })
        }));
        limits.into_iter().max_by_key(Self::pause)
    }

    /// Returns how long to wait before the next request.
    pub(crate) fn pause(&self) -> Duration {
        let window = Duration::from_secs(self.seconds.min(WINDOW_SECONDS_MAX));
        match self.remaining {
            0 => window,
            left @ 1..SPREAD => window / u32::try_from(left + 1).unwrap_or(1),
            _ => Duration::ZERO,
        }
    }
}

/// Reads every limit of a header: policies are apart by `,` in the later form, and the earlier
/// form has one limit with its members apart by `,`.
fn read_limits(text: &str) -> Vec<RateLimit> {
    let pairs = |text: &str, names: [&str; 2]| {
        let members = text.split([',', ';']).filter_map(|member| member.split_once('='));
        let members: Vec<_> = members.map(|(name, value)| (name.trim(), value.trim())).collect();
        let number = |wanted| {
            let found = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
            found.1.parse().ok()
        };
        Some(RateLimit { remaining: number(names[0])?, seconds: number(names[1])? })
    };
    match pairs(text, ["remaining", "reset"]) {
        Some(limit) => vec![limit],
        None => text.split(',').filter_map(|policy| pairs(policy, ["r", "t"])).collect(),
    }
}

/// Reads how long the hub asks to wait: seconds, or a date on the clock that it shows beside.
///
/// Without its clock a date says nothing: ours may be another.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| PrimitiveDateTime::parse(text, HTTP_DATE).ok();
    let seconds = (date(asked)? - date(text(DATE)?)?).whole_seconds();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_as_a_date() {
        let check = |asked: &str, date: &str, seconds: Option<u64>| {
            let found = retry_after(&headers(&[("retry-after", asked), ("date", date)]));
            assert_eq!(found.map(|time| time.as_secs()), seconds, "{asked}");
        };
        let now = "Sun, 06 Nov 1994 08:49:37 GMT";
        check("7", now, Some(7));
        check(" 0 ", now, Some(0));
        check("Sun, 06 Nov 1994 08:51:00 GMT", now, Some(83));
        check("Mon, 07 Nov 1994 08:49:37 GMT", now, Some(86_400));
        check("Sun, 06 Nov 1994 08:00:00 GMT", now, Some(0));
        check("Sun, 06 Nov 1994 08:51:00 GMT", "yesterday", None);
        check("soon", now, None);
        check("-3", now, None);
        check("99999999999999999999", now, None);
        assert_eq!(retry_after(&headers(&[])), None);
    }

    #[test]
    fn the_last_requests_of_a_window_are_spread_over_it() {
        let check = |pairs: &[(&'static str, &str)], pause: Option<u64>| {
            let limit = RateLimit::read(&headers(pairs));
            assert_eq!(limit.map(|limit| limit.pause().as_secs()), pause, "{pairs:?}");
        };
        check(&[("ratelimit", "\"api\";r=489;t=189")], Some(0));
        check(&[("ratelimit", "\"api\";r=0;t=189")], Some(189));
        check(&[("ratelimit", "\"api\";r=4;t=200")], Some(40));
        check(&[("ratelimit", "\"a\";r=99;t=5, \"b\";r=0;t=7")], Some(7));
        check(&[("ratelimit", "limit=100, remaining=0, reset=5")], Some(5));
        check(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "9")], Some(9));
        check(&[("ratelimit", "\"api\";r=0;t=99999999999")], Some(86_400));
        check(&[("ratelimit", "\"api\";r=-1;t=x")], None);
        check(&[("ratelimit-remaining", "0")], None);
    }
}
