//! Where a model came from and what was made from it, as a picture of links and as a list.

use std::collections::BTreeMap;

use api::{LineageEdge, LineageNode, LineageView};
use maud::{Markup, html};

use crate::format;
use crate::link;

/// Pixels of a box, and between two.
const WIDTH: usize = 232;
const HEIGHT: usize = 66;
const ACROSS: usize = 56;
const DOWN: usize = 14;
const EDGE: usize = 6;
/// So many letters fit a line of a box.
const LETTERS_MAX: usize = 30;

/// Shows a lineage; nothing where a model stands alone.
pub(crate) fn panel(now_ms: i64, lineage: &LineageView) -> Markup {
    if lineage.nodes.len() < 2 {
        return html! {};
    }
    let places = places(lineage);
    let right = places.values().map(|place| place.0).max().unwrap_or(0) + WIDTH + EDGE;
    let bottom = places.values().map(|place| place.1).max().unwrap_or(0) + HEIGHT + EDGE;
    html! {
        div.lineage-frame tabindex="0" role="region" aria-label="Picture of the lineage" {
            svg.lineage width=(right) height=(bottom) viewBox={ "0 0 " (right) " " (bottom) }
                role="group" aria-label="Models, each with what it was made from to its left"
            {
                @for edge in &lineage.edges { (line(&places, edge)) }
                @for (at, node) in lineage.nodes.iter().enumerate() {
                    @if let Some(place) = places.get(&at) {
                        (drawn(node, at == 0, *place, taught(lineage, at)))
                    }
                }
            }
        }
        @if lineage.cut { p.note { "More models belong to it than are shown." } }
        details.more open[lineage.nodes.len() <= 4] {
            summary { "The same as a list" }
            ul.lineage-list {
                @for (at, node) in lineage.nodes.iter().enumerate() {
                    li { (in_words(now_ms, lineage, at, node)) }
                }
            }
        }
    }
}

/// Gives each generation a column, forebears to the left, and each model a row of it.
fn places(lineage: &LineageView) -> BTreeMap<usize, (usize, usize)> {
    let mut columns: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    for (at, node) in lineage.nodes.iter().enumerate() {
        columns.entry(node.generation).or_default().push(at);
    }
    let rows = columns.values().map(Vec::len).max().unwrap_or(0);
    let mut places = BTreeMap::new();
    for (column, members) in columns.values().enumerate() {
        // A shorter column stands in the middle.
        let above = (rows - members.len()) * (HEIGHT + DOWN) / 2;
        for (row, at) in members.iter().enumerate() {
            let top = EDGE + above + row * (HEIGHT + DOWN);
            places.insert(*at, (EDGE + column * (WIDTH + ACROSS), top));
        }
    }
    places
}

fn line(places: &BTreeMap<usize, (usize, usize)>, edge: &LineageEdge) -> Markup {
    let (Some(from), Some(to)) = (places.get(&edge.from), places.get(&edge.to)) else {
        return html! {};
    };
    let (x1, y1) = (from.0 + WIDTH, from.1 + HEIGHT / 2);
    let (x2, y2) = (to.0, to.1 + HEIGHT / 2);
    let middle = (x1 + x2) / 2;
    let (start, end) = (format!("M{x1} {y1}"), format!("{x2} {y2}"));
    html! {
        path.lineage-line d={ (start) "C" (middle) " " (y1) " " (middle) " " (y2) " " (end) } {}
    }
}

fn taught(lineage: &LineageView, at: usize) -> Option<&LineageEdge> {
    lineage.edges.iter().find(|edge| edge.to == at && edge.data_name.is_some())
}

fn drawn(
    node: &LineageNode,
    is_root: bool,
    (left, top): (usize, usize),
    taught: Option<&LineageEdge>,
) -> Markup {
    let body = html! {
        rect x=(left) y=(top) width=(WIDTH) height=(HEIGHT) rx="11" {}
        text.lineage-name x=(left + 14) y=(top + 22) { (cut(short_name(node))) }
        text.lineage-more x=(left + 14) y=(top + 40) { (cut(&second(node))) }
        text.lineage-more x=(left + 14) y=(top + 56) { (cut(&third(taught))) }
        title { (node.model) }
    };
    html! {
        a.lineage-node.root[is_root].elsewhere[!node.known] href=(target(node))
            aria-current=[is_root.then_some("page")]
        { (body) }
    }
}

/// What is not here can be brought here.
fn target(node: &LineageNode) -> String {
    match node.known {
        true => link::model(&node.model),
        false => format!("/import?source={}", link::escape(&node.model)),
    }
}

/// Most models of a lineage are in the workspace: its name would be all that is read.
fn short_name(node: &LineageNode) -> &str {
    node.model.strip_prefix("workspace/").unwrap_or(&node.model)
}

fn second(node: &LineageNode) -> String {
    match node.measured.first() {
        Some(measured) => measured.clone(),
        None if !node.known => "not in this catalog".to_owned(),
        None => String::new(),
    }
}

fn third(taught: Option<&LineageEdge>) -> String {
    let name = taught.and_then(|edge| edge.data_name.as_deref());
    name.map(|name| format!("taught on {name}")).unwrap_or_default()
}

fn cut(text: &str) -> String {
    match text.chars().count() {
        0..=LETTERS_MAX => text.to_owned(),
        _ => text.chars().take(LETTERS_MAX - 1).chain(['…']).collect(),
    }
}

fn in_words(now_ms: i64, lineage: &LineageView, at: usize, node: &LineageNode) -> Markup {
    let of = |edge: &&LineageEdge| edge.to == at;
    let parents = lineage.edges.iter().filter(of).filter_map(|edge| lineage.nodes.get(edge.from));
    let parents: Vec<_> = parents.map(|parent| parent.model.as_str()).collect();
    html! {
        a href=(target(node)) { (node.model) }
        @if at == 0 { " (this one)" }
        @if !parents.is_empty() { ", made from " (parents.join(" and ")) }
        @if let Some(edge) = taught(lineage, at) {
            ", taught on " (edge.data_name.as_deref().unwrap_or_default())
            @if let Some(digest) = &edge.data_digest {
                " " code title=(digest) { (digest.get(..12).unwrap_or(digest)) }
            }
        }
        @for measured in &node.measured { ", " (measured) }
        @if let Some(created_ms) = node.created_ms { ", " (format::ago(now_ms, created_ms)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage() -> LineageView {
        let node = |model: &str, generation, known| LineageNode {
            model: model.into(),
            known,
            generation,
            measured: vec![],
            created_ms: None,
        };
        let edge = |from, to, data: Option<&str>| LineageEdge {
            from,
            to,
            data_name: data.map(str::to_owned),
            data_digest: data.map(|_| "ab".repeat(32)),
        };
        LineageView {
            nodes: vec![
                node("workspace/desk@2", 0, true),
                node("org/base", -1, false),
                node("workspace/a@1", 1, true),
                node("workspace/b@1", 1, true),
            ],
            edges: vec![edge(1, 0, Some("train.csv")), edge(0, 2, None), edge(0, 3, None)],
            cut: true,
        }
    }

    #[test]
    fn every_model_is_a_link_in_its_column_and_a_line_of_the_list() {
        let html = panel(0, &lineage()).into_string();
        assert_eq!(html.matches("<a class=\"lineage-node").count(), 4);
        assert_eq!(html.matches("lineage-line").count(), 3);
        assert!(html.contains(r#"href="/import?source=org/base""#), "{html}");
        assert!(html.contains("desk@2</a> (this one), made from org/base"), "{html}");
        assert!(html.contains("taught on train.csv <code"), "{html}");
        assert!(html.contains("More models belong to it"), "{html}");
        let columns: Vec<_> = places(&lineage()).values().map(|place| place.0).collect();
        assert_eq!(columns, [294, 6, 582, 582]);
    }

    #[test]
    fn a_model_without_relatives_has_no_picture() {
        let mut alone = lineage();
        alone.nodes.truncate(1);
        assert_eq!(panel(0, &alone).into_string(), "");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut(&"x".repeat(40)).chars().count(), LETTERS_MAX);
        assert_eq!(cut("short"), "short");
    }
}
