//! What a person reads where models are compared: charts say in words what they draw.

use api::{
    BoardChoice, CompareView, LeaderboardQuery, LeaderboardRow, LeaderboardView, MetricView,
    Overview, OverviewRow, ResultValue, RunCost, SharedResult, TradeOff, TradeOffPoint,
};
use ui::{Adding, Shell};

use crate::outline::{text, unclosed};
use crate::samples::{self, NOW_MS};

const SHELL: Shell = Shell { now_ms: NOW_MS, version: "0.1.0", offline: false };

fn metric() -> MetricView {
    MetricView {
        name: "exact_match".into(),
        title: "Exact match".into(),
        lower_is_better: false,
        low: Some(0.0),
        high: Some(1.0),
    }
}

fn result(model: &str, value: f64, published: bool) -> ResultValue {
    ResultValue {
        value,
        model: model.into(),
        published_by: published.then(|| "acme".into()),
        setting: published.then(|| "5-shot".into()),
        rows: (!published).then_some(1_200),
        evaluation: "evaluation-1".into(),
        job: None,
        created_ms: NOW_MS,
    }
}

fn cost(memory_bytes: Option<u64>) -> RunCost {
    let verdict = if memory_bytes.is_some() { "fits" } else { "not known" };
    RunCost {
        size_bytes: memory_bytes,
        memory_bytes,
        verdict: verdict.into(),
        because: "440 MB of 16 GB".into(),
        rows_per_second: memory_bytes.map(|_| 210.5),
    }
}

fn trade_off() -> TradeOff {
    let point = |name: &str, cost, quality, front| TradeOffPoint {
        model: format!("curated/{name}"),
        display_name: name.into(),
        cost,
        quality,
        front,
    };
    TradeOff {
        against: "parameters".into(),
        choices: vec!["parameters".into(), "size".into()],
        data: "boolq".into(),
        metric: metric(),
        points: vec![
            point("small", 1.1e8, 0.71, true),
            point("middle", 7e9, 0.7, false),
            point("large", 7e10, 0.9, true),
        ],
        left_out: 1,
    }
}

fn choice(value: &str, title: &str, models: usize, chosen: bool) -> BoardChoice {
    BoardChoice { value: value.into(), title: title.into(), models, chosen }
}

fn row(rank: usize, name: &str, value: f64, listed: bool) -> LeaderboardRow {
    LeaderboardRow {
        rank,
        model: format!("curated/{name}"),
        display_name: name.into(),
        listed,
        result: result(name, value, rank != 2),
        parameters: listed.then_some(110_000_000),
        size_bytes: listed.then_some(440_000_000),
        license: listed.then(|| "Apache-2.0".into()),
        license_family: listed.then(|| "permissive".into()),
        cost: cost(listed.then_some(220_000_000)),
    }
}

fn board() -> LeaderboardView {
    let overview = |name: &str, values: [f64; 2]| OverviewRow {
        model: format!("curated/{name}"),
        display_name: name.into(),
        listed: true,
        mean: (values[0] + values[1]) / 2.0,
        values: values.map(Some).to_vec(),
    };
    LeaderboardView {
        tasks: vec![choice("question-answering", "Question answering", 3, true)],
        data: vec![choice("boolq", "boolq", 3, true), choice("gsm8k", "gsm8k", 2, false)],
        metrics: vec![choice("exact_match", "Exact match", 3, true)],
        metric: Some(metric()),
        total: 4,
        rows: vec![
            row(1, "large", 0.9, true),
            row(2, "small", 0.71, true),
            row(3, "far", 0.7, false),
        ],
        trade_off: Some(trade_off()),
        overview: Some(Overview {
            metric: metric(),
            data: vec!["boolq".into(), "gsm8k".into()],
            rows: vec![overview("large", [0.9, 0.5]), overview("small", [0.71, 0.11])],
            left_out: 1,
        }),
    }
}

fn compared() -> CompareView {
    let (listing, taught) = (samples::listing(), samples::taught());
    let shared = |data: &str, values: [f64; 2], best| SharedResult {
        task: "text-classification".into(),
        data: data.into(),
        metric: metric(),
        values: vec![Some(result("a", values[0], true)), Some(result("b", values[1], false))],
        best,
    };
    CompareView {
        models: vec![listing, taught],
        results: vec![
            shared("boolq", [0.71, 0.9], Some(0.9)),
            SharedResult {
                values: vec![None, Some(result("b", 0.5, false))],
                ..shared("own", [0.0, 0.0], None)
            },
        ],
        costs: vec![cost(None), cost(Some(440_000_000))],
        trade_off: Some(trade_off()),
    }
}

fn main_of(html: &str) -> &str {
    html.split("<main").nth(1).unwrap().split("</main>").next().unwrap()
}

fn read(html: &str) -> String {
    text(&format!("<main{}", main_of(html)))
}

#[test]
fn a_leaderboard_reads() {
    let query = LeaderboardQuery { sort: Some("-size".into()), ..Default::default() };
    insta::assert_snapshot!(read(&ui::leaderboard(&SHELL, &query, &board()).into_string()));
}

#[test]
fn a_comparison_reads() {
    insta::assert_snapshot!(read(&ui::compare(&SHELL, &compared()).into_string()));
}

#[test]
fn a_column_turns_its_order_round_and_keeps_what_was_asked() {
    let sorted = |sort: &str| {
        let (data, sort) = (Some("boolq".into()), Some(sort.to_owned()));
        let query = LeaderboardQuery { data, sort, ..Default::default() };
        ui::leaderboard(&SHELL, &query, &board()).into_string()
    };
    let html = sorted("size");
    assert!(html.contains(r#"aria-sort="ascending""#), "{html}");
    assert!(html.contains(r#"href="/leaderboard?data=boolq&amp;sort=-size""#), "{html}");
    assert!(html.contains(r#"href="/leaderboard?data=boolq&amp;sort=parameters""#), "{html}");
    let html = sorted("-size");
    assert!(html.contains(r#"aria-sort="descending""#), "{html}");
    assert!(html.contains(r#"href="/leaderboard?data=boolq&amp;sort=size""#), "{html}");
}

#[test]
fn a_model_is_taken_away_and_another_added_by_links() {
    let found = [samples::taught().summary, samples::listing().summary];
    let view = CompareView { models: vec![samples::listing()], ..CompareView::default() };
    let adding = Adding { query: "desk", found: &found };
    let html = ui::compare_adding(&SHELL, &view, adding).into_string();
    let (known, new) = (&found[1].model, &found[0].model);
    assert!(html.contains(&format!(r#"href="/compare?model={known}&amp;model={new}""#)), "{html}");
    assert_eq!(html.matches("class=\"add-offer\"").count(), 1, "what is there is not offered");
    assert!(html.contains(r#"href="/compare" title="Take away""#), "{html}");
    let none = ui::compare_adding(&SHELL, &view, Adding { query: "zz", found: &[] }).into_string();
    assert!(none.contains("No other model is found for “zz”"), "{none}");
}

#[test]
fn nothing_measured_says_how_to_measure() {
    let query = LeaderboardQuery::default();
    let html = ui::leaderboard(&SHELL, &query, &LeaderboardView::default()).into_string();
    assert!(html.contains("modeldex catalog add-results"), "{html}");
}

/// A self-closing element of SVG swallows what follows it in HTML.
#[test]
fn every_element_of_a_picture_is_closed() {
    let board = ui::leaderboard(&SHELL, &LeaderboardQuery::default(), &board()).into_string();
    for html in [board, ui::compare(&SHELL, &compared()).into_string()] {
        assert_eq!(unclosed(&html), None);
    }
}
