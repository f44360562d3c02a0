use std::collections::BTreeMap;

use proptest::prelude::{any, proptest};
use proptest::{collection, prop_assert, prop_assert_eq};

use super::{Link, PagePool};

const START: Link = Link::Start { long: false, adapter: None };

#[test]
fn a_full_page_is_found_again_by_what_it_holds_and_what_came_before() {
    let mut pool = PagePool::new(4);
    let first = pool.take().expect("a page");
    let second = pool.take().expect("a page");
    let (_, link) = pool.remember(first, START, &[1, 2]);
    let (_, end) = pool.remember(second, link, &[3, 4]);
    assert_eq!(pool.find(START, &[1, 2]), Some((first, link)));
    assert_eq!(pool.find(link, &[3, 4]), Some((second, end)));
    assert_eq!(pool.find(START, &[3, 4]), None, "not at the beginning");
    let long = Link::Start { long: true, adapter: None };
    assert_eq!(pool.find(long, &[1, 2]), None, "not in a long text");
    let adapted = Link::Start { long: false, adapter: Some(1) };
    assert_eq!(pool.find(adapted, &[1, 2]), None, "not with an adapter");
    assert_eq!(pool.find(link, &[3, 5]), None);
}

#[test]
fn what_was_let_go_of_first_is_forgotten_first() {
    let mut pool = PagePool::new(3);
    let pages: Vec<u32> = (0..3).filter_map(|_| pool.take()).collect();
    for (page, token) in pages.iter().zip([7, 8, 9]) {
        pool.remember(*page, START, &[token]);
    }
    assert_eq!((pool.take(), pool.available()), (None, 0), "all are held");
    for place in [1, 0, 2] {
        pool.release(pages[place]);
    }
    pool.hold(pages[1]);
    pool.release(pages[1]);
    assert_eq!(pool.available(), 3);
    let order: Vec<Option<u32>> = (0..4).map(|_| pool.take()).collect();
    assert_eq!(order, [Some(pages[0]), Some(pages[2]), Some(pages[1]), None]);
    assert_eq!(pool.find(START, &[7]), None, "its room was needed");
}

#[test]
fn a_page_that_is_known_already_takes_the_place_of_its_twin() {
    let mut pool = PagePool::new(2);
    let (first, twin) = (pool.take().expect("a page"), pool.take().expect("a page"));
    let known = pool.remember(first, START, &[5]);
    assert_eq!(pool.remember(first, START, &[5]), known, "nothing changes");
    assert_eq!(pool.remember(twin, START, &[5]), known);
    assert_eq!(pool.available(), 1, "the twin is free");
    pool.release(first);
    assert!(!pool.is_idle(first), "two held it");
    pool.release(first);
    assert!(pool.is_idle(first));
}

proptest! {
    /// Holders come and go at will; the pool never loses a page, nor gives one to two.
    #[test]
    fn no_page_is_lost_or_given_twice(
        steps in collection::vec((0_u8..4, any::<u8>(), 0_u32..3), 0..200),
    ) {
        const PAGES: usize = 5;
        let mut pool = PagePool::new(PAGES as u32);
        let mut held: Vec<u32> = Vec::new();
        for (what, which, token) in steps {
            let place = usize::from(which).checked_rem(held.len());
            match (what, place) {
                (0, _) => {
                    let before = pool.available();
                    let taken = pool.take();
                    prop_assert_eq!(taken.is_some(), before > 0);
                    if let Some(page) = taken {
                        prop_assert!(!held.contains(&page), "page {} is held", page);
                        held.push(page);
                    }
                }
                (1, Some(place)) => pool.release(held.swap_remove(place)),
                (2, Some(place)) => {
                    let (page, _) = pool.remember(held[place], START, &[token]);
                    held[place] = page;
                }
                (3, _) => {
                    if let Some((page, _)) = pool.find(START, &[token]) {
                        pool.hold(page);
                        held.push(page);
                    }
                }
                _ => {}
            }
            let mut holders = BTreeMap::new();
            held.iter().for_each(|page| *holders.entry(*page).or_insert(0_u32) += 1);
            prop_assert_eq!(pool.available() + holders.len(), PAGES);
            for page in 0..PAGES as u32 {
                let expected = holders.get(&page).copied().unwrap_or(0);
                prop_assert_eq!(pool.pages[page as usize].holders, expected);
            }
        }
        held.into_iter().for_each(|page| pool.release(page));
        prop_assert_eq!(pool.available(), PAGES);
    }
}
