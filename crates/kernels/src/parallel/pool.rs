//! Threads that wait for work: they spin for a moment, because the next product of a token comes
//! within microseconds, and then sleep, because an idle server must not burn a core.

use std::any::Any;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::scope::{self, Scope};

/// How long a thread looks for work before it sleeps: ten times the work between two products of
/// a small model, and less than waking it costs twice.
const PATIENCE: Duration = Duration::from_micros(100);
/// Looks between two looks at the clock.
const LOOKS: u32 = 64;

/// What is run for each number.
type Work = dyn Fn(usize) + Sync;

/// The work of one region, shared with the threads that enter it.
struct Region {
    f: *const Work,
    tasks: usize,
    scope: Scope,
}

/// The gate of the regions: who may enter, and who is inside.
///
/// The lowest bit says that the gate is open, the next 15 count who is inside, and the rest
/// number the regions. A thread that comes when the gate is closed has missed nothing: the
/// region's tasks were all taken.
struct Gate(AtomicU64);

const OPEN: u64 = 1;
const ONE_INSIDE: u64 = 2;
const INSIDE: u64 = 0xfffe;
const NUMBER: u32 = 16;

struct Pool {
    gate: Gate,
    /// Written only while the gate is closed and nobody is inside.
    region: Mutex<Option<Region>>,
    next: AtomicUsize,
    busy: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    workers: Vec<Worker>,
}

/// A thread of the pool.
struct Worker {
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

// SAFETY: the pointer of a region is followed only between entering and leaving the gate, and
// whoever opened it returns only when all have left.
unsafe impl Send for Region {}

/// Returns how many threads can work at once, the caller among them.
pub(super) fn threads() -> usize {
    pool().workers.len() + 1
}

fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    static STARTED: OnceLock<()> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let worker = |_| Worker { asleep: AtomicBool::new(false), thread: OnceLock::new() };
        Pool {
            gate: Gate(AtomicU64::new(0)),
            region: Mutex::new(None),
            next: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
            panic: Mutex::new(None),
            workers: (1..cores).map(worker).collect(),
        }
    });
    STARTED.get_or_init(|| {
        for (number, worker) in pool.workers.iter().enumerate() {
            let builder = thread::Builder::new().name(format!("kernels-{}", number + 1));
            // Where no thread can be had, the others do its share.
            if let Ok(handle) = builder.spawn(move || pool.work(worker)) {
                let _ = worker.thread.set(handle.thread().clone());
            }
        }
    });
    pool
}

/// Runs `f` for every number below `tasks` on up to `threads` threads.
///
/// Where the pool is at work already, for another thread or around this call, the caller does
/// everything: the cores are taken.
pub(super) fn run(tasks: usize, threads: usize, f: &(dyn Fn(usize) + Sync)) {
    let helpers = threads.min(tasks).saturating_sub(1);
    let pool = pool();
    if helpers == 0 || pool.busy.swap(true, Ordering::Acquire) {
        return (0..tasks).for_each(f);
    }
    let closing = pool.open(tasks, helpers, f);
    // The caller is a worker like the others; if its task panics, the gate still closes.
    pool.take_tasks(tasks, f);
    drop(closing);
}

/// Closes the gate and waits until all have left, also when the caller's task panics.
struct Closing<'a>(&'a Pool);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let Self(pool) = self;
        pool.next.store(usize::MAX / 2, Ordering::Relaxed);
        pool.gate.close();
        let panic = pool.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        pool.busy.store(false, Ordering::Release);
        if let Some(panic) = panic
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

impl Pool {
    /// Lets helpers in. The result must be dropped before `f` ends.
    fn open<'a>(&'a self, tasks: usize, helpers: usize, f: &(dyn Fn(usize) + Sync)) -> Closing<'a> {
        // SAFETY: only the lifetime changes; `Closing` waits for all who follow the pointer.
        let f =
            unsafe { std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const Work>(f) };
        let region = Region { f, tasks, scope: scope::get() };
        *self.region.lock().unwrap_or_else(PoisonError::into_inner) = Some(region);
        self.next.store(0, Ordering::Relaxed);
        self.gate.open();
        for worker in self.workers.iter().take(helpers) {
            worker.wake();
        }
        Closing(self)
    }

    fn take_tasks(&self, tasks: usize, f: &(dyn Fn(usize) + Sync)) {
        loop {
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            if task >= tasks {
                return;
            }
            f(task);
        }
    }

    /// Serves regions for ever.
    fn work(&self, worker: &Worker) {
        let mut last = 0;
        loop {
            let number = worker.wait(&self.gate, last);
            if self.gate.enter(number) {
                self.help();
                self.gate.leave();
            }
            last = number;
        }
    }

    /// Takes tasks of the open region.
    fn help(&self) {
        let (f, tasks, scope) = {
            let region = self.region.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(region) = region.as_ref() else { return };
            (region.f, region.tasks, region.scope)
        };
        // SAFETY: this thread is inside of the gate, so the closure lives.
        let f = unsafe { &*f };
        let run = || scope::within(scope, || self.take_tasks(tasks, f));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            self.next.store(usize::MAX / 2, Ordering::Relaxed);
            *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
        }
    }
}

impl Gate {
    fn number(state: u64) -> u64 {
        state >> NUMBER
    }

    /// Opens the gate for a new region.
    fn open(&self) {
        let number = Self::number(self.0.load(Ordering::Relaxed)) + 1;
        self.0.store(number << NUMBER | OPEN, Ordering::SeqCst);
    }

    /// Goes in, unless the region is over.
    fn enter(&self, number: u64) -> bool {
        let enter = |state: u64| {
            let is_open = state & OPEN != 0 && Self::number(state) == number;
            is_open.then_some(state + ONE_INSIDE)
        };
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, enter).is_ok()
    }

    fn leave(&self) {
        self.0.fetch_sub(ONE_INSIDE, Ordering::AcqRel);
    }

    /// Lets nobody in any more and waits until nobody is inside.
    fn close(&self) {
        self.0.fetch_and(!OPEN, Ordering::AcqRel);
        let mut looks = 0;
        while self.0.load(Ordering::Acquire) & INSIDE != 0 {
            looks += 1;
            // Whoever is inside may have lost its core to another process: give it this one.
            if looks % (16 * LOOKS) == 0 { thread::yield_now() } else { spin_loop() }
        }
    }
}

impl Worker {
    /// Waits for a region after `last` and returns its number.
    fn wait(&self, gate: &Gate, last: u64) -> u64 {
        let seen = || Some(Gate::number(gate.0.load(Ordering::SeqCst))).filter(|new| *new != last);
        let start = Instant::now();
        loop {
            for _ in 0..LOOKS {
                if let Some(number) = seen() {
                    return number;
                }
                spin_loop();
            }
            if start.elapsed() > PATIENCE {
                break;
            }
        }
        loop {
            self.asleep.store(true, Ordering::SeqCst);
            if let Some(number) = seen() {
                self.asleep.store(false, Ordering::SeqCst);
                return number;
            }
            thread::park();
        }
    }

    fn wake(&self) {
        if self.asleep.load(Ordering::SeqCst)
            && self.asleep.swap(false, Ordering::SeqCst)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(tasks: usize, threads: usize) -> Vec<usize> {
        let counts: Vec<_> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
        run(tasks, threads, &|task| {
            counts[task].fetch_add(1, Ordering::Relaxed);
        });
        counts.into_iter().map(AtomicUsize::into_inner).collect()
    }

    #[test]
    fn every_task_runs_once() {
        for round in 0..2000 {
            let tasks = round % 37;
            assert_eq!(counts(tasks, 1 + round % 3), vec![1; tasks]);
        }
    }

    #[test]
    fn regions_inside_of_regions_and_beside_them_are_done() {
        let beside = || {
            let inner = AtomicUsize::new(0);
            run(8, 2, &|_| {
                run(5, 2, &|_| {
                    inner.fetch_add(1, Ordering::Relaxed);
                });
            });
            inner.into_inner()
        };
        let handles: Vec<_> = (0..4).map(|_| thread::spawn(beside)).collect();
        assert!(handles.into_iter().all(|handle| handle.join().unwrap() == 40));
    }

    #[test]
    fn a_panic_comes_back_and_the_pool_goes_on() {
        for bad in [0, 3, 15] {
            let broken = catch_unwind(|| run(16, 2, &|task| assert_ne!(task, bad)));
            assert!(broken.is_err());
            assert_eq!(counts(16, 2), vec![1; 16]);
        }
    }
}
