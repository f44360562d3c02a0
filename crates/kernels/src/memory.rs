//! Room for large matrices.

/// Bytes of a huge page.
const HUGE: usize = 2 << 20;

/// Makes a vector of equal elements, in huge pages as far as it fills them: what is read from end
/// to end for every token then has its addresses translated five hundred times less often.
pub(crate) fn room<T: Copy>(zero: T, len: usize) -> Vec<T> {
    let mut room = Vec::<T>::with_capacity(len);
    advise(room.as_mut_ptr().cast(), len * size_of::<T>());
    room.resize(len, zero);
    room
}

#[cfg(target_os = "linux")]
fn advise(start: *mut u8, bytes: usize) {
    let before = start.align_offset(HUGE);
    let whole = bytes.saturating_sub(before) / HUGE * HUGE;
    if whole > 0 {
        let advice = rustix::mm::Advice::LinuxHugepage;
        // SAFETY: the range is a part of one allocation, and whether the system follows the
        // advice changes nothing that can be seen.
        let _ = unsafe { rustix::mm::madvise(start.wrapping_add(before).cast(), whole, advice) };
    }
}

#[cfg(not(target_os = "linux"))]
fn advise(_: *mut u8, _: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_as_long_as_asked_and_zero() {
        for len in [0, 1, HUGE - 1, 3 * HUGE + 5] {
            let room = room(7_u8, len);
            assert!(room.len() == len && room.iter().all(|x| *x == 7));
        }
    }
}
