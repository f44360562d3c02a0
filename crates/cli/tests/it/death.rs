//! `kill -9` of servers and of workers while jobs run: whatever dies, a job ends as if nothing had.

use serde_json::{Value, json};

use super::bench::{Bench, Up, get, rows, signal, wait_for};

/// Kills the worker of a job as soon as the job has done `least` units.
fn kill_after(bench: &Bench, up: &Up, job: &str, least: u64) -> bool {
    wait_for(|| {
        let shown = get(&format!("{}/api/v1/jobs/{job}", up.url));
        if shown["state"] == "succeeded" {
            return Some(false);
        }
        let done = shown["progress"]["done"].as_u64().unwrap_or(0);
        let workers = bench.workers_of(job);
        (shown["state"] == "running" && done >= least && !workers.is_empty()).then(|| {
            workers.iter().for_each(|pid| signal(*pid, "KILL"));
            true
        })
    })
}

fn answers(bench: &Bench, job: &Value) -> String {
    let digest = job["result"]["output"]["digest"].as_str().unwrap();
    let (start, rest) = digest.split_at(2);
    let path = bench.data_dir().join("assets/blobs/sha256").join(start).join(rest);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_batch_whose_worker_is_killed_anywhere_loses_and_repeats_no_row() {
    const ROWS: usize = 3_000;
    let bench = Bench::new();
    bench.import("parity/bert-classification", "mood");
    bench.file("rows.csv", rows(ROWS, 0));
    let up = bench.up(&["--job-slots", "2"]);
    let start = || {
        let args = ["batch", "workspace/mood", "--data", "rows.csv", "--chunk-rows", "20"];
        let job = bench.json(&[&args[..], &["--detach"]].concat());
        job["id"].as_str().unwrap().to_owned()
    };
    let whole = answers(&bench, &bench.finished(&start()));
    assert_eq!(whole.lines().count(), ROWS);
    let mut killed = 0;
    for least in [0, 1, 100, 700, 1_500, 2_500] {
        let id = start();
        killed += usize::from(kill_after(&bench, &up, &id, least));
        let job = bench.finished(&id);
        assert_eq!(job["state"], "succeeded", "{job}");
        assert_eq!(job["result"]["rows"], ROWS);
        assert!(answers(&bench, &job) == whole, "killed after {least}");
    }
    assert!(killed >= 4, "only {killed} workers were killed in time");
    up.stop();
}

#[test]
fn a_fine_tuning_that_was_killed_ends_with_the_same_bits() {
    let bench = Bench::new();
    let tiny = bench.tiny_encoder();
    bench.json(&["import", &tiny, "--name", "tiny"]);
    bench.file("train.csv", rows(1_200, 0));
    let up = bench.up(&[]);
    let start = |name: &str| {
        let job = bench.json(&[
            "finetune",
            "workspace/tiny",
            "--data",
            "train.csv",
            "--name",
            name,
            "--method",
            "full",
            "--epochs",
            "30",
            "--batch-size",
            "8",
            "--detach",
        ]);
        job["id"].as_str().unwrap().to_owned()
    };
    let manifests = |name: &str| -> Vec<Value> {
        let card = bench.json(&["show", &format!("workspace/{name}")]);
        card["versions"].as_array().unwrap().iter().map(|one| one["manifest"].clone()).collect()
    };
    let calm = bench.finished(&start("calm"));
    assert_eq!(calm["state"], "succeeded", "{calm}");
    let mut killed = 0;
    for (number, least) in [0, 1, 300, 900].into_iter().enumerate() {
        let name = format!("killed-{number}");
        let id = start(&name);
        killed += usize::from(kill_after(&bench, &up, &id, least));
        let job = bench.finished(&id);
        assert_eq!(job["state"], "succeeded", "{job}");
        // One version, however often it was begun, and the weights of the calm run.
        assert_eq!(manifests(&name), manifests("calm"), "killed after {least}");
    }
    assert!(killed >= 3, "only {killed} workers were killed in time");
    up.stop();
}

#[test]
fn a_killed_server_leaves_its_jobs_running_and_the_next_one_finds_them() {
    let bench = Bench::new();
    bench.import("parity/bert-classification", "mood");
    bench.file("rows.csv", rows(2_000, 0));
    let batch = ["batch", "workspace/mood", "--data", "rows.csv", "--chunk-rows", "20", "--detach"];
    for (number, both) in [false, true, true].into_iter().enumerate() {
        let up = bench.up(&[]);
        let running = bench.json(&batch)["id"].as_str().unwrap().to_owned();
        let queued = bench.json(&batch)["id"].as_str().unwrap().to_owned();
        let workers = wait_for(|| Some(bench.workers_of(&running)).filter(|all| !all.is_empty()));
        up.kill();
        if both {
            workers.iter().for_each(|pid| signal(*pid, "KILL"));
        }
        let up = bench.up(&[]);
        for id in [&running, &queued] {
            let job = bench.finished(id);
            assert_eq!(job["state"], "succeeded", "{number}: {job}");
            assert_eq!(answers(&bench, &job).lines().count(), 2_000, "{number}");
        }
        up.stop();
    }
}

#[test]
fn a_cancelled_job_stops_and_goes_on_when_it_is_resumed() {
    let bench = Bench::new();
    bench.import("parity/bert-classification", "mood");
    bench.file("rows.csv", rows(3_000, 0));
    let up = bench.up(&[]);
    let batch = ["batch", "workspace/mood", "--data", "rows.csv", "--chunk-rows", "20", "--detach"];
    let id = bench.json(&batch)["id"].as_str().unwrap().to_owned();
    wait_for(|| {
        (bench.json(&["jobs", "show", &id])["progress"]["done"].as_u64()? > 0).then_some(())
    });
    let asked = bench.json(&["jobs", "cancel", &id]);
    assert_eq!(asked["state"], "cancelling");
    assert_eq!(bench.finished(&id)["state"], "cancelled");
    let resumed = bench.json(&["jobs", "resume", &id]);
    assert_eq!(resumed["state"], "succeeded");
    assert_eq!(answers(&bench, &resumed).lines().count(), 3_000);
    assert_eq!(resumed["attempt"], json!(2));
    up.stop();
}
