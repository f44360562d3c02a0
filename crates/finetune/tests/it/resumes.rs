//! That an interrupted training ends like one that was not.

use jobs::Context;
use serde_json::json;

use super::{Bench, toy};

fn bench(seed: u64, epochs: u32) -> Bench {
    let given = json!({ "epochs": epochs, "batch_size": 8, "learning_rate": 1e-3, "seed": seed });
    Bench::new(&toy(3)).with("full", given)
}

#[test]
fn the_seed_makes_the_model() {
    let weights = [1, 1, 2].map(|seed| {
        let bench = bench(seed, 2);
        bench.run().unwrap();
        bench.weights()
    });
    assert_eq!(weights[0], weights[1]);
    assert_ne!(weights[0], weights[2]);
}

#[test]
fn a_job_that_was_cancelled_stops_and_goes_on_from_its_checkpoint() {
    // Many epochs, so that there is time to stop it.
    let whole = bench(5, 30);
    let expected = whole.run().unwrap();

    let mut broken = bench(5, 30);
    let stopper = broken.context.clone();
    // Stops as soon as the first epoch was validated.
    let cancelled = std::thread::scope(|scope| {
        let run = scope.spawn(|| broken.run().unwrap());
        while !run.is_finished() {
            let told = stopper.take();
            if told.metrics.iter().any(|(name, _, _)| name == "validation/loss") {
                stopper.cancel();
            }
            std::thread::yield_now();
        }
        run.join().unwrap()
    });
    assert!(cancelled.stopped, "it was over before it could be stopped");
    assert!(!broken.job.out.exists());
    let made = cancelled.metrics["steps"].as_u64().unwrap();
    assert!(made < expected.metrics["steps"].as_u64().unwrap(), "{made}");

    broken.context = Context::detached(broken.context.scratch());
    let found = broken.run().unwrap();
    assert_eq!(found, expected);
    assert_eq!(broken.weights(), whole.weights());
    let steps: Vec<u64> = broken.context.take().metrics.iter().map(|(_, step, _)| *step).collect();
    assert!(
        steps.iter().all(|step| *step > made),
        "steps before {made} were made again: {steps:?}"
    );
}

#[test]
fn a_result_that_was_written_but_not_handed_over_is_made_again() {
    let bench = bench(5, 2);
    let expected = bench.run().unwrap();
    let weights = bench.weights();
    std::fs::remove_file(bench.job.out.join("config.json")).unwrap();
    assert_eq!(bench.run().unwrap(), expected);
    assert_eq!(bench.weights(), weights);
    assert!(bench.job.out.join("config.json").exists());
}

#[test]
fn a_job_that_is_cancelled_at_once_makes_nothing() {
    let bench = bench(5, 2);
    bench.context.cancel();
    let found = bench.run().unwrap();
    assert!(found.stopped);
    assert!(!bench.job.out.exists());
}
