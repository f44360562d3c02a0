//! What a person reads on the pages that matter most.

use api::{Marks, SearchQuery};
use ui::{CardForms, CatalogFacts, CollectionForm, JobFacts, Shell};

use crate::outline::text;
use crate::samples::{self, NOW_MS};

const SHELL: Shell = Shell { now_ms: NOW_MS, version: "0.1.0", offline: false };

/// Returns the text of what is between the header and the footer.
fn read(html: &str) -> String {
    let main = html.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
    text(&format!("<main{main}"))
}

#[test]
fn the_catalog_reads() {
    let (query, page, marks) = (SearchQuery::default(), samples::search_page(), Marks::default());
    let facts = CatalogFacts {
        query: &query,
        page: &page,
        marks: &marks,
        favorites: &[],
        saved: None,
        refused: None,
    };
    insta::assert_snapshot!(read(&ui::catalog(&SHELL, facts).into_string()));
}

#[test]
fn what_is_kept_at_hand_reads() {
    insta::assert_snapshot!(read(&ui::saved(&SHELL, &samples::marks()).into_string()));
}

#[test]
fn collections_read() {
    let views = samples::collections();
    let all = ui::collections(&SHELL, &views, &CollectionForm::default()).into_string();
    let one = ui::collection(&SHELL, &views[2], None).into_string();
    insta::assert_snapshot!(format!("{}\n\n{}", read(&all), read(&one)));
}

#[test]
fn a_listed_model_reads() {
    let html = ui::card(&SHELL, &samples::listing(), &CardForms::default()).into_string();
    insta::assert_snapshot!(read(&html));
}

#[test]
fn a_taught_model_reads() {
    let mut card = samples::taught();
    card.evaluations.truncate(1);
    let html = ui::card(&SHELL, &card, &CardForms::default()).into_string();
    insta::assert_snapshot!(read(&html));
}

#[test]
fn what_is_worked_out_about_a_model_reads() {
    let mut card = samples::taught();
    card.evaluations.clear();
    let html = ui::card(&SHELL, &card, &samples::worked_out()).into_string();
    insta::assert_snapshot!(read(&html));
}

#[test]
fn a_job_reads() {
    let (points, lines) = (samples::points(250), samples::lines(3));
    let job = samples::job("finetune", "running");
    let html = ui::job(&SHELL, JobFacts { job: &job, points: &points, lines: &lines });
    insta::assert_snapshot!(read(&html.into_string()));
}

#[test]
fn the_jobs_read() {
    insta::assert_snapshot!(read(&ui::jobs(&SHELL, &samples::jobs()).into_string()));
}
