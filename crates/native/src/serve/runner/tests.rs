use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{Limits, Reader, Request, Room, Runner};
use crate::decoder::{Chunk, KvKind, PAGE_TOKENS};
use crate::generate::{Completion, Finish, GenerateRequest, Piece, Prompt};
use crate::{Adapter, Decoder, Result};

const FAMILIES: [&str; 7] =
    ["llama", "llama-bf16", "qwen2-window", "qwen3", "phi3-long", "gemma2", "gemma3"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn load(name: &str) -> Decoder {
    Decoder::load(&fixtures().join("decoder").join(name)).expect("the model loads")
}

fn limits(decoder: &Decoder) -> Limits {
    Limits {
        pages: 64,
        page_tokens: PAGE_TOKENS,
        running_max: 8,
        waiting_max: 32,
        step_tokens: 48,
        beside_tokens: 16,
        reserve_tokens: 16,
        guessing_rows: 8,
        long_beyond: decoder.long_beyond(),
    }
}

/// What a reader received.
#[derive(Default)]
struct Received {
    pieces: Vec<Piece>,
    end: Option<Result<Completion>>,
    is_slow: bool,
    is_gone: bool,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Received>>);

impl Shared {
    fn with<T>(&self, f: impl FnOnce(&mut Received) -> T) -> T {
        f(&mut self.0.lock().expect("no test panics while it holds it"))
    }

    fn completion(&self) -> Completion {
        self.with(|received| received.end.take()).expect("an end").expect("an answer")
    }
}

impl Reader for Shared {
    fn room(&self) -> Room {
        self.with(|received| match received {
            Received { is_gone: true, .. } => Room::Gone,
            Received { is_slow: true, .. } => Room::Full,
            _ => Room::Free,
        })
    }

    fn piece(&mut self, piece: Piece) {
        self.with(|received| received.pieces.push(piece));
    }

    fn end(self: Box<Self>, result: Result<Completion>) {
        self.with(|received| received.end = Some(result));
    }
}

/// Asks in several ways: greedy and by chance, with and without echo, long and short.
fn requests() -> Vec<GenerateRequest> {
    let prompt = |first: u32, length: u32| {
        Prompt::Tokens((0..length).map(|place| 5 + (first + 7 * place) % 250).collect())
    };
    let plain = |prompt: Prompt| GenerateRequest { tokens_max: 24, ..GenerateRequest::new(prompt) };
    vec![
        plain(prompt(3, 40)),
        GenerateRequest { temperature: 1.2, seed: 4, ..plain(prompt(90, 5)) },
        GenerateRequest { echo: true, logprobs: Some(2), ..plain(prompt(3, 37)) },
        GenerateRequest { logprobs: Some(1), top_p: 0.9, temperature: 0.7, ..plain(prompt(3, 40)) },
        GenerateRequest { tokens_max: 0, echo: true, ..plain(prompt(50, 20)) },
        GenerateRequest { repetition_penalty: 1.3, ..plain(prompt(7, 1)) },
    ]
}

fn submit(runner: &mut Runner<'_>, decoder: &Decoder, request: &GenerateRequest) -> Shared {
    let reader = Shared::default();
    let prompt = decoder.prompt_tokens(&request.prompt).expect("tokens");
    let (request, boxed) = (request.clone(), Box::new(reader.clone()));
    runner.take(Request { request, prompt, reader: boxed, deadline: 100 });
    reader
}

fn run_to_end(runner: &mut Runner<'_>) {
    for _ in 0..2_000 {
        if runner.is_empty() {
            return;
        }
        runner.step(0);
    }
    panic!("it does not end");
}

fn alone(decoder: &Decoder, request: &GenerateRequest) -> Completion {
    decoder.generate(request, &mut |_| ControlFlow::Continue(())).expect("an answer")
}

/// Answers all requests together and checks that pieces add up.
fn together(
    decoder: &Decoder,
    requests: &[GenerateRequest],
    kind: KvKind,
    pages: u32,
) -> Vec<Completion> {
    let mut runner = Runner::new(decoder, kind, Limits { pages, ..limits(decoder) });
    let submitted = requests.iter().map(|request| submit(&mut runner, decoder, request));
    let readers: Vec<Shared> = submitted.collect();
    run_to_end(&mut runner);
    let read = |reader: &Shared| {
        let text: String = reader.with(|got| got.pieces.iter().map(|one| &*one.text).collect());
        let completion = reader.completion();
        assert_eq!(text, completion.text);
        completion
    };
    readers.iter().map(read).collect()
}

#[test]
fn answers_are_the_same_bit_for_bit_whatever_runs_beside_them() {
    FAMILIES.iter().for_each(|name| check_alike(&load(name), &requests(), name));
}

/// Checks that answers are those that are given alone.
fn check_alike(decoder: &Decoder, requests: &[GenerateRequest], name: &str) {
    let expected: Vec<Completion> =
        requests.iter().map(|request| alone(decoder, request)).collect();
    let found = |kind: KvKind, pages: u32| together(decoder, requests, kind, pages);
    assert_eq!(found(KvKind::F32, 64), expected, "{name}");
    // With so few pages sequences have to give way, and are computed again.
    assert_eq!(found(KvKind::F32, 9), expected, "{name}, with few pages");
    for kind in [KvKind::Bf16, KvKind::Int8] {
        assert_eq!(found(kind, 9), found(kind, 64), "{name}, {kind:?}");
    }
}

#[test]
fn sequences_with_several_adapters_and_with_none_run_side_by_side() {
    for (base, names) in [
        ("llama", ["llama-all", "llama-patterns"]),
        ("qwen3", ["qwen3-expression"; 2]),
        ("phi3", ["phi3-fused"; 2]),
        ("gemma3", ["gemma3-all"; 2]),
    ] {
        let decoder = load(base);
        let [one, two] = names.map(|name| {
            let dir = fixtures().join("adapters").join(name);
            Some(Arc::new(decoder.adapter(&dir).expect("the adapter loads")))
        });
        // The same prompts: a page of one must not be taken for another's.
        let with = |adapter: Option<Arc<Adapter>>| {
            let adapted = move |request| GenerateRequest { adapter: adapter.clone(), ..request };
            requests().into_iter().map(adapted)
        };
        let all = with(one).chain(with(None)).chain(with(two));
        check_alike(&decoder, &all.collect::<Vec<_>>(), base);
    }
}

#[test]
fn a_row_does_not_depend_on_chunks_nor_on_neighbors() {
    for name in FAMILIES {
        let decoder = load(name);
        let texts: [Vec<u32>; 3] = [(5..45).collect(), (100..117).collect(), vec![9; 31]];
        let pages: [Vec<u32>; 3] = [vec![4, 0, 6], vec![1, 3], vec![2, 5]];
        let run = |cuts: &[usize], beside: bool| -> Vec<Vec<f32>> {
            let mut store = decoder.store(decoder.kv_kind(), 7);
            let mut rows: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
            let bounds = |length: usize| {
                let cuts = cuts.iter().map(move |cut| (*cut).min(length));
                let starts = std::iter::once(0).chain(cuts.clone());
                starts.zip(cuts.chain([length])).collect::<Vec<_>>()
            };
            let steps = cuts.len() + 1;
            let groups: Vec<Vec<usize>> =
                if beside { vec![vec![2, 0, 1]] } else { vec![vec![0], vec![1], vec![2]] };
            for (group, step) in
                groups.iter().flat_map(|group| (0..steps).map(move |step| (group, step)))
            {
                let part = |text: &usize| {
                    let (first, end) = bounds(texts[*text].len())[step];
                    let tokens = &texts[*text][first..end];
                    let (pages, long, adapter) = (&*pages[*text], false, None);
                    (*text, Chunk { tokens, first, pages, long, adapter })
                };
                let parts = group.iter().map(part).filter(|(_, chunk)| !chunk.tokens.is_empty());
                let (owners, chunks): (Vec<usize>, Vec<Chunk<'_>>) = parts.unzip();
                let hidden = decoder.forward(&mut store, &chunks);
                let mut rest = &*hidden;
                for (text, chunk) in owners.into_iter().zip(&chunks) {
                    let (own, after) = rest.split_at(chunk.tokens.len() * decoder.width());
                    rows.entry(text).or_default().extend_from_slice(own);
                    rest = after;
                }
            }
            rows.into_values().collect()
        };
        let whole = run(&[], false);
        for cuts in [&[][..], &[1], &[16], &[3, 17, 30], &[39]] {
            assert!(run(cuts, true) == whole, "{name}: cut at {cuts:?} beside others");
            assert!(run(cuts, false) == whole, "{name}: cut at {cuts:?} alone");
        }
    }
}

#[test]
fn fewer_bits_of_keys_and_values_move_hidden_states_a_little() {
    for name in FAMILIES {
        let decoder = load(name);
        let tokens: Vec<u32> = (5..50).collect();
        let run = |kind: KvKind| {
            let mut store = decoder.store(kind, 3);
            let chunk =
                Chunk { tokens: &tokens, first: 0, pages: &[2, 0, 1], long: false, adapter: None };
            decoder.forward(&mut store, &[chunk])
        };
        let exact = run(KvKind::F32);
        let size: f32 = exact.iter().map(|x| x * x).sum();
        let moved = |kind: KvKind| {
            let found = run(kind);
            let parts = found.iter().zip(exact.iter()).map(|(x, exact)| (x - exact) * (x - exact));
            (parts.sum::<f32>() / size).sqrt()
        };
        let (bf16, int8) = (moved(KvKind::Bf16), moved(KvKind::Int8));
        assert!(bf16 > 0.0 && bf16 < 0.01, "{name}: {bf16}");
        assert!(int8 > 0.0 && int8 < 0.02, "{name}: {int8}");
    }
}

#[test]
fn guessing_takes_fewer_steps_and_changes_nothing() {
    let decoder = load("llama");
    // It writes the same token for ever.
    let logit_bias = vec![(7, 1e4)];
    let request = GenerateRequest { tokens_max: 200, logit_bias, ..requests()[0].clone() };
    let run = |guessing_rows: usize| {
        let limits = Limits { guessing_rows, ..limits(&decoder) };
        let mut runner = Runner::new(&decoder, KvKind::F32, limits);
        let reader = submit(&mut runner, &decoder, &request);
        let steps = (0..).take_while(|_| runner.step(0)).count();
        (steps, reader.completion())
    };
    let (plain, guessed) = (run(0), run(8));
    assert_eq!(plain.1, guessed.1);
    assert!(guessed.0 < plain.0 / 2, "{} steps instead of {}", guessed.0, plain.0);
}

#[test]
fn a_slow_reader_waits_alone() {
    let decoder = load("llama");
    let mut runner = Runner::new(&decoder, KvKind::F32, limits(&decoder));
    let [first, second, ..] = &requests()[..] else { panic!("there are several") };
    let slow = submit(&mut runner, &decoder, first);
    let quick = submit(&mut runner, &decoder, second);
    slow.with(|received| received.is_slow = true);
    for _ in 0..60 {
        runner.step(0);
    }
    assert_eq!(quick.completion(), alone(&decoder, second));
    assert_eq!(slow.with(|received| received.pieces.len()), 0);
    let unread = runner.answers.values().map(|answer| answer.unread()).max();
    assert!(unread.is_some_and(|unread| unread <= 1), "it paused after the first");
    slow.with(|received| received.is_slow = false);
    run_to_end(&mut runner);
    assert_eq!(slow.completion(), alone(&decoder, first));
}

#[test]
fn a_reader_that_leaves_frees_its_pages() {
    let decoder = load("llama");
    let mut runner = Runner::new(&decoder, KvKind::F32, limits(&decoder));
    let reader = submit(&mut runner, &decoder, &requests()[0]);
    runner.step(0);
    reader.with(|received| received.is_gone = true);
    assert!(!runner.step(0), "nothing is left to do");
    assert!(runner.is_empty() && runner.scheduler.is_empty());
}

#[test]
fn requests_out_of_time_end() {
    let decoder = load("llama");
    let mut runner =
        Runner::new(&decoder, KvKind::F32, Limits { running_max: 1, ..limits(&decoder) });
    let begun = submit(&mut runner, &decoder, &requests()[0]);
    let waiting = submit(&mut runner, &decoder, &requests()[1]);
    for now in [0, 0, 0, 100] {
        runner.step(now);
    }
    let completion = begun.completion();
    assert_eq!(completion.finish, Finish::Deadline);
    assert!(alone(&decoder, &requests()[0]).text.starts_with(&completion.text));
    let error = waiting.with(|received| received.end.take()).expect("an end").expect_err("late");
    assert_eq!(error.to_string(), "the request waited for the model until its time was over");
}

#[test]
fn an_answer_that_nobody_reads_is_dropped_in_time() {
    let decoder = load("llama");
    let mut runner = Runner::new(&decoder, KvKind::F32, limits(&decoder));
    let reader = submit(&mut runner, &decoder, &requests()[4]);
    reader.with(|received| received.is_slow = true);
    for _ in 0..9 {
        runner.step(99);
    }
    assert!(runner.scheduler.is_empty() && !runner.is_empty(), "it is complete and not read");
    runner.step(100);
    assert!(runner.is_empty());
}

#[test]
fn what_there_is_no_room_for_is_refused() {
    let decoder = load("llama");
    let check = |limits: Limits, count: usize, expected: &str| {
        let mut runner = Runner::new(&decoder, KvKind::F32, limits);
        let request = &requests()[0];
        let submitted: Vec<Shared> =
            (0..count).map(|_| submit(&mut runner, &decoder, request)).collect();
        run_to_end(&mut runner);
        let (last, others) = submitted.split_last().expect("one at least");
        let error = last.with(|received| received.end.take()).expect("an end").expect_err(expected);
        assert_eq!(error.to_string(), expected);
        let answer = alone(&decoder, request);
        others.iter().for_each(|other| assert_eq!(other.completion(), answer));
    };
    let small = Limits { pages: 2, ..limits(&decoder) };
    check(small, 1, "the prompt has 40 tokens; the memory for requests holds 32");
    let busy = Limits { waiting_max: 2, ..limits(&decoder) };
    check(busy, 3, "2 requests are waiting for the model already");
}

#[test]
fn an_answer_ends_where_the_pages_do() {
    let decoder = load("llama");
    let mut runner = Runner::new(&decoder, KvKind::F32, Limits { pages: 3, ..limits(&decoder) });
    let request = GenerateRequest { tokens_max: 99, ..requests()[0].clone() };
    let reader = submit(&mut runner, &decoder, &request);
    run_to_end(&mut runner);
    let completion = reader.completion();
    assert_eq!((completion.finish, completion.completion_tokens), (Finish::Length, 48 - 40 + 1));
}
