//! Where names stand beside points, so that none covers another at any width of the page.
//!
//! Points move apart as a page gets wider, and letters stay as they are. A place is taken only if
//! it is free on the narrowest and on the widest page in the same way: then it is free on all of
//! those between.

/// A point that wants its name beside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// Where it is across, as a share of the width.
    pub x: f64,
    /// Where it is down, in pixels.
    pub y: f64,
    /// How wide its name is, in pixels.
    pub width: f64,
}

/// A side of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Right,
    Left,
    Above,
    Below,
}

/// A name that has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// The point.
    pub at: usize,
    /// Where the name is.
    pub side: Side,
    /// Whether it needs a wide page.
    pub is_roomy: bool,
}

/// The narrowest picture: a phone of 320 pixels without its margins.
const NARROW: f64 = 256.0;
/// From here on a page is wide; the stylesheet knows it too.
pub(super) const ROOMY: f64 = 620.0;
/// The widest picture: the width of a page.
const WIDE: f64 = 1_340.0;
/// More names than this are not read.
const NAMES_MAX: usize = 16;

/// Half the height of a line of text.
const HALF: f64 = 7.5;
/// From the middle of a point to its name.
const AWAY: f64 = 9.0;
/// Half the size of a point.
const POINT: f64 = 5.0;

/// A box at the two ends of a range of widths.
#[derive(Clone, Copy, Debug)]
struct Area {
    /// Left and right, on the narrow page and on the wide one.
    across: [(f64, f64); 2],
    top: f64,
    bottom: f64,
}

/// Finds places for as many names as there is room for; those that come first have the choice.
pub(super) fn place(spots: &[Spot]) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::new();
    for (from, is_roomy) in [(NARROW, false), (ROOMY, true)] {
        for at in 0..spots.len() {
            if placed.len() == NAMES_MAX {
                return placed;
            }
            if placed.iter().any(|one| one.at == at) {
                continue;
            }
            let free = |side: &Side| is_free(spots, &placed, (at, *side), [from, WIDE]);
            let sides = [Side::Right, Side::Left, Side::Above, Side::Below];
            if let Some(side) = sides.into_iter().find(free) {
                placed.push(Placed { at, side, is_roomy });
            }
        }
    }
    placed
}

fn is_free(spots: &[Spot], placed: &[Placed], (at, side): (usize, Side), widths: [f64; 2]) -> bool {
    let area = name(&spots[at], side, widths);
    let inside = area
        .across
        .iter()
        .zip(widths)
        .all(|((left, right), width)| *left >= 0.0 && *right <= width);
    let names = placed.iter().map(|one| name(&spots[one.at], one.side, widths));
    let points = spots.iter().enumerate().filter(|(other, _)| *other != at);
    let mut taken = names.chain(points.map(|(_, spot)| point(spot, widths)));
    inside && taken.all(|other| apart(&area, &other))
}

fn name(spot: &Spot, side: Side, widths: [f64; 2]) -> Area {
    let (left, middle) = match side {
        Side::Right => (AWAY, 0.0),
        Side::Left => (-AWAY - spot.width, 0.0),
        Side::Above => (-spot.width / 2.0, -AWAY - HALF),
        Side::Below => (-spot.width / 2.0, AWAY + HALF),
    };
    let across = widths.map(|width| {
        let left = spot.x * width + left;
        (left, left + spot.width)
    });
    Area { across, top: spot.y + middle - HALF, bottom: spot.y + middle + HALF }
}

fn point(spot: &Spot, widths: [f64; 2]) -> Area {
    let across = widths.map(|width| (spot.x * width - POINT, spot.x * width + POINT));
    Area { across, top: spot.y - POINT, bottom: spot.y + POINT }
}

/// Two boxes are apart on all widths where one is above the other, or left of it at both ends.
fn apart(one: &Area, other: &Area) -> bool {
    let left_of = |one: &Area, other: &Area| {
        one.across.iter().zip(&other.across).all(|(one, other)| one.1 <= other.0)
    };
    one.bottom <= other.top || other.bottom <= one.top || left_of(one, other) || left_of(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns points that are spread as models are: many on few columns.
    fn spots(count: usize) -> Vec<Spot> {
        let mut state = 11_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let spot = |_| Spot {
            x: 0.1 + 0.85 * (next() * 6.0).floor() / 6.0,
            y: 300.0 * next(),
            width: 40.0 + 90.0 * next(),
        };
        (0..count).map(spot).collect()
    }

    #[test]
    fn no_name_covers_another_or_leaves_the_picture_at_any_width() {
        for count in [1, 5, 40, 200] {
            let spots = spots(count);
            let placed = place(&spots);
            assert!(!placed.is_empty() && placed.len() <= NAMES_MAX);
            for width in (256..=1_340).step_by(17).map(f64::from) {
                let shown = placed.iter().filter(|one| !one.is_roomy || width >= ROOMY);
                let areas: Vec<_> =
                    shown.map(|one| name(&spots[one.at], one.side, [width; 2])).collect();
                for (at, area) in areas.iter().enumerate() {
                    assert!(area.across[0].0 >= -0.01 && area.across[0].1 <= width + 0.01);
                    assert!(areas[..at].iter().all(|other| apart(area, other)), "{width}");
                }
            }
        }
    }

    #[test]
    fn the_first_has_the_choice_and_a_wide_page_shows_more() {
        // Half of the first name has just room between its point and the edge of a narrow page.
        let spot = Spot { x: 0.2, y: 50.0, width: 100.0 };
        let row: Vec<_> =
            (0..8).map(|at| Spot { x: spot.x + 0.1 * f64::from(at), ..spot }).collect();
        let placed = place(&row);
        assert_eq!((placed[0].at, placed[0].is_roomy), (0, false));
        assert!(placed.iter().any(|one| one.is_roomy), "{placed:?}");
    }
}
