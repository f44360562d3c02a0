//! An interrupted training gives the same bits as one without interruption.

use super::*;

fn case(place: &Place, method: Method) -> Case<'_> {
    let how = Hyperparameters { epochs: 3, accumulation: 2, ..quick() };
    Case { method, how, train: examples(40), ..Case::new(place) }
}

fn methods() -> [Method; 2] {
    [Method::Full, Method::Lora { rank: 2, alpha: 4.0 }]
}

/// Returns everything that the finished folder holds.
fn bytes(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, std::fs::read(entry.path()).expect("a file"))
    };
    let mut files: Vec<_> = std::fs::read_dir(dir).expect("a folder").map(read).collect();
    files.sort();
    files
}

/// Trains to the end without interruption and forgets the checkpoint.
fn uninterrupted(case: &Case<'_>) -> (Report, Vec<(String, Vec<u8>)>) {
    let out = case.place.path("whole");
    let report = case.run_into(&out, &mut Watch::default()).expect("a training");
    forget(case.place);
    let found = bytes(&out);
    std::fs::remove_dir_all(out).expect("the folder");
    (report, found)
}

fn forget(place: &Place) {
    std::fs::remove_dir_all(place.path("checkpoints")).expect("the folder");
}

#[test]
fn a_stopped_training_goes_on_exactly_wherever_it_stopped() {
    let place = Place::with_encoder(0.1);
    for method in methods() {
        let case = case(&place, method);
        let whole = uninterrupted(&case);
        let steps = whole.0.steps as usize;
        assert_eq!(steps, 3 * 4);
        for first in [0, 1, 3, 4, 5, 8, steps - 1] {
            let mut watch = Watch { stop_after: Some(first), ..Watch::default() };
            let stopped = case.run(&mut watch).expect("a training");
            assert!(stopped.stopped && stopped.steps == first as u64, "{stopped:?}");
            assert!(!place.out().exists());
            // Stops once more on the way.
            let mut watch = Watch { stop_after: Some(1), ..Watch::default() };
            let again = case.run(&mut watch).expect("a training");
            assert_eq!(again.stopped, first + 1 < steps);
            if again.stopped {
                let mut watch = Watch::default();
                let report = case.run(&mut watch).expect("a training");
                assert_eq!(report, whole.0);
                assert_eq!(watch.steps.len(), steps - first - 1);
            }
            assert_eq!(bytes(&place.out()), whole.1, "{method:?} stopped after {first}");
            std::fs::remove_dir_all(place.out()).expect("the folder");
            forget(&place);
        }
    }
}

#[test]
fn a_killed_training_goes_on_from_its_last_checkpoint() {
    let place = Place::with_encoder(0.1);
    let check = |save_every: Duration, killed_after: usize, repeated: usize| {
        let case = Case { save_every, ..case(&place, Method::Full) };
        let whole = uninterrupted(&case);
        let stop_after = Some(killed_after);
        let mut watch = Watch { stop_after, panics: true, ..Watch::default() };
        let killed = catch_unwind(AssertUnwindSafe(|| case.run(&mut watch)));
        assert!(killed.is_err());
        let mut watch = Watch::default();
        let report = case.run(&mut watch).expect("a training");
        assert_eq!(report, whole.0);
        assert_eq!(watch.steps.len(), 12 - killed_after + repeated);
        assert_eq!(bytes(&place.out()), whole.1, "killed after {killed_after}");
        std::fs::remove_dir_all(place.out()).expect("the folder");
        forget(&place);
    };
    for killed_after in [1, 4, 6, 11] {
        check(Duration::ZERO, killed_after, 0);
        check(fit::SAVE_EVERY, killed_after, killed_after % 4);
    }
}

#[test]
fn a_finished_training_is_only_written_again() {
    let place = Place::with_encoder(0.0);
    let case = case(&place, Method::Full);
    let report = case.run(&mut Watch::default()).expect("a training");
    let found = bytes(&place.out());
    std::fs::remove_dir_all(place.out()).expect("the folder");
    let mut watch = Watch::default();
    assert_eq!(case.run(&mut watch).expect("a training"), report);
    assert!(watch.steps.is_empty());
    assert_eq!(bytes(&place.out()), found);
}

#[test]
fn early_stopping_survives_an_interruption() {
    let place = Place::with_encoder(0.0);
    let mut case = case(&place, Method::Full);
    case.validation.iter_mut().for_each(|example| example.label = (example.label + 1) % 3);
    case.how = Hyperparameters { patience: Some(2), epochs: 12, ..case.how };
    let whole = uninterrupted(&case);
    assert!(whole.0.stopped_early);
    let mut watch = Watch { stop_after: Some(whole.0.steps as usize - 1), ..Watch::default() };
    assert!(case.run(&mut watch).expect("a training").stopped);
    assert_eq!(case.run(&mut Watch::default()).expect("a training"), whole.0);
    assert_eq!(bytes(&place.out()), whole.1);
}

#[test]
fn another_training_does_not_go_on_from_the_checkpoint() {
    let place = Place::with_encoder(0.0);
    let stop = || Watch { stop_after: Some(5), ..Watch::default() };
    let check = |change: &dyn Fn(&mut Case<'_>)| {
        let mut changed = case(&place, Method::Full);
        change(&mut changed);
        let whole = uninterrupted(&changed);
        case(&place, Method::Full).run(&mut stop()).expect("a training");
        let mut watch = Watch::default();
        changed.run(&mut watch).expect("a training");
        assert_eq!(watch.steps.len() as u64, whole.0.steps);
        assert_eq!(bytes(&place.out()), whole.1);
        std::fs::remove_dir_all(place.out()).expect("the folder");
        forget(&place);
    };
    check(&|case| case.how.learning_rate *= 2.0);
    check(&|case| case.how.seed = 1);
    check(&|case| case.train[0].text.push_str(" rain"));
    check(&|case| case.train[0].label = 2);
    check(&|case| case.validation.truncate(3));
    check(&|case| case.method = Method::Lora { rank: 2, alpha: 4.0 });
    check(&|case| case.labels[0] = "wet".to_owned());
}
