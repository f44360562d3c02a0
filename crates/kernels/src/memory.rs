//! Room for large matrices.

use bytemuck::Zeroable;

/// Bytes of a huge page.
const HUGE: usize = 2 << 20;
/// Bytes that a page has at most, where it is not a huge one.
const PAGE: usize = 64 << 10;

/// Makes a vector of equal elements, in huge pages as far as it fills them: what is read from end
/// to end for every token then has its addresses translated five hundred times less often.
pub(crate) fn room<T: Copy>(zero: T, len: usize) -> Vec<T> {
    let mut room = Vec::<T>::with_capacity(len);
    let bytes = room.spare_capacity_mut();
    // SAFETY: whether the system follows the advice changes nothing that can be seen.
    unsafe { advise(bytes.as_mut_ptr().cast(), size_of_val(bytes), HUGE, &[Advice::Huge]) };
    room.resize(len, zero);
    room
}

/// Makes a vector of zeros that takes memory where it is written, and no more than that: not in
/// huge pages, of which the allocator may have touched some already.
pub fn sparse_room<T: Zeroable + Copy>(len: usize) -> Vec<T> {
    let mut room = vec![T::zeroed(); len];
    let advice = [Advice::NotHuge, Advice::Forget];
    // SAFETY: memory of an allocator is anonymous and private: what is forgotten is zero when it
    // is seen again, as it is now.
    unsafe { advise(room.as_mut_ptr().cast(), size_of_val(&*room), PAGE, &advice) };
    room
}

/// What the system may know of some memory.
#[derive(Clone, Copy)]
enum Advice {
    Huge,
    NotHuge,
    /// Its contents are not needed.
    Forget,
}

/// Gives advice about the whole pages in a range.
///
/// # Safety
/// The range must be a part of one allocation that is the caller's own.
#[cfg(target_os = "linux")]
unsafe fn advise(start: *mut u8, bytes: usize, page: usize, all: &[Advice]) {
    let before = start.align_offset(page);
    let whole = bytes.saturating_sub(before) / page * page;
    for advice in all.iter().filter(|_| whole > 0) {
        let advice = match advice {
            Advice::Huge => rustix::mm::Advice::LinuxHugepage,
            Advice::NotHuge => rustix::mm::Advice::LinuxNoHugepage,
            Advice::Forget => rustix::mm::Advice::LinuxDontNeed,
        };
        // SAFETY: the caller's promise.
        let _ = unsafe { rustix::mm::madvise(start.wrapping_add(before).cast(), whole, advice) };
    }
}

#[cfg(not(target_os = "linux"))]
unsafe fn advise(_: *mut u8, _: usize, _: usize, _: &[Advice]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_as_long_as_asked_and_zero() {
        for len in [0, 1, HUGE - 1, 3 * HUGE + 5] {
            let room = room(7_u8, len);
            assert!(room.len() == len && room.iter().all(|x| *x == 7));
            assert_eq!(sparse_room::<u16>(len), vec![0; len]);
        }
    }
}
