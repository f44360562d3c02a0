//! Where a model came from and what was made from it: a graph that is grown step by step.
//!
//! Nothing is read here: whoever grows the graph is asked for one model after the other, and says
//! what it knows.

use std::collections::{BTreeSet, VecDeque};

use domain::Millis;

/// More models than this make no picture that can be read.
pub const NODES_MAX: usize = 60;
/// No chain of training that was published is longer.
pub const DEPTH_MAX: i32 = 8;
/// What listings write before the id of the model that theirs was made from.
const BASE_MODEL: &str = "base_model:";

/// One model of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `collection/name[@version]`, or the id at a hub.
    pub name: String,
    /// Generations from the model that was asked about: parents are below zero.
    pub generation: i32,
    /// Whether the catalog knows it.
    pub known: bool,
    /// How it was made: the name of the data that taught it.
    pub taught_on: Option<Taught>,
    /// What was measured, best known figure first: `accuracy 0.94 on test.csv`.
    pub measured: Vec<String>,
    /// When it was made here.
    pub created_ms: Option<Millis>,
}

/// The data that a version was taught on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taught {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub digest: Option<String>,
}

/// What is known of one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The data that taught it.
    pub taught_on: Option<Taught>,
    /// What was measured.
    pub measured: Vec<String>,
    /// When it was made here.
    pub created_ms: Option<Millis>,
    /// What it was made from.
    pub parents: Vec<String>,
    /// What was made from it.
    pub children: Vec<String>,
}

/// A graph while it grows, and when it is grown.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The models; the first is the one that was asked about.
    pub nodes: Vec<Node>,
    /// From the position of a parent to that of a child.
    pub edges: BTreeSet<(usize, usize)>,
    /// Whether a bound cut something off.
    pub cut: bool,
    waiting: VecDeque<usize>,
}

impl Graph {
    /// Begins with one model.
    pub fn new(name: &str) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            edges: BTreeSet::new(),
            cut: false,
            waiting: VecDeque::new(),
        };
        graph.place(name, 0);
        graph
    }

    /// Returns the next model that something must be said about; the nearest come first.
    pub fn ask(&mut self) -> Option<(usize, String)> {
        let at = self.waiting.pop_front()?;
        Some((at, self.nodes[at].name.clone()))
    }

    /// Says what is known of a model, or that nothing is.
    ///
    /// A line is followed in one direction only: siblings and cousins are another picture.
    pub fn learn(&mut self, at: usize, known: Option<Known>) {
        let Some(known) = known else { return };
        let generation = self.nodes[at].generation;
        let node = &mut self.nodes[at];
        node.known = true;
        node.taught_on = known.taught_on;
        node.measured = known.measured;
        node.created_ms = known.created_ms;
        if generation <= 0 {
            for parent in known.parents {
                let from = self.place(&parent, generation - 1);
                self.edges.extend(from.filter(|from| *from != at).map(|from| (from, at)));
            }
        }
        if generation >= 0 {
            for child in known.children {
                let to = self.place(&child, generation + 1);
                self.edges.extend(to.filter(|to| *to != at).map(|to| (at, to)));
            }
        }
    }

    /// Finds or adds a model. One that is there already is not asked about again, which ends
    /// cycles.
    fn place(&mut self, name: &str, generation: i32) -> Option<usize> {
        if let Some(at) = self.nodes.iter().position(|node| node.name == name) {
            return Some(at);
        }
        if self.nodes.len() >= NODES_MAX || generation.abs() > DEPTH_MAX {
            self.cut = true;
            return None;
        }
        self.nodes.push(Node {
            name: name.to_owned(),
            generation,
            known: false,
            taught_on: None,
            measured: Vec::new(),
            created_ms: None,
        });
        self.waiting.push_back(self.nodes.len() - 1);
        Some(self.nodes.len() - 1)
    }
}

/// Returns the hub ids of the models that a listing says it was made from.
///
/// Hubs write `base_model:ORG/NAME` and `base_model:finetune:ORG/NAME` among the keywords.
pub fn base_models(keywords: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for keyword in keywords {
        let Some(rest) = keyword.strip_prefix(BASE_MODEL) else { continue };
        let id = rest.rsplit(':').next().unwrap_or(rest);
        if id.contains('/') && !found.iter().any(|known| known == id) {
            found.push(id.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grows a graph from pairs of parent and child.
    fn grown(root: &str, pairs: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::new(root);
        while let Some((at, name)) = graph.ask() {
            let other = |side: fn(&(&str, &str)) -> (String, String)| {
                let both = pairs.iter().map(side).filter(|(own, _)| *own == name);
                both.map(|(_, other)| other).collect::<Vec<_>>()
            };
            let known = Known {
                parents: other(|(parent, child)| ((*child).into(), (*parent).into())),
                children: other(|(parent, child)| ((*parent).into(), (*child).into())),
                ..Known::default()
            };
            graph.learn(at, Some(known));
        }
        graph
    }

    fn names(graph: &Graph) -> Vec<(&str, i32)> {
        graph.nodes.iter().map(|node| (node.name.as_str(), node.generation)).collect()
    }

    #[test]
    fn a_graph_has_forebears_and_descendants_but_no_cousins() {
        let pairs = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "cousin"), ("c", "e"), ("x", "d")];
        let graph = grown("c", &pairs);
        assert_eq!(names(&graph), [("c", 0), ("b", -1), ("d", 1), ("e", 1), ("a", -2)]);
        assert_eq!(graph.edges.into_iter().collect::<Vec<_>>(), [(0, 2), (0, 3), (1, 0), (4, 1)]);
        assert!(!graph.cut);
    }

    #[test]
    fn cycles_end() {
        let graph = grown("a", &[("a", "b"), ("b", "a"), ("a", "a")]);
        assert_eq!(graph.nodes.len(), 2);
        assert_eq!(graph.edges.len(), 2);
    }

    #[test]
    fn a_graph_is_bounded_in_width_and_depth() {
        let children: Vec<String> = (0..200).map(|at| format!("child-{at}")).collect();
        let pairs: Vec<_> = children.iter().map(|child| ("a", child.as_str())).collect();
        let wide = grown("a", &pairs);
        assert_eq!((wide.nodes.len(), wide.cut), (NODES_MAX, true));
        let chain: Vec<String> = (0..30).map(|at| format!("m{at}")).collect();
        let pairs: Vec<_> =
            chain.windows(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
        let deep = grown("m15", &pairs);
        assert_eq!((deep.nodes.len(), deep.cut), (17, true));
    }

    #[test]
    fn what_nothing_is_known_of_stays_where_it_is() {
        let mut graph = Graph::new("a");
        let (at, _) = graph.ask().unwrap();
        graph.learn(at, Some(Known { parents: vec!["org/b".into()], ..Known::default() }));
        let (at, name) = graph.ask().unwrap();
        graph.learn(at, None);
        assert_eq!((name.as_str(), graph.nodes[at].known), ("org/b", false));
        assert_eq!(graph.ask(), None);
    }

    #[test]
    fn base_models_stand_among_the_keywords() {
        let keywords = [
            "encoder",
            "base_model:google-bert/bert-base-uncased",
            "base_model:finetune:google-bert/bert-base-uncased",
            "base_model:quantized:a/b",
            "base_model:nothing",
        ]
        .map(str::to_owned);
        assert_eq!(base_models(&keywords), ["google-bert/bert-base-uncased", "a/b"]);
    }
}
