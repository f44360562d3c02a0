//! What holds for every page, whatever its content.

use std::collections::{BTreeMap, HashSet};

use api::{
    CollectionView, CompareView, EndpointsView, ErrorBody, JobView, Marks, ModelCard, SearchPage,
    SearchQuery,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ui::{
    Action, CardForms, CatalogFacts, CollectionForm, EndpointForms, FilterFacts, JobFacts, Shell,
};

use crate::outline::{tags, unclosed};
use crate::samples::{self, NOW_MS};

/// Text that breaks out of whatever is not escaped.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp; javascript:x";

/// Returns a value with every text in it replaced.
fn hostile<T: Serialize + DeserializeOwned>(value: &T) -> T {
    fn replace(value: &mut Value) {
        match value {
            Value::String(text) => HOSTILE.clone_into(text),
            Value::Array(values) => values.iter_mut().for_each(replace),
            Value::Object(fields) => fields.values_mut().for_each(replace),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(value).unwrap();
    replace(&mut value);
    serde_json::from_value(value).unwrap()
}

/// What pages are made of.
struct Content {
    page: SearchPage,
    query: SearchQuery,
    marks: Marks,
    collections: Vec<CollectionView>,
    listing: ModelCard,
    taught: ModelCard,
    jobs: Vec<JobView>,
    endpoints: EndpointsView,
    error: ErrorBody,
    tried: api::TryResponse,
    worked_out: CardForms,
}

impl Content {
    fn ordinary() -> Self {
        let states = ["queued", "running", "failed", "succeeded"];
        let kinds = ["import", "evaluate", "finetune", "batch"];
        let jobs = kinds.iter().flat_map(|kind| states.map(|state| samples::job(kind, state)));
        let output = json!([[{ "label": "lost_card", "score": 0.9 }]]);
        Self {
            page: samples::search_page(),
            query: SearchQuery {
                q: "bert".into(),
                filters: [("task".into(), vec!["fill-mask".into()])].into(),
                excluded: [("license".into(), vec!["MIT".into()])].into(),
                ..SearchQuery::default()
            },
            marks: samples::marks(),
            collections: samples::collections(),
            listing: samples::listing(),
            taught: samples::taught(),
            jobs: jobs.collect(),
            endpoints: samples::endpoints(),
            error: ErrorBody {
                code: "invalid".into(),
                message: "no".into(),
                hint: Some("try".into()),
                request_id: None,
            },
            tried: api::TryResponse { task: "text-classification".into(), output, milliseconds: 3 },
            worked_out: samples::worked_out(),
        }
    }

    fn hostile() -> Self {
        let own = Self::ordinary();
        let card = |card: &ModelCard| ModelCard {
            // The API promises safe HTML in this one field.
            description_html: "<p>safe</p>".into(),
            ..hostile(card)
        };
        // Names of endpoints are checked by the server, and are ids on the page.
        let endpoints = own.endpoints.endpoints.iter().map(|one| api::EndpointView {
            name: one.name.clone(),
            deployments: one.deployments.iter().map(hostile).collect(),
            ..hostile(one)
        });
        Self {
            page: hostile(&own.page),
            query: hostile(&own.query),
            marks: hostile(&own.marks),
            collections: own.collections.iter().map(hostile).collect(),
            listing: card(&own.listing),
            taught: card(&own.taught),
            jobs: own.jobs.iter().map(hostile).collect(),
            endpoints: EndpointsView { endpoints: endpoints.collect() },
            error: hostile(&own.error),
            tried: hostile(&own.tried),
            worked_out: CardForms {
                fit: own.worked_out.fit.as_ref().map(hostile),
                lineage: own.worked_out.lineage.as_ref().map(hostile),
                diff: own.worked_out.diff.as_ref().map(hostile),
                ..CardForms::default()
            },
        }
    }

    fn pages(&self) -> Vec<(String, String)> {
        let shell = Shell { now_ms: NOW_MS, version: "0.1.0", offline: true };
        let (points, lines) = (samples::points(300), samples::lines(300));
        let mut pages = vec![
            ("listing", ui::card(&shell, &self.listing, &CardForms::default())),
            (
                "compare",
                ui::compare(
                    &shell,
                    &CompareView {
                        models: vec![self.listing.clone(), self.taught.clone()],
                        ..CompareView::default()
                    },
                ),
            ),
            ("jobs", ui::jobs(&shell, &api::JobsView { jobs: self.jobs.clone() })),
            ("no jobs", ui::jobs(&shell, &api::JobsView { jobs: vec![] })),
            ("endpoints", ui::endpoints(&shell, &self.endpoints, &self.asked(), "http://x")),
            ("log", ui::deployment_log(&shell, "desk", &self.error.message, &lines)),
            ("import", ui::import(&shell, &self.typed(), Some(&self.error))),
            ("error", ui::error(&shell, 404, &self.error)),
        ];
        pages.extend(self.catalog(&shell));
        for forms in self.forms() {
            pages.push(("model", ui::card(&shell, &self.taught, &forms)));
        }
        for job in &self.jobs {
            let facts = JobFacts { job, points: &points, lines: &lines };
            pages.push(("job", ui::job(&shell, facts)));
        }
        let numbered = pages.into_iter().enumerate();
        numbered.map(|(at, (name, page))| (format!("{name} {at}"), page.into_string())).collect()
    }

    /// The pages that lead to models.
    fn catalog(&self, shell: &Shell) -> Vec<(&'static str, maud::Markup)> {
        let none = SearchQuery::default();
        let suggestion = api::Suggestion { text: self.error.message.clone(), query: None };
        let empty = SearchPage {
            models: vec![],
            total: 0,
            suggestions: vec![suggestion],
            ..self.page.clone()
        };
        let facts = CatalogFacts {
            query: &none,
            page: &self.page,
            marks: &self.marks,
            favorites: &[],
            saved: None,
            refused: None,
        };
        let asked = CatalogFacts { query: &self.query, ..facts };
        let facet = FilterFacts {
            query: &self.query,
            facet: &self.page.facets[0],
            prefix: &self.error.message,
        };
        let form = CollectionForm { values: self.typed(), error: Some(self.error.clone()) };
        let (shelves, error) = (&self.collections, Some(&self.error));
        vec![
            ("catalog", ui::catalog(shell, facts)),
            ("filtered", ui::catalog(shell, asked)),
            ("nothing", ui::catalog(shell, CatalogFacts { page: &empty, ..asked })),
            ("refused", ui::catalog(shell, CatalogFacts { refused: error, ..asked })),
            ("filter", ui::filter_page(shell, facet)),
            ("collections", ui::collections(shell, shelves, &form)),
            ("collection", ui::collection(shell, &shelves[3], error)),
            ("saved", ui::saved(shell, &self.marks)),
            ("nothing saved", ui::saved(shell, &Marks::default())),
        ]
    }

    fn typed(&self) -> BTreeMap<String, String> {
        let fields = ["input", "source", "name", "endpoint", "map.text", "messages"];
        fields.iter().map(|field| ((*field).to_owned(), self.error.message.clone())).collect()
    }

    fn asked(&self) -> EndpointForms {
        EndpointForms {
            endpoint: self.endpoints.endpoints[0].name.clone(),
            input: self.error.message.clone(),
            answer: Some(json!([self.error.message])),
            error: Some(self.error.clone()),
        }
    }

    /// The card untouched, and after each of its forms.
    fn forms(&self) -> Vec<CardForms> {
        let mut all = vec![CardForms::default(), self.worked_out.clone()];
        for action in Action::ALL {
            all.push(CardForms {
                sent: Some(action),
                values: self.typed(),
                error: Some(self.error.clone()),
                tried: (action == Action::Try).then(|| self.tried.clone()),
                ..CardForms::default()
            });
        }
        all
    }
}

#[test]
fn nothing_that_a_model_says_becomes_code() {
    for (name, html) in Content::hostile().pages() {
        for part in ["<script>alert", "<img", "href=\"javascript:"] {
            assert!(!html.contains(part), "{name} has {part}");
        }
        let empty = name.starts_with("no jobs") || name.starts_with("nothing saved");
        assert!(html.contains("&lt;script&gt;alert") || empty, "{name}");
    }
}

#[test]
fn the_content_policy_blocks_nothing_of_ours() {
    for (name, html) in Content::ordinary().pages() {
        for tag in tags(&html) {
            for attribute in tag.names() {
                let inline = attribute == "style" || attribute.starts_with("on");
                assert!(!inline, "{name}: <{}> has `{attribute}`", tag.name);
            }
            assert!(tag.name != "style", "{name}");
            assert!(tag.name != "script" || tag.get("src").is_some(), "{name}");
        }
    }
}

#[test]
fn every_element_is_closed() {
    for (name, html) in Content::ordinary().pages() {
        assert_eq!(unclosed(&html), None, "{name}");
    }
}

#[test]
fn ids_are_unique_and_everything_that_is_named_exists() {
    for (name, html) in Content::ordinary().pages() {
        let tags = tags(&html);
        let mut ids = HashSet::new();
        for id in tags.iter().filter_map(|tag| tag.get("id")) {
            assert!(ids.insert(id), "{name}: `{id}` is there twice");
        }
        for tag in &tags {
            for attribute in ["for", "aria-labelledby", "aria-describedby", "form", "popovertarget"]
            {
                if let Some(id) = tag.get(attribute) {
                    assert!(ids.contains(id), "{name}: <{} {attribute}> names `{id}`", tag.name);
                }
            }
            if let Some(id) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(id), "{name}: a link leads to `{id}`");
            }
        }
    }
}

#[test]
fn every_page_has_one_first_heading_and_labels_on_its_fields() {
    for (name, html) in Content::ordinary().pages() {
        let tags = tags(&html);
        assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 1, "{name}");
        let labels: HashSet<_> = tags.iter().filter_map(|tag| tag.get("for")).collect();
        for tag in tags.iter().filter(|tag| ["input", "select", "textarea"].contains(&tag.name)) {
            let id = tag.get("id").unwrap_or_default();
            let wrapped = matches!(tag.get("type"), Some("hidden" | "checkbox" | "radio"));
            let labelled = labels.contains(id) || tag.get("aria-label").is_some() || wrapped;
            assert!(labelled, "{name}: {tag:?} has no label");
        }
    }
}

#[test]
fn an_action_posts_and_looking_does_not() {
    for (name, html) in Content::ordinary().pages() {
        for tag in tags(&html).iter().filter(|tag| tag.name == "form") {
            let action = tag.get("action").unwrap_or_default();
            // A dialog's form closes it and goes nowhere.
            if tag.get("method") == Some("dialog") {
                continue;
            }
            let looks = ["/", "/compare"].contains(&action)
                || action.starts_with("/filters/")
                || action.contains('#');
            assert_eq!(tag.get("method"), (!looks).then_some("post"), "{name}: {action}");
        }
    }
}

#[test]
fn the_forms_of_a_card_keep_what_was_typed() {
    let content = Content::ordinary();
    let shell = Shell { now_ms: NOW_MS, version: "0.1.0", offline: false };
    let forms = CardForms {
        sent: Some(Action::Deploy),
        values: [("endpoint".to_owned(), "my-desk".to_owned())].into(),
        error: Some(content.error.clone()),
        ..CardForms::default()
    };
    let html = ui::card(&shell, &content.taught, &forms).into_string();
    let form = html.split(r#"id="act-deploy""#).nth(1).unwrap().split("</form>").next().unwrap();
    assert!(form.contains(r#"value="my-desk""#) && form.contains(r#"role="alert""#), "{form}");
    assert!(html.contains(r#"id="act-deploy" name="verb" open"#), "{html}");
    assert_eq!(html.matches(r#"role="alert""#).count(), 1);
}

#[test]
fn a_page_of_the_catalog_stays_small() {
    let (query, page, marks) = (SearchQuery::default(), samples::full_page(), samples::marks());
    let shell = Shell { now_ms: NOW_MS, version: "0.1.0", offline: false };
    let facts = CatalogFacts {
        query: &query,
        page: &page,
        marks: &marks,
        favorites: &[],
        saved: None,
        refused: None,
    };
    let html = ui::catalog(&shell, facts).into_string();
    assert!(html.len() < 60_000, "{} bytes", html.len());
    assert!(html.matches("<article").count() == 24);
}
