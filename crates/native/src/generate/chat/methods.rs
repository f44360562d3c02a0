//! Python's methods of texts and maps. Those that make much of little are paid for before.

use minijinja::value::{Rest, Value, from_args};
use minijinja::{Error, State};
use minijinja_contrib::pycompat;

/// Calls a method that the value itself does not have.
pub(super) fn call(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    match (value.as_str(), method) {
        (Some(text), "replace") => {
            let (old, new, _): (&str, &str, Option<i32>) = from_args(args)?;
            charge(state, text.matches(old).count().saturating_mul(new.len()))?;
        }
        // The filter does the same, and pays for it.
        (Some(_), "join") => {
            let (values,): (Value,) = from_args(args)?;
            return state.apply_filter("join", &[values, value.clone()]);
        }
        (Some(text), "format") => {
            let longest = longest(state, args)?.saturating_add(largest_number(text));
            charge(state, text.matches('{').count().saturating_mul(longest))?;
        }
        _ => {}
    }
    pycompat::unknown_method_callback(state, value, method, args)
}

/// Pays for bytes that are about to be made.
fn charge(state: &State<'_, '_>, bytes: usize) -> Result<(), Error> {
    state.consume_fuel((bytes / super::FUEL_BYTES) as u64)
}

/// Returns the bytes of the longest of some values, as texts.
fn longest(state: &mut State<'_, '_>, args: &[Value]) -> Result<usize, Error> {
    let (args,): (Rest<Value>,) = from_args(args)?;
    let mut longest = 0;
    for arg in args.iter() {
        let text = state.apply_filter("string", std::slice::from_ref(arg))?;
        longest = longest.max(text.as_str().map_or(0, str::len));
    }
    Ok(longest)
}

/// Returns the largest number in a text: no field of a format is wider.
fn largest_number(text: &str) -> usize {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    digits.map(|digits| digits.parse().unwrap_or(usize::MAX)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_number_bounds_the_width() {
        let check = |text: &str, expected: usize| assert_eq!(largest_number(text), expected);
        check("{:>12} {:.345f}", 345);
        check("{}", 0);
        check("{:99999999999999999999999}", usize::MAX);
    }
}
