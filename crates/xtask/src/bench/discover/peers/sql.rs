//! Questions as statements, the parts that both databases share.

use db::Value;
use discover::{FacetName, Query, Sort};

/// A statement with its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The text, with `$1` for values.
    pub text: String,
    /// The values.
    pub values: Vec<Value>,
}

impl Statement {
    /// Adds a value and returns its placeholder.
    pub fn bind(&mut self, value: &str) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn bind_all(&mut self, values: &[String]) -> String {
        let places: Vec<String> = values.iter().map(|value| self.bind(value)).collect();
        places.join(", ")
    }
}

/// How words are found: `$w` stands for them.
#[derive(Clone, Debug)]
pub struct Words {
    /// What `$w` is.
    pub value: String,
    /// The tables, of which `m` is the one of models.
    pub tables: &'static str,
    /// The condition.
    pub condition: &'static str,
    /// The order, best first.
    pub order: &'static str,
}

/// What differs between the two.
pub trait Dialect: Sync {
    /// Returns its name for the table.
    fn name(&self) -> &'static str;

    /// Returns the statements that make its tables.
    fn tables(&self) -> &'static [&'static str];

    /// Returns the statements that take a batch of models as JSON.
    fn inserts(&self) -> &'static [&'static str];

    /// Returns the statements that follow the last model.
    fn indexes(&self) -> Vec<String>;

    /// Says how words are found: `None` where it cannot, `Some(None)` where there are none.
    fn words(&self, text: &str, typo: bool) -> Option<Option<Words>>;

    /// Asks for the ten best under a prefix.
    fn prefix(&self, prefix: &str) -> Statement;

    /// Writes that a model has one of the values of a filter that may have several.
    fn has_any(&self, facet: FacetName, places: &str) -> String;

    /// Writes the counts of filters that may have several values, over `hit`.
    fn count_several(&self, facets: &[FacetName]) -> Vec<String>;
}

/// Filters of which a model has one value at most: columns.
pub const SINGLE: [FacetName; 7] = [
    FacetName::License,
    FacetName::LicenseFamily,
    FacetName::Size,
    FacetName::Fits,
    FacetName::Collection,
    FacetName::Publisher,
    FacetName::Library,
];

/// Filters of which a model may have several.
pub const SEVERAL: [FacetName; 5] = [
    FacetName::Task,
    FacetName::FinetuningTask,
    FacetName::Deployment,
    FacetName::Language,
    FacetName::Status,
];

/// Publishers that are shown, as many as by our index: there are too many for a page.
const PUBLISHERS: usize = 100;

/// Asks for the models of a page.
pub fn page(dialect: &dyn Dialect, query: &Query, words: Option<&Words>) -> Statement {
    let mut statement = Statement::default();
    let found = found(dialect, query, words, None, &mut statement);
    let order = match (words, query.sort) {
        (Some(words), Sort::Relevance) => with_words(words.order),
        (_, Sort::Relevance | Sort::Downloads) => "m.downloads DESC, m.id".to_owned(),
        (_, Sort::Likes) => "m.likes DESC, m.id".to_owned(),
        (_, Sort::Updated) => "m.updated_ms DESC, m.id".to_owned(),
        (_, Sort::Created) => "m.created_ms DESC, m.id".to_owned(),
        (_, Sort::Size) => "m.parameters, m.id".to_owned(),
        (_, Sort::Name) => "m.sort_name, m.id".to_owned(),
    };
    let (limit, offset) = (query.limit, query.offset);
    statement.text = format!(
        "SELECT r.json FROM (SELECT m.id FROM {found} ORDER BY {order} \
         LIMIT {limit} OFFSET {offset}) AS top JOIN listing r ON r.id = top.id"
    );
    statement
}

/// Asks for a model by its name.
pub fn exact(name: &str) -> Statement {
    let mut statement = Statement::default();
    let place = statement.bind(name);
    statement.text =
        format!("SELECT r.json FROM item m JOIN listing r ON r.id = m.id WHERE m.name = {place}");
    statement
}

/// Asks for the counts: one statement for the filters that nothing is chosen of, and one more
/// for each chosen one, whose own choice does not count.
pub fn counts(dialect: &dyn Dialect, query: &Query, words: Option<&Words>) -> Vec<Statement> {
    let chosen: Vec<FacetName> = query.filters.keys().copied().collect();
    let open: Vec<FacetName> =
        FacetName::ALL.into_iter().filter(|facet| !chosen.contains(facet)).collect();
    let mut statements = vec![count(dialect, query, words, (None, &open))];
    statements.extend(
        chosen
            .iter()
            .map(|facet| count(dialect, query, words, (Some(*facet), std::slice::from_ref(facet)))),
    );
    statements
}

fn count(
    dialect: &dyn Dialect,
    query: &Query,
    words: Option<&Words>,
    (without, facets): (Option<FacetName>, &[FacetName]),
) -> Statement {
    let mut statement = Statement::default();
    let found = found(dialect, query, words, without, &mut statement);
    let mut counts = Vec::new();
    if without.is_none() {
        counts.push("SELECT 'total' AS facet, NULL AS value, count(*) AS n FROM hit".to_owned());
    }
    let single = |facet: &&FacetName| SINGLE.contains(facet);
    counts.extend(facets.iter().filter(single).map(|facet| count_single(*facet)));
    let several: Vec<FacetName> =
        facets.iter().copied().filter(|facet| SEVERAL.contains(facet)).collect();
    if !several.is_empty() {
        counts.extend(dialect.count_several(&several));
    }
    let counts = counts.join(" UNION ALL ");
    statement.text = format!("WITH hit AS MATERIALIZED (SELECT m.* FROM {found}) {counts}");
    statement
}

fn count_single(facet: FacetName) -> String {
    let name = facet.as_str();
    let all = format!(
        "SELECT '{name}' AS facet, {name} AS value, count(*) AS n FROM hit \
         WHERE {name} IS NOT NULL GROUP BY {name}"
    );
    match facet {
        FacetName::Publisher => {
            format!("SELECT * FROM ({all} ORDER BY n DESC LIMIT {PUBLISHERS}) AS first_ones")
        }
        _ => all,
    }
}

/// Writes what a query finds: tables and conditions.
fn found(
    dialect: &dyn Dialect,
    query: &Query,
    words: Option<&Words>,
    without: Option<FacetName>,
    statement: &mut Statement,
) -> String {
    let mut conditions = Vec::new();
    let tables = match words {
        Some(words) => {
            statement.bind(&words.value);
            conditions.push(with_words(words.condition));
            words.tables.replace("$w", "$1")
        }
        None => "item m".to_owned(),
    };
    for (facet, values) in query.filters.iter().filter(|(facet, _)| Some(**facet) != without) {
        let places = statement.bind_all(values);
        conditions.push(match SINGLE.contains(facet) {
            true => format!("m.{} IN ({places})", facet.as_str()),
            false => dialect.has_any(*facet, &places),
        });
    }
    match conditions.is_empty() {
        true => tables,
        false => format!("{tables} WHERE {}", conditions.join(" AND ")),
    }
}

/// Words are the first value of their statement.
fn with_words(text: &str) -> String {
    text.replace("$w", "$1")
}
