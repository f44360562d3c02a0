use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use super::*;

fn sequence(tokens: &[u32]) -> Sequence {
    Sequence::of(tokens.to_vec())
}

fn request(id: u64, lengths: &[usize]) -> Request {
    Request::new(id, lengths.iter().map(|length| sequence(&vec![7; *length])).collect())
}

#[test]
fn a_pass_takes_from_each_request_in_turn_until_nothing_fits() {
    let check = |requests: &[&[usize]], tokens_max: usize, passes: &[&[(u64, usize)]]| {
        let numbered = requests.iter().enumerate();
        let mut requests: Vec<_> =
            numbered.map(|(id, lengths)| request(id as u64, lengths)).collect();
        for expected in passes {
            let members = take(&mut requests, tokens_max);
            let found: Vec<_> = members.iter().map(|(id, number, _)| (*id, *number)).collect();
            assert_eq!(found, *expected);
        }
        assert!(take(&mut requests, tokens_max).is_empty());
    };
    check(&[], 10, &[]);
    check(&[&[3, 1, 2]], 10, &[&[(0, 1), (0, 2), (0, 0)]]);
    check(&[&[3, 1, 2]], 3, &[&[(0, 1), (0, 2)], &[(0, 0)]]);
    check(&[&[20, 1]], 10, &[&[(0, 1)], &[(0, 0)]]);
    // One that came later does not wait for all of the first.
    check(&[&[4, 4, 4], &[2]], 10, &[&[(0, 0), (1, 0), (0, 1)], &[(0, 2)]]);
    // What does not fit lets shorter ones pass, and is first when its turn comes.
    check(&[&[6], &[9], &[2]], 10, &[&[(0, 0), (2, 0)], &[(1, 0)]]);
}

/// Gives each token a row with its number.
fn forward(sequences: &[Sequence]) -> Vec<f32> {
    sequences.iter().flat_map(|one| one.tokens.iter().map(|token| *token as f32)).collect()
}

#[test]
fn every_sequence_gets_its_own_rows() {
    let batcher = Batcher::new(4);
    let texts = [&[1_u32, 2, 3][..], &[4], &[5, 6, 7, 8, 9], &[10, 11]];
    let mut found = vec![Vec::new(); texts.len()];
    let sequences = texts.iter().map(|text| sequence(text)).collect();
    batcher.run(sequences, 1, forward, |number, rows| found[number] = rows.to_vec()).unwrap();
    let expected = texts.map(|text| text.iter().map(|token| *token as f32).collect::<Vec<_>>());
    assert_eq!(found, expected);
    batcher.run(Vec::new(), 1, forward, |_, _| panic!("nothing to finish")).unwrap();
}

#[test]
fn requests_that_come_while_a_pass_runs_share_the_next() {
    const REQUESTS: usize = 8;
    let (batcher, passes) = (Batcher::new(1024), AtomicUsize::new(0));
    let (entered, others) = mpsc::channel::<()>();
    let others = Mutex::new(others);
    let counted = |sequences: &[Sequence]| {
        if passes.fetch_add(1, Ordering::SeqCst) == 0 {
            // The first pass lasts until all the others wait.
            others.lock().unwrap().recv().unwrap();
            while batcher.lock().requests.len() < REQUESTS + 1 {
                std::thread::yield_now();
            }
        }
        forward(sequences)
    };
    let ask = |token: u32| {
        let mut found = Vec::new();
        let finish = |_: usize, rows: &[f32]| found = rows.to_vec();
        batcher.run(vec![sequence(&[token; 5])], 1, counted, finish).unwrap();
        assert_eq!(found, vec![token as f32; 5]);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| ask(99));
        while !batcher.lock().running {
            std::thread::yield_now();
        }
        for token in 0..REQUESTS as u32 {
            scope.spawn(move || ask(token));
        }
        entered.send(()).unwrap();
    });
    assert_eq!(passes.load(Ordering::SeqCst), 2);
    assert!(batcher.lock().requests.is_empty());
}

#[test]
fn a_pass_that_breaks_down_ends_its_requests_and_no_other() {
    let batcher = Batcher::new(16);
    let broken = AtomicBool::new(true);
    let breaks = |sequences: &[Sequence]| {
        assert!(!broken.swap(false, Ordering::SeqCst), "the first pass breaks");
        forward(sequences)
    };
    let ask = || batcher.run(vec![sequence(&[1, 2])], 1, breaks, |_, _| ());
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask));
    assert!(unwound.is_err());
    assert!(batcher.lock().requests.is_empty());
    ask().unwrap();
}
