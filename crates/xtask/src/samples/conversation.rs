//! Conversations with the help desk, for the chat model to learn from.

use native::ChatMessage;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::grammar::{Grammar, Register};

const SYSTEMS: [&str; 3] = [
    "You are the help desk of the town library.",
    "You are a helpful assistant.",
    "Answer briefly and kindly.",
];

/// Makes one conversation of one to three questions.
pub fn draw(grammar: &Grammar, random: &mut ChaCha8Rng) -> Vec<ChatMessage> {
    let mut messages = Vec::new();
    if random.random_bool(0.2) {
        let system = SYSTEMS.choose(random).copied().unwrap_or_default();
        messages.push(ChatMessage::new("system", system));
    }
    let exchanges = [1, 1, 1, 2, 2, 3].choose(random).copied().unwrap_or(1);
    for _ in 0..exchanges {
        let is_talk = random.random_bool(0.15);
        let [question, answer] =
            if is_talk { talk(grammar, random) } else { about_intent(grammar, random) };
        messages.push(ChatMessage::new("user", question));
        messages.push(ChatMessage::new("assistant", answer));
    }
    messages
}

fn about_intent(grammar: &Grammar, random: &mut ChaCha8Rng) -> [String; 2] {
    let intents = grammar.intents();
    let intent = intents.choose(random).copied().unwrap_or_default();
    let register = if random.random_bool(0.25) { Register::Formal } else { Register::Casual };
    let filling = grammar.filling(random);
    let question = grammar.sentence(intent, register, &filling, random);
    let answer = grammar.answer(intent, &question, &filling);
    [written(question.text, random), answer]
}

fn talk(grammar: &Grammar, random: &mut ChaCha8Rng) -> [String; 2] {
    let talk = grammar.talks().choose(random).cloned().unwrap_or_default();
    let question = talk.questions.choose(random).cloned().unwrap_or_default();
    [written(question, random), talk.answer]
}

/// Writes a sentence as this or that person would: with a capital, with a mark at the end.
fn written(mut text: String, random: &mut ChaCha8Rng) -> String {
    if random.random_bool(0.4) {
        let first: String = text.chars().take(1).flat_map(char::to_uppercase).collect();
        text = first + text.get(1..).unwrap_or_default();
    }
    let ends = text.ends_with(['.', '?', '!']);
    if !ends && random.random_bool(0.5) {
        text.push_str([".", "?", "?", "!"].choose(random).copied().unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_question_has_its_answer() {
        let grammar = Grammar::library().unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..200 {
            let messages = draw(&grammar, &mut random);
            let spoken = messages.iter().filter(|message| message.role != "system");
            let roles: Vec<&str> = spoken.map(|message| message.role.as_str()).collect();
            assert!(roles.chunks(2).all(|turn| turn == ["user", "assistant"]), "{roles:?}");
            assert!(messages.iter().all(|message| !message.content.is_empty()), "{messages:?}");
        }
    }
}
