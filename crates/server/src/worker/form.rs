//! The form that an answer has to have: `response_format`, and vLLM's `guided_…`.

use api::openai::Sampling;
use native::{Constraint, Form};
use serde_json::Value;

use super::engine::Engine;
use super::openai::OpenAiError;

/// A form with the parameter that asked for it.
pub type Asked = (Form, &'static str);

/// Reads which form a client asks for.
///
/// # Errors
/// Where it asks for none that there is, or for several.
pub fn asked(sampling: &Sampling) -> Result<Option<Asked>, OpenAiError> {
    let forms = [
        sampling.response_format.as_ref().map(response_format).transpose()?.flatten(),
        sampling.guided_json.clone().map(guided_json).transpose()?,
        sampling.guided_regex.clone().map(|pattern| (Form::Regex(pattern), "guided_regex")),
        sampling.guided_choice.clone().map(|texts| (Form::Choice(texts), "guided_choice")),
    ];
    let mut forms = forms.into_iter().flatten();
    match (forms.next(), forms.next()) {
        (Some(_), Some((_, param))) => {
            Err(OpenAiError::param(param, "an answer cannot have two forms: ask for one"))
        }
        (form, _) => Ok(form),
    }
}

/// Compiles a form for the engine's model.
///
/// # Errors
/// Where it cannot be compiled; the parameter is named.
pub async fn compile(
    engine: &Engine,
    asked: Option<Asked>,
) -> Result<Option<Constraint>, OpenAiError> {
    let Some((form, param)) = asked else { return Ok(None) };
    let work = move |engine: &Engine| -> Result<Constraint, OpenAiError> {
        let decoder = engine.decoder()?;
        Constraint::compile(&form, decoder.tokenizer(), decoder.ending_tokens())
            .map_err(|error| OpenAiError::from(error).about(param))
    };
    Ok(Some(engine.compute(work).await?))
}

fn response_format(format: &Value) -> Result<Option<Asked>, OpenAiError> {
    const PARAM: &str = "response_format";
    let wrong = |message: &str| Err(OpenAiError::param(PARAM, message));
    match format["type"].as_str() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some((Form::JsonObject, PARAM))),
        Some("json_schema") => match &format["json_schema"]["schema"] {
            schema @ Value::Object(_) => Ok(Some((Form::JsonSchema(schema.clone()), PARAM))),
            _ => wrong("`response_format.json_schema.schema` is not an object"),
        },
        _ => wrong("`response_format.type` is not `text`, `json_object` or `json_schema`"),
    }
}

/// A schema, or the text of one.
fn guided_json(schema: Value) -> Result<Asked, OpenAiError> {
    const PARAM: &str = "guided_json";
    let schema = match schema {
        Value::String(text) => serde_json::from_str(&text).map_err(|error| {
            OpenAiError::param(PARAM, format!("`guided_json` is not JSON: {error}"))
        })?,
        schema => schema,
    };
    Ok((Form::JsonSchema(schema), PARAM))
}
