//! Turns scores into text, one token after the other.

use std::ops::ControlFlow;

use super::constraint::Progress;
use super::detokenize::{Detokenizer, token_text};
use super::distribution::Distribution;
use super::request::{Completion, Finish, GenerateRequest, Piece, TokenLogprob};
use super::sampler::Sampler;
use super::stop::{Passed, StopFilter};
use crate::Result;
use crate::tokenizer::TextTokenizer;

/// Receives the pieces of an answer, and may end it.
type Reader<'a> = &'a mut dyn FnMut(&Piece) -> ControlFlow<()>;

/// When an answer ends, apart from its stop texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending<'a> {
    /// The tokens by which the model ends it.
    pub(crate) tokens: &'a [u32],
    /// How many tokens there is room for.
    pub(crate) tokens_max: usize,
}

/// One answer while it is written.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    tokenizer: &'a TextTokenizer,
    ending: Ending<'a>,
    logprobs: Option<usize>,
    sampler: Sampler,
    form: Option<Progress>,
    detokenizer: Detokenizer<'a>,
    stops: StopFilter,
    answer: Completion,
}

impl<'a> Writer<'a> {
    /// Starts an answer to a prompt of these tokens.
    pub(crate) fn new(
        tokenizer: &'a TextTokenizer,
        request: &GenerateRequest,
        prompt: &[u32],
        ending: Ending<'a>,
    ) -> Result<Self> {
        let mut sampler = Sampler::new(request);
        prompt.iter().for_each(|token| sampler.saw(*token));
        let answer = Completion {
            text: String::new(),
            tokens: Vec::new(),
            prompt_tokens: prompt.len(),
            completion_tokens: 0,
            finish: Finish::Length,
        };
        let before = if request.echo { &[] } else { prompt };
        Ok(Self {
            tokenizer,
            ending,
            logprobs: request.logprobs.map(|count| count as usize),
            sampler,
            form: request.constraint.as_ref().map(Progress::start),
            detokenizer: Detokenizer::after(tokenizer, before)?,
            stops: StopFilter::new(&request.stop),
            answer,
        })
    }

    /// Tells whether [`Writer::echo`] needs scores.
    pub(crate) fn wants_logprobs(&self) -> bool {
        self.logprobs.is_some()
    }

    /// Tells whether anything was handed out.
    pub(crate) fn has_begun(&self) -> bool {
        !self.answer.tokens.is_empty()
    }

    /// Repeats a token of the prompt; `scores` are those that led to it.
    pub(crate) fn echo(
        &mut self,
        token: u32,
        scores: Option<&[f32]>,
        reader: Reader<'_>,
    ) -> Result<ControlFlow<Finish>> {
        let entry = self.entry(token, scores)?;
        let text = self.detokenizer.push(token)?;
        let flow = self.hand_out(entry, text, reader);
        Ok(self.unless_cancelled(flow, ()))
    }

    /// Writes the token that the scores lead to; returns it, or why writing ended.
    pub(crate) fn write(
        &mut self,
        scores: &[f32],
        reader: Reader<'_>,
    ) -> Result<ControlFlow<Finish, u32>> {
        let (token, complete) = self.choose(scores)?;
        let entry = self.entry(token, Some(scores))?;
        self.answer.completion_tokens += 1;
        let ended = self.ending.tokens.contains(&token);
        let full = complete || self.answer.completion_tokens >= self.ending.tokens_max;
        let (text, stopped) = self.next_text(token, ended, full)?;
        let flow = self.hand_out(entry, text, reader);
        if ended || stopped || complete {
            self.answer.finish = Finish::Stop;
            return Ok(ControlFlow::Break(Finish::Stop));
        }
        if full && flow.is_continue() {
            return Ok(ControlFlow::Break(Finish::Length));
        }
        Ok(self.unless_cancelled(flow, token))
    }

    /// Chooses a token; tells whether it completes the form that the answer has to have.
    fn choose(&mut self, scores: &[f32]) -> Result<(u32, bool)> {
        let Some(form) = &mut self.form else { return Ok((self.sampler.pick(scores), false)) };
        let token = self.sampler.pick(&form.allowed(scores)?);
        Ok((token, form.take(token)?))
    }

    /// Returns the answer.
    pub(crate) fn finish(self) -> Completion {
        self.answer
    }

    /// Returns the text that became certain, and whether a stop text came.
    fn next_text(&mut self, token: u32, ended: bool, full: bool) -> Result<(String, bool)> {
        let mut text = if ended { String::new() } else { self.detokenizer.push(token)? };
        if ended || full {
            text.push_str(&self.detokenizer.finish()?);
        }
        match self.stops.push(&text) {
            Passed::Stopped(text) => Ok((text, true)),
            Passed::Text(text) if ended || full => Ok((text + &self.stops.finish(), false)),
            Passed::Text(text) => Ok((text, false)),
        }
    }

    fn entry(&self, token: u32, scores: Option<&[f32]>) -> Result<TokenLogprob> {
        let text = token_text(self.tokenizer, token)?;
        let (Some(count), Some(scores)) = (self.logprobs, scores) else {
            return Ok(TokenLogprob { token, text, logprob: None, top: Vec::new() });
        };
        let distribution = Distribution::new(scores);
        let named = |(token, logprob)| Ok((token_text(self.tokenizer, token)?, logprob));
        let top = distribution.top(count).into_iter().map(named).collect::<Result<_>>()?;
        Ok(TokenLogprob { token, text, logprob: Some(distribution.logprob(token)), top })
    }

    fn hand_out(
        &mut self,
        entry: TokenLogprob,
        text: String,
        reader: Reader<'_>,
    ) -> ControlFlow<()> {
        self.answer.text.push_str(&text);
        let TokenLogprob { token, logprob, ref top, text: ref token_text } = entry;
        let (top, token_text) = (top.clone(), token_text.clone());
        let flow = reader(&Piece { text, token, token_text, logprob, top });
        self.answer.tokens.push(entry);
        flow
    }

    fn unless_cancelled<T>(&mut self, flow: ControlFlow<()>, next: T) -> ControlFlow<Finish, T> {
        match flow {
            ControlFlow::Continue(()) => ControlFlow::Continue(next),
            ControlFlow::Break(()) => {
                self.answer.finish = Finish::Cancelled;
                ControlFlow::Break(Finish::Cancelled)
            }
        }
    }
}
