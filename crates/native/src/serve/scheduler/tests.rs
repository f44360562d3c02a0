mod flow;

use super::{Ask, Id, Limits, Part, Plan, Refused, Scheduler};

const PAGE: usize = 4;

fn limits() -> Limits {
    Limits {
        pages: 8,
        page_tokens: PAGE,
        running_max: 4,
        waiting_max: 3,
        step_tokens: 16,
        beside_tokens: 8,
        reserve_tokens: 4,
        guessing_rows: 0,
        long_beyond: None,
    }
}

/// Asks to go on from `length` tokens that no other prompt has.
fn ask(length: usize, tokens_max: usize) -> Ask {
    let first = 1_000 * length as u32;
    let tokens = (first..first + length as u32).collect();
    Ask { tokens, tokens_max, every_row: false, deadline: 1_000, adapter: None }
}

fn start(limits: Limits, asks: &[(usize, usize)]) -> Scheduler {
    let mut scheduler = Scheduler::new(limits);
    for (id, (length, tokens_max)) in (1..).zip(asks) {
        scheduler.submit(id, ask(*length, *tokens_max)).expect("taken");
    }
    scheduler
}

/// Plans a step, runs it and writes a token wherever one is wanted; returns what was taken in.
fn step(scheduler: &mut Scheduler) -> Vec<(Id, usize, usize)> {
    let plan = scheduler.plan(0);
    scheduler.ran(&plan);
    for part in plan.parts.iter().filter(|part| part.last) {
        scheduler.wrote(part.id, 7);
    }
    plan.parts.iter().map(|part| (part.id, part.first, part.count)).collect()
}

#[test]
fn steps_write_first_and_share_the_rest_between_prompts() {
    let check = |asks: &[(usize, usize)], expected: &[&[(Id, usize, usize)]]| {
        let limits = Limits { pages: 64, ..limits() };
        let mut scheduler = start(limits, asks);
        for (number, expected) in expected.iter().enumerate() {
            assert_eq!(step(&mut scheduler), *expected, "{asks:?}, step {number}");
        }
    };
    // One prompt has the whole budget, and then its answer is written.
    check(&[(20, 9)], &[&[(1, 0, 16)], &[(1, 16, 4)], &[(1, 20, 1)], &[(1, 21, 1)]]);
    // Two share it.
    check(&[(20, 9), (20, 9)], &[&[(1, 0, 8), (2, 0, 8)], &[(2, 8, 8), (1, 8, 8)]]);
    // What a short one leaves goes to the others.
    check(&[(30, 9), (3, 9)], &[&[(1, 0, 13), (2, 0, 3)], &[(2, 3, 1), (1, 13, 8)]]);
    // With more prompts than the budget has pages, they take turns.
    let many = [(30, 1), (29, 1), (28, 1), (27, 1)];
    let small = Limits { pages: 64, step_tokens: PAGE, ..limits() };
    let mut scheduler = start(small, &many[..3]);
    let turns: Vec<Id> = (0..6).map(|_| step(&mut scheduler)[0].0).collect();
    assert_eq!(turns, [1, 2, 3, 1, 2, 3]);
}

#[test]
fn what_was_there_before_is_guessed_while_rows_are_few() {
    let check = |guessing_rows: usize, asks: &[&[u32]], expected: &[(Id, usize, usize)]| {
        let limits = Limits { pages: 64, guessing_rows, ..limits() };
        let mut scheduler = Scheduler::new(limits);
        for (id, tokens) in (1..).zip(asks) {
            let tokens = tokens.to_vec();
            scheduler.submit(id, Ask { tokens, ..ask(1, 9) }).expect("taken");
        }
        step(&mut scheduler);
        assert_eq!(step(&mut scheduler), expected, "{guessing_rows} {asks:?}");
    };
    // Each writes a 7: two tokens after the earlier one are guessed at first.
    let repeats = &[6, 7, 8, 9, 6][..];
    check(8, &[repeats], &[(1, 5, 3)]);
    check(2, &[repeats], &[(1, 5, 2)]);
    check(0, &[repeats], &[(1, 5, 1)]);
    check(8, &[&[1, 2, 3]], &[(1, 3, 1)]);
    check(8, &[repeats, repeats], &[(1, 5, 3), (2, 5, 3)]);
    check(3, &[repeats, repeats], &[(1, 5, 2), (2, 5, 1)]);
    check(3, &[&[1, 2, 3], repeats], &[(1, 3, 1), (2, 5, 2)]);
}

#[test]
fn a_request_begins_when_its_prompt_and_a_reserve_fit() {
    // Eight pages of four: the first has five and a page of reserve.
    let mut scheduler = start(limits(), &[(20, 9), (9, 9), (3, 1)]);
    let ids: Vec<Id> = step(&mut scheduler).iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, [1], "the third would fit, but it is not its turn");
    scheduler.remove(1);
    let ids: Vec<Id> = step(&mut scheduler).iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, [2, 3]);
}

#[test]
fn no_more_run_at_once_than_may() {
    let mut scheduler = start(Limits { running_max: 2, ..limits() }, &[(2, 9), (2, 9), (2, 9)]);
    assert_eq!(step(&mut scheduler).len(), 2);
    scheduler.remove(2);
    assert_eq!(step(&mut scheduler), [(1, 2, 1), (3, 0, 2)]);
}

#[test]
fn what_cannot_be_taken_is_refused() {
    let mut scheduler = start(limits(), &[(1, 1), (1, 1), (1, 1)]);
    assert_eq!(scheduler.submit(4, ask(1, 1)), Err(Refused::Busy(3)));
    assert_eq!(scheduler.submit(5, ask(33, 1)), Err(Refused::TooLong(32)));
    step(&mut scheduler);
    assert_eq!(scheduler.submit(6, ask(32, 99)), Ok(()), "all pages at once, when others left");
}

#[test]
fn requests_out_of_time_are_gone() {
    let mut scheduler = start(Limits { running_max: 1, ..limits() }, &[(4, 9), (4, 9)]);
    let late = Ask { deadline: 5, ..ask(4, 9) };
    scheduler.submit(3, late).expect("taken");
    assert!(scheduler.plan(4).expired.is_empty());
    assert_eq!(scheduler.plan(5).expired, [3]);
    assert_eq!(scheduler.plan(1_000), Plan { parts: vec![], expired: vec![2, 1] });
    assert!(scheduler.is_empty());
    assert_eq!(scheduler.pool.available(), 8);
}

#[test]
fn a_common_beginning_is_computed_once() {
    let check = |first: usize, changed: Option<usize>, every_row: bool, expected: usize| {
        let mut scheduler = Scheduler::new(limits());
        scheduler.submit(1, ask(first, 9)).expect("taken");
        step(&mut scheduler);
        let mut tokens = ask(first, 9).tokens;
        changed.into_iter().for_each(|place| tokens[place] = 5);
        scheduler.submit(2, Ask { tokens, every_row, ..ask(first, 9) }).expect("taken");
        let parts = scheduler.plan(0).parts;
        let part = parts.iter().find(|part| part.id == 2).expect("it runs");
        assert_eq!(part.first, expected, "{first} {changed:?} {every_row}");
        let shared = |scheduler: &Scheduler| {
            let pages = [1, 2].map(|id| scheduler.running(id).expect("it runs").pages.clone());
            pages[0].iter().zip(&pages[1]).filter(|(a, b)| a == b).count()
        };
        assert_eq!(shared(&scheduler), expected / PAGE, "the pages are the same ones");
    };
    check(10, None, false, 8);
    check(10, Some(9), false, 8);
    check(10, Some(5), false, 4);
    check(10, Some(0), false, 0);
    check(10, None, true, 0);
    // The last token is always computed, for the scores after it.
    check(8, None, false, 4);
    check(9, None, false, 8);
    check(3, None, false, 0);
}

#[test]
fn a_beginning_stays_known_until_its_room_is_needed() {
    let mut scheduler = start(limits(), &[(13, 1)]);
    step(&mut scheduler);
    scheduler.remove(1);
    scheduler.submit(2, ask(13, 1)).expect("taken");
    assert_eq!(step(&mut scheduler), [(2, 12, 1)]);
    scheduler.remove(2);
    scheduler.submit(3, ask(31, 1)).expect("taken");
    step(&mut scheduler);
    scheduler.remove(3);
    scheduler.submit(4, ask(13, 1)).expect("taken");
    assert_eq!(step(&mut scheduler), [(4, 0, 13)]);
}

#[test]
fn the_last_gives_way_when_pages_run_out() {
    let mut scheduler = start(limits(), &[(12, 20), (8, 20)]);
    step(&mut scheduler);
    let mut waited = false;
    while scheduler.running(1).is_some_and(|first| first.tokens.len() < 32) {
        let ran: Vec<Id> = step(&mut scheduler).iter().map(|(id, ..)| *id).collect();
        assert!(ran.contains(&1), "the first always goes on");
        waited |= ran == [1];
    }
    assert!(waited, "there is no room for both");
    scheduler.remove(1);
    let tokens = scheduler.waiting[&2].tokens.clone();
    let parts = scheduler.plan(0).parts;
    let again = parts[0];
    assert!(tokens.len() > 8 && parts.len() == 1 && again.id == 2 && again.last);
    assert_eq!(again.first + again.count, tokens.len(), "what was written is computed again");
}

#[test]
fn a_slow_reader_keeps_its_place_until_others_need_it() {
    let mut scheduler = start(limits(), &[(12, 20), (8, 20)]);
    step(&mut scheduler);
    scheduler.pause(1, true);
    assert_eq!(step(&mut scheduler), [(2, 8, 1)]);
    assert_eq!(scheduler.running(1).map(|first| first.pages.len()), Some(3));
    scheduler.submit(3, ask(14, 9)).expect("taken");
    let ids: Vec<Id> = step(&mut scheduler).iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, [2, 3], "the slow one's pages were needed");
    scheduler.remove(2);
    scheduler.pause(1, false);
    assert!(step(&mut scheduler).iter().any(|(id, ..)| *id == 1), "it goes on");
}

#[test]
fn a_text_that_becomes_long_begins_again() {
    let mut scheduler = start(Limits { long_beyond: Some(6), ..limits() }, &[(5, 9), (7, 9)]);
    let long = |scheduler: &Scheduler, id: Id| scheduler.running(id).map(|one| one.long);
    step(&mut scheduler);
    assert_eq!((long(&scheduler, 1), long(&scheduler, 2)), (Some(false), Some(true)));
    assert_eq!(step(&mut scheduler), [(1, 5, 1), (2, 7, 1)]);
    let plan = scheduler.plan(0);
    assert_eq!(long(&scheduler, 1), Some(true));
    let whole = Part { id: 1, first: 0, count: 7, last: true, guessed: 0 };
    assert!(plan.parts.contains(&whole), "{plan:?}");
}
