use rand::SeedableRng;

use super::*;

const REGISTERS: [Register; 4] =
    [Register::Formal, Register::Casual, Register::Unseen, Register::Answer];

#[test]
fn every_sentence_is_filled_and_repeats_with_its_seed() {
    let grammar = Grammar::library().unwrap();
    let all = |seed| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut sentences = Vec::new();
        for intent in grammar.intents() {
            for register in REGISTERS {
                let filling = grammar.filling(&mut random);
                sentences.push(grammar.sentence(intent, register, &filling, &mut random).text);
            }
        }
        sentences
    };
    let sentences = all(1);
    assert_eq!(sentences.len(), 40);
    let marks = ['{', '}', '(', ')', '|'];
    assert!(sentences.iter().all(|text| !text.is_empty() && !text.contains(marks)));
    assert_eq!(sentences, all(1));
    assert_ne!(sentences, all(2));
}

#[test]
fn answers_say_only_what_the_question_mentions() {
    let grammar = Grammar::parse(
        "slot day = monday\nslot book = the moon\n\
         renew casual: longer until {day}\nrenew casual: longer\n\
         renew answer: Kept.\nrenew answer: Kept until {day}.\n\
         renew answer: Kept {book} until {day}.",
    );
    let grammar = grammar.unwrap();
    let filling = Filling::from(
        [("day", "monday"), ("book", "the moon")]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let check = |slots: &[&str], expected: &str| {
        let slots = slots.iter().map(|slot| (*slot).to_owned()).collect();
        let question = Sentence { core: String::new(), text: String::new(), slots };
        assert_eq!(grammar.answer("renew", &question, &filling), expected);
    };
    check(&[], "Kept.");
    check(&["book"], "Kept.");
    check(&["day"], "Kept until monday.");
    check(&["day", "book"], "Kept the moon until monday.");
}

#[test]
fn each_intent_has_every_register_and_an_answer_without_slots() {
    let grammar = Grammar::library().unwrap();
    assert!(grammar.intents().len() >= 10);
    for intent in grammar.intents() {
        for register in REGISTERS {
            assert!(!grammar.of(intent, register).is_empty(), "{intent} {register:?}");
        }
        let question =
            Sentence { core: String::new(), text: String::new(), slots: BTreeSet::new() };
        assert_ne!(grammar.answer(intent, &question, &Filling::new()), "", "{intent}");
    }
}

#[test]
fn a_line_that_cannot_be_used_is_named() {
    for line in [
        "renew casual: until {moon}",
        "renew casual: (a|b",
        "renew casual: a|b)",
        "renew casual: ((a|b)|c)",
        "renew casual: {day",
        "renew loudly: now",
        "talk: hello",
        "slot day monday",
    ] {
        let error = Grammar::parse(&format!("slot day = monday\n{line}")).unwrap_err();
        assert_eq!(error, format!("cannot read the line `{line}`"));
    }
}

#[test]
fn a_part_may_be_empty() {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let texts: BTreeSet<String> =
        (0..50).map(|_| choose("come (by |)now (please|)", &mut random)).collect();
    let all = ["come by now", "come by now please", "come now", "come now please"];
    assert_eq!(texts, all.map(str::to_owned).into());
}
