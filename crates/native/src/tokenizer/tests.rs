use std::path::Path;

use super::TextTokenizer;

fn tokenizer(tokens_max: usize) -> TextTokenizer {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parity");
    TextTokenizer::load(&root.join("bert-sentence-cls"), tokens_max).expect("a tokenizer")
}

#[test]
fn texts_are_cut_with_their_special_tokens_kept_and_never_padded() {
    let tokenizer = tokenizer(5);
    let batch = tokenizer.encode_batch(&["the river is high after the rain", "bread"]);
    let batch = batch.expect("tokens");
    assert_eq!(batch[0].len(), 5);
    assert_eq!((batch[0][0], batch[0][4]), (2, 3));
    assert!(batch[1].len() < 5 || batch[1][4] == 3);
    assert_eq!(tokenizer.encode("bread").expect("tokens"), batch[1]);
}

#[test]
fn a_limit_must_leave_room_beside_the_special_tokens() {
    let mut tokenizer = tokenizer(8);
    let error = tokenizer.truncate(2).expect_err("no room");
    assert_eq!(error.to_string(), "inputs of 2 tokens leave no room beside 2 marks");
    tokenizer.truncate(3).expect("room for one");
    assert_eq!(tokenizer.encode("the river").expect("tokens").len(), 3);
}

#[test]
fn tokens_turn_back_into_text() {
    let tokenizer = tokenizer(64);
    let tokens = tokenizer.encode("the river").expect("tokens");
    assert_eq!(tokenizer.decode(&tokens).expect("text"), "the river");
    assert_eq!(tokenizer.decode_all(&tokens).expect("text"), "[CLS] the river [SEP]");
    assert!(tokenizer.encode_plain("the").expect("tokens").len() < tokens.len());
}

#[test]
fn the_mask_token_is_found() {
    assert_eq!(tokenizer(8).mask(), Some(("[MASK]", 4)));
}
