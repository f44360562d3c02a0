//! Whatever is asked, paused and taken back: all comes to an end and no page is lost.

use std::collections::BTreeMap;

use proptest::prelude::{any, proptest};
use proptest::{collection, prop_assert, prop_assert_eq};

use super::{Ask, Id, Limits, PAGE, Part, Scheduler, limits};

/// What happens between two steps.
#[derive(Clone, Copy, Debug)]
struct Event {
    what: u8,
    which: u8,
    length: usize,
    tokens_max: usize,
}

/// Asks, and how much of them was seen.
#[derive(Default)]
struct World {
    left: BTreeMap<Id, usize>,
    computed: BTreeMap<Id, usize>,
    next: Id,
}

impl World {
    fn happen(&mut self, scheduler: &mut Scheduler, event: Event) {
        let ids: Vec<Id> = self.left.keys().copied().collect();
        let chosen = usize::from(event.which).checked_rem(ids.len()).map(|place| ids[place]);
        match (event.what, chosen) {
            (0, _) => self.ask(scheduler, event),
            (1, Some(id)) => scheduler.pause(id, true),
            (2, Some(id)) => scheduler.pause(id, false),
            (3, Some(id)) => {
                scheduler.remove(id);
                self.left.remove(&id);
            }
            _ => {}
        }
    }

    fn ask(&mut self, scheduler: &mut Scheduler, event: Event) {
        self.next += 1;
        // Prompts begin alike in four ways, so that they share pages.
        let tokens = (0..event.length as u32).map(|place| u32::from(event.which % 4) + place);
        let ask = Ask {
            tokens: tokens.collect(),
            tokens_max: event.tokens_max,
            every_row: event.which.is_multiple_of(5),
            deadline: 1,
            adapter: None,
        };
        let room = scheduler.room();
        if scheduler.submit(self.next, ask).is_ok() {
            let most = event.tokens_max.min(room - event.length + 1);
            self.left.insert(self.next, most);
        }
    }

    /// Runs a step; returns whether anything ran.
    fn step(&mut self, scheduler: &mut Scheduler) -> bool {
        let plan = scheduler.plan(0);
        let tokens: usize = plan.parts.iter().map(|part| part.count).sum();
        let Limits { step_tokens, running_max, guessing_rows, .. } = scheduler.limits;
        let most = step_tokens + running_max + guessing_rows;
        assert!(tokens <= most, "{tokens} tokens in one step");
        for part in &plan.parts {
            let sequence = scheduler.running(part.id).expect("what is planned runs");
            assert!(!sequence.paused && part.count > 0);
            assert_eq!(part.first, sequence.computed);
            assert!(sequence.pages.len() * PAGE >= part.first + part.count, "pages for all");
        }
        scheduler.ran(&plan);
        plan.parts.iter().filter(|part| part.last).for_each(|part| self.write(scheduler, part));
        !plan.parts.is_empty()
    }

    /// Writes what a part leads to: some guesses are right, and some are not.
    fn write(&mut self, scheduler: &mut Scheduler, part: &Part) {
        let sequence = scheduler.running(part.id).expect("what is planned runs");
        let guesses = sequence.guessed.get(1..).unwrap_or_default()[..part.guessed].to_vec();
        let mut right = 0;
        for row in 0..=part.guessed {
            let left = self.left.get_mut(&part.id).expect("asked for");
            *left -= 1;
            *self.computed.entry(part.id).or_default() += 1;
            if *left == 0 {
                self.left.remove(&part.id);
                return scheduler.remove(part.id);
            }
            let guess = guesses.get(row).filter(|_| !(part.first + row).is_multiple_of(4));
            scheduler.wrote(part.id, guess.copied().unwrap_or((part.first + row) as u32 % 3));
            if guess.is_none() || !scheduler.was_guessed(part.id) {
                break;
            }
            right += 1;
        }
        scheduler.learn(part, right);
    }
}

proptest! {
    #[test]
    fn all_is_answered_and_no_page_is_lost(
        events in collection::vec((0_u8..6, any::<u8>(), 1_usize..30, 1_usize..20), 0..60),
        pages in 8_u32..12,
        long_beyond in 10_usize..60,
        guessing_rows in 0_usize..9,
    ) {
        let long_beyond = Some(long_beyond);
        let limits = Limits { pages, long_beyond, guessing_rows, ..limits() };
        let mut scheduler = Scheduler::new(limits);
        let mut world = World::default();
        for (what, which, length, tokens_max) in events {
            world.happen(&mut scheduler, Event { what, which, length, tokens_max });
            world.step(&mut scheduler);
            let held = scheduler.pool.len() - scheduler.pool.available();
            let tables: usize = scheduler.running.values().map(|one| one.pages.len()).sum();
            prop_assert!(held <= tables, "{} pages held, {} in tables", held, tables);
        }
        let ids: Vec<Id> = world.left.keys().copied().collect();
        ids.iter().for_each(|id| scheduler.pause(*id, false));
        let mut steps = 0;
        while !scheduler.is_empty() {
            prop_assert!(world.step(&mut scheduler), "there is always something to do");
            steps += 1;
            prop_assert!(steps < 10_000, "it does not end");
        }
        prop_assert!(world.left.is_empty());
        prop_assert_eq!(scheduler.pool.available(), scheduler.pool.len());
    }
}
