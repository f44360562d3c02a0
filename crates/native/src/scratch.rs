//! Memory for the matrices of a pass: what one pass is done with, the next one takes again.
//!
//! A long prompt takes tens of megabytes for each block. Asked for anew each time, the system
//! would clear every page of it, and each matrix would be filled with zeros before it is written.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// Rooms that a thread keeps: more than a pass has at the same time.
const KEPT_MAX: usize = 8;

thread_local! {
    static KEPT: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A matrix that is gone when the pass is done.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// As long as it ever was, so that nothing is filled twice.
    room: Vec<f32>,
    len: usize,
}

impl Scratch {
    /// Returns a matrix of so many numbers, which are to be written before they are read: they may
    /// be any that were there before.
    pub(crate) fn new(len: usize) -> Self {
        let mut room = KEPT.with_borrow_mut(|kept| take(kept, len)).unwrap_or_default();
        if room.len() < len {
            room.resize(len, 0.0);
        }
        Self { room, len }
    }
}

/// Takes the smallest room that is large enough.
fn take(kept: &mut Vec<Vec<f32>>, len: usize) -> Option<Vec<f32>> {
    let fits = kept.iter().enumerate().filter(|(_, room)| room.len() >= len);
    let place = fits.min_by_key(|(_, room)| room.len())?.0;
    Some(kept.swap_remove(place))
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let room = std::mem::take(&mut self.room);
        // A thread that ends has nothing to keep it in.
        let _ = KEPT.try_with(|kept| keep(&mut kept.borrow_mut(), room));
    }
}

/// Keeps a room, in place of the smallest where there are many.
fn keep(kept: &mut Vec<Vec<f32>>, room: Vec<f32>) {
    if kept.len() < KEPT_MAX {
        return kept.push(room);
    }
    if let Some(smallest) = kept.iter_mut().min_by_key(|kept| kept.len())
        && smallest.len() < room.len()
    {
        *smallest = room;
    }
}

impl Deref for Scratch {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.room[..self.len]
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.room[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_used_again_and_not_more_than_needed() {
        let kept = || KEPT.with_borrow(|kept| kept.iter().map(Vec::len).collect::<Vec<_>>());
        drop((Scratch::new(100), Scratch::new(10)));
        assert_eq!(kept(), [100, 10]);
        let small = Scratch::new(7);
        assert_eq!((small.len(), kept()), (7, vec![100]));
        let another = Scratch::new(7);
        assert_eq!((another.len(), kept()), (7, vec![]));
        drop((small, another));
        drop((0..2 * KEPT_MAX).map(Scratch::new).collect::<Vec<_>>());
        assert_eq!(kept().len(), KEPT_MAX);
        assert!(kept().contains(&100));
    }
}
