//! Writes every page with made-up content into a folder, to look at without a server.
//! Usage: `cargo run -p ui --example pages -- FOLDER`, then serve the folder.

#[path = "../tests/it/samples/mod.rs"]
mod samples;

use std::collections::BTreeMap;
use std::{env, fs, io, path::Path};

use api::{CompareView, ErrorBody, JobsView, Marks, SearchPage, SearchQuery, TryResponse};
use samples::NOW_MS;
use serde_json::json;
use ui::{
    Action, CardForms, CatalogFacts, CollectionForm, EndpointForms, FilterFacts, JobFacts, Shell,
};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "pages".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for (name, html) in pages() {
        write_assets(folder, &html)?;
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}

/// Writes the files that a page names to where it expects them.
fn write_assets(folder: &Path, html: &str) -> io::Result<()> {
    let Some(revision) = html.split("/static/").nth(1).and_then(|rest| rest.split('/').next())
    else {
        return Ok(());
    };
    let target = folder.join("static").join(revision);
    fs::create_dir_all(&target)?;
    for name in [
        "app.css",
        "icons.css",
        "icon.svg",
        "theme.js",
        "app.js",
        "catalog.js",
        "compare.js",
        "copy.js",
        "favorites.js",
        "filters.js",
        "forms.js",
        "keys.js",
        "live.js",
        "patch.js",
        "suggest.js",
    ] {
        let asset = ui::asset(&format!("{revision}/{name}"));
        fs::write(target.join(name), asset.map(|asset| asset.bytes).unwrap_or_default())?;
    }
    Ok(())
}

fn pages() -> Vec<(&'static str, String)> {
    let shell = Shell { now_ms: NOW_MS, version: "0.1.0", offline: false };
    let error = ErrorBody {
        code: "not_found".into(),
        message: "there is no model `curated/not-there`".into(),
        hint: Some("did you mean curated/bert-base-uncased?".into()),
        request_id: None,
    };
    let none = CardForms::default();
    let (listing, taught) = (samples::listing(), samples::taught());
    let (points, lines) = (samples::points(640), samples::lines(5));
    let running = samples::job("finetune", "running");
    let facts = JobFacts { job: &running, points: &points, lines: &lines };
    let both =
        CompareView { models: vec![listing.clone(), taught.clone()], ..CompareView::default() };
    let endpoints = samples::endpoints();
    let origin = "http://127.0.0.1:7878";
    let asked = EndpointForms::default();
    let page = |name, markup: String| (name, markup);
    let mut pages = catalog_pages(&shell);
    pages.extend([
        page("listing", ui::card(&shell, &listing, &none).into_string()),
        page("model", ui::card(&shell, &taught, &tried()).into_string()),
        page("worked-out", ui::card(&shell, &taught, &samples::worked_out()).into_string()),
        page("refused", ui::card(&shell, &taught, &refused(&error)).into_string()),
        page("compare", ui::compare(&shell, &both).into_string()),
        page("jobs", ui::jobs(&shell, &samples::jobs()).into_string()),
        page("no-jobs", ui::jobs(&shell, &JobsView { jobs: vec![] }).into_string()),
        page("job", ui::job(&shell, facts).into_string()),
        page("endpoints", ui::endpoints(&shell, &endpoints, &asked, origin).into_string()),
        page("import", ui::import(&shell, &BTreeMap::new(), None).into_string()),
        page("error", ui::error(&shell, 404, &error).into_string()),
    ]);
    pages
}

fn catalog_pages(shell: &Shell) -> Vec<(&'static str, String)> {
    let query = SearchQuery::default();
    let filters = [("task".into(), vec!["fill-mask".into()])].into();
    let excluded = [("license".into(), vec!["MIT".into()])].into();
    let filtered = SearchQuery { filters, excluded, q: "bert".into(), ..query.clone() };
    let (found, marks, views) = (samples::full_page(), samples::marks(), samples::collections());
    let empty = SearchPage { total: 0, models: vec![], ..samples::search_page() };
    let facts = CatalogFacts {
        query: &query,
        page: &found,
        marks: &Marks::default(),
        favorites: &[],
        saved: None,
        refused: None,
    };
    let asked = CatalogFacts { query: &filtered, marks: &marks, ..facts };
    let facet = FilterFacts { query: &filtered, facet: &found.facets[8], prefix: "" };
    let form = CollectionForm::default();
    vec![
        ("catalog", ui::catalog(shell, facts).into_string()),
        ("at-hand", ui::catalog(shell, CatalogFacts { marks: &marks, ..facts }).into_string()),
        ("filtered", ui::catalog(shell, asked).into_string()),
        ("nothing", ui::catalog(shell, CatalogFacts { page: &empty, ..asked }).into_string()),
        ("filter", ui::filter_page(shell, facet).into_string()),
        ("collections", ui::collections(shell, &views, &form).into_string()),
        ("collection", ui::collection(shell, &views[2], None).into_string()),
        ("saved", ui::saved(shell, &marks).into_string()),
    ]
}

fn tried() -> CardForms {
    let output = json!([[
        { "label": "lost_card", "score": 0.934 }, { "label": "card_arrival", "score": 0.041 },
        { "label": "change_pin", "score": 0.012 },
    ]]);
    CardForms {
        sent: Some(Action::Try),
        values: [("input".to_owned(), "my card is gone".to_owned())].into(),
        tried: Some(TryResponse { task: "text-classification".into(), output, milliseconds: 7 }),
        ..CardForms::default()
    }
}

fn refused(error: &ErrorBody) -> CardForms {
    CardForms { sent: Some(Action::Finetune), error: Some(error.clone()), ..CardForms::default() }
}
