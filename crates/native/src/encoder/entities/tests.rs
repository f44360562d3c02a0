use super::*;

/// A token as a case writes it: its spelling, its label with a probability, its place.
type Token = (&'static str, &'static str, f32, (usize, usize));

const LABELS: [&str; 5] = ["O", "B-PER", "I-PER", "I-LOC", "MISC"];

/// Spells as WordPiece does.
fn join(words: Vec<String>) -> Result<String> {
    Ok(words.join(" ").replace(" ##", ""))
}

fn piece((index, token): (usize, &Token)) -> Piece {
    let (word, label, score, place) = *token;
    let rest = (1.0 - score) / (LABELS.len() - 1) as f32;
    let scores = LABELS.map(|known| if known == label { score } else { rest }).to_vec();
    Piece { word: word.into(), scores, place, index, goes_on: word.starts_with("##") }
}

fn found(tokens: &[Token], aggregation: Aggregation) -> Vec<(String, String, f32, usize, usize)> {
    let labels = LABELS.map(str::to_owned);
    let pieces = tokens.iter().enumerate().map(piece).collect();
    let entities = aggregate(pieces, aggregation, (&labels, &join)).unwrap();
    let row = |one: Entity| {
        let label = one.entity.or(one.entity_group).unwrap();
        (label, one.word, (one.score * 1e4).round() / 1e4, one.start, one.end)
    };
    entities.into_iter().map(row).collect()
}

#[test]
fn tokens_become_entities_by_each_strategy() {
    let check = |aggregation, tokens: &[Token], expected: &[(&str, &str, f32, usize, usize)]| {
        let owned = |(label, word, score, start, end): &(&str, &str, f32, usize, usize)| {
            ((*label).to_owned(), (*word).to_owned(), *score, *start, *end)
        };
        let expected: Vec<_> = expected.iter().map(owned).collect();
        assert_eq!(found(tokens, aggregation), expected, "{aggregation:?}");
    };
    let name: [Token; 3] = [
        ("ada", "B-PER", 0.9, (0, 3)),
        ("love", "I-PER", 0.8, (4, 8)),
        ("##lace", "I-LOC", 0.7, (8, 12)),
    ];
    check(Aggregation::None, &[], &[]);
    check(Aggregation::Simple, &[], &[]);
    check(Aggregation::First, &[], &[]);
    check(
        Aggregation::None,
        &name,
        &[
            ("B-PER", "ada", 0.9, 0, 3),
            ("I-PER", "love", 0.8, 4, 8),
            ("I-LOC", "##lace", 0.7, 8, 12),
        ],
    );
    let split = [("PER", "ada love", 0.85, 0, 8), ("LOC", "##lace", 0.7, 8, 12)];
    check(Aggregation::Simple, &name, &split);
    check(Aggregation::First, &name, &[("PER", "ada lovelace", 0.85, 0, 12)]);
    check(Aggregation::Max, &name, &[("PER", "ada lovelace", 0.85, 0, 12)]);
    // The mean of a label over both tokens: 0.8 and 0.075 for I-PER.
    check(Aggregation::Average, &name, &[("PER", "ada lovelace", 0.6688, 0, 12)]);
    let surer: [Token; 2] = [("lon", "I-PER", 0.6, (0, 3)), ("##don", "I-LOC", 0.9, (3, 6))];
    check(Aggregation::Max, &surer, &[("LOC", "london", 0.9, 0, 6)]);
    check(Aggregation::First, &surer, &[("PER", "london", 0.6, 0, 6)]);
}

#[test]
fn a_new_entity_begins_with_b_or_with_another_label() {
    let check = |labels: &[&'static str], expected: &[(&str, usize, usize)]| {
        let token = |(at, label): (usize, &&'static str)| ("x", *label, 0.9, (at, at + 1));
        let tokens: Vec<Token> = labels.iter().enumerate().map(token).collect();
        let found = found(&tokens, Aggregation::Simple);
        let found: Vec<_> = found.iter().map(|one| (one.0.as_str(), one.3, one.4)).collect();
        assert_eq!(found, expected, "{labels:?}");
    };
    check(&["B-PER", "I-PER", "B-PER"], &[("PER", 0, 2), ("PER", 2, 3)]);
    check(&["I-PER", "I-LOC", "I-LOC"], &[("PER", 0, 1), ("LOC", 1, 3)]);
    check(&["O", "O", "I-PER"], &[("O", 0, 2), ("PER", 2, 3)]);
    check(&["MISC", "MISC"], &[("MISC", 0, 2)]);
}

#[test]
fn fields_that_a_strategy_does_not_have_are_left_out() {
    let labels = LABELS.map(str::to_owned);
    let one = || vec![piece((4, &("ada", "B-PER", 0.5, (2, 5))))];
    let shown = |aggregation| {
        let found = aggregate(one(), aggregation, (&labels, &join)).unwrap();
        serde_json::to_string(&found[0]).unwrap()
    };
    let token = r#"{"entity":"B-PER","score":0.5,"index":4,"word":"ada","start":2,"end":5}"#;
    assert_eq!(shown(Aggregation::None), token);
    let group = r#"{"entity_group":"PER","score":0.5,"word":"ada","start":2,"end":5}"#;
    assert_eq!(shown(Aggregation::Simple), group);
}
