use std::path::Path;

use deploy::Generated;
use native::Prompt;

use super::*;

fn engine() -> Engine {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures/decoder");
    let servable = Servable::load(&fixtures.join("llama"), Task::TextGeneration).unwrap();
    Engine::start(servable, &EngineOptions::default()).unwrap()
}

fn request(text: &str, tokens_max: u32) -> GenerateRequest {
    GenerateRequest { tokens_max, ..GenerateRequest::new(Prompt::Text(text.into())) }
}

async fn answer(engine: &Engine, request: GenerateRequest) -> Completion {
    completion(&mut engine.generate(request).unwrap()).await.unwrap()
}

#[tokio::test]
async fn answers_that_are_written_together_are_those_written_alone() {
    let engine = engine();
    let texts = ["the lantern keeper", "three ships", "a letter for the harbor", "rain"];
    let mut alone = Vec::new();
    for text in texts {
        alone.push(answer(&engine, request(text, 40)).await);
    }
    let together = texts.map(|text| answer(&engine, request(text, 40)));
    assert_eq!(futures::future::join_all(together).await, alone);
    let inputs = Inputs::Texts(texts.map(str::to_owned).to_vec());
    let parameters = Parameters { max_new_tokens: Some(40), ..Parameters::default() };
    let expected = alone.iter().map(|one| Generated {
        text: one.text.clone(),
        prompt_tokens: one.prompt_tokens,
        completion_tokens: one.completion_tokens,
    });
    let found = engine.run(inputs, parameters).await.unwrap();
    assert_eq!(found, Outputs::Texts(expected.collect()), "in the order of the inputs");
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_no_other() {
    let engine = engine();
    let mut slow = engine.generate(request("rain", 100)).unwrap();
    // More than the channel of the slow one holds.
    let quick = answer(&engine, request("three ships", 100)).await;
    assert!(quick.completion_tokens > PIECES_MAX);
    let late = completion(&mut slow).await.unwrap();
    assert_eq!(late, answer(&engine, request("rain", 100)).await);
}

#[tokio::test]
async fn what_the_model_cannot_answer_is_said() {
    let engine = engine();
    let long = GenerateRequest::new(Prompt::Tokens(vec![9; 500]));
    let fault = completion(&mut engine.generate(long).unwrap()).await.unwrap_err();
    assert_eq!(fault.to_string(), "the prompt has 500 tokens; the model has room for 128");
    let wrong = GenerateRequest { top_p: 0.0, ..request("rain", 1) };
    let fault = completion(&mut engine.generate(wrong).unwrap()).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Invalid);
}

#[test]
fn keys_and_values_have_a_share_of_the_memory() {
    assert_eq!(serve_options(16 << 30).cache_bytes, 4 << 30);
    assert_eq!(serve_options(0).cache_bytes, ServeOptions::default().cache_bytes);
}
