//! One answer on its way to its reader.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use domain::Millis;

use crate::Result;
use crate::generate::{Completion, Finish, Piece, Writer};

/// Whether a reader takes another piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It does.
    Free,
    /// Not yet: it has not read what it was given.
    Full,
    /// It went away and takes nothing any more.
    Gone,
}

/// Who receives an answer. Nothing here may wait: all readers are served by one thread.
pub trait Reader: Send {
    /// Tells whether there is room for another piece, or for the end.
    fn room(&self) -> Room;

    /// Takes the next piece; there was room for it.
    fn piece(&mut self, piece: Piece);

    /// Takes the end; there was room for it.
    fn end(self: Box<Self>, result: Result<Completion>);
}

/// An answer while it is written and read.
pub(super) struct Answer<'a> {
    /// Until the end.
    writer: Option<Writer<'a>>,
    /// The prompt, where it is repeated, and how many of its tokens were.
    echo: Option<(Vec<u32>, usize)>,
    reader: Box<dyn Reader>,
    /// Pieces that the reader had no room for: of one step at most, as it pauses then.
    unread: VecDeque<Piece>,
    end: Option<Result<Completion>>,
    tokens_max: usize,
    deadline: Millis,
}

impl<'a> Answer<'a> {
    pub(super) fn new(
        writer: Writer<'a>,
        echo: Option<Vec<u32>>,
        tokens_max: usize,
        reader: Box<dyn Reader>,
    ) -> Self {
        let echo = echo.map(|prompt| (prompt, 0));
        let (writer, unread, end) = (Some(writer), VecDeque::new(), None);
        Self { writer, echo, reader, unread, end, tokens_max, deadline: Millis::MAX }
    }

    /// Makes an answer that is an error.
    pub(super) fn refused(reader: Box<dyn Reader>, error: crate::Error) -> Self {
        let (unread, end) = (VecDeque::new(), Some(Err(error)));
        let deadline = Millis::MAX;
        Self { writer: None, echo: None, reader, unread, end, tokens_max: 0, deadline }
    }

    /// Bounds how long the reader may take.
    pub(super) fn until(self, deadline: Millis) -> Self {
        Self { deadline, ..self }
    }

    /// Tells whether its time is over.
    pub(super) fn is_late(&self, now: Millis) -> bool {
        now >= self.deadline
    }

    /// Tells whether tokens of the prompt are still to be repeated from the scores of rows from
    /// `first` on.
    pub(super) fn wants_rows(&self, first: usize, count: usize) -> bool {
        let repeats =
            |(prompt, done): &(Vec<u32>, usize)| *done < prompt.len() && first + count + 1 > *done;
        self.echo.as_ref().is_some_and(repeats)
    }

    /// Tells whether the scores of repeated tokens are asked for.
    pub(super) fn wants_logprobs(&self) -> bool {
        self.writer.as_ref().is_some_and(Writer::wants_logprobs)
    }

    /// Repeats the tokens of the prompt that rows from `first` on lead to; `scores` has those of
    /// each row, where they are asked for.
    pub(super) fn repeat(&mut self, first: usize, count: usize, scores: Option<&[f32]>) {
        let (Some(writer), Some((prompt, done))) = (&mut self.writer, &mut self.echo) else {
            return;
        };
        let unread = &mut self.unread;
        let mut keep = |piece: &Piece| {
            unread.push_back(piece.clone());
            ControlFlow::Continue(())
        };
        let mut repeat = || -> Result<()> {
            while *done < prompt.len() && *done <= first + count {
                let scores_before = |row: usize| {
                    let all = scores?;
                    let width = all.len() / count;
                    all.get((row - first) * width..(row - first + 1) * width)
                };
                let scores = done.checked_sub(1).filter(|row| *row >= first);
                let scores = scores.and_then(scores_before);
                let _ = writer.echo(prompt[*done], scores, &mut keep)?;
                *done += 1;
            }
            Ok(())
        };
        if let Err(error) = repeat() {
            self.fail(error);
        }
    }

    /// Writes the token that the scores lead to; returns it where writing goes on.
    pub(super) fn write(&mut self, scores: &[f32]) -> Option<u32> {
        let writer = self.writer.as_mut()?;
        if self.tokens_max == 0 {
            self.finish(None);
            return None;
        }
        let unread = &mut self.unread;
        let mut keep = |piece: &Piece| {
            unread.push_back(piece.clone());
            ControlFlow::Continue(())
        };
        match writer.write(scores, &mut keep) {
            Ok(ControlFlow::Continue(token)) => Some(token),
            Ok(ControlFlow::Break(_)) => {
                self.finish(None);
                None
            }
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// Ends the answer, for another reason than its own where one is given.
    pub(super) fn finish(&mut self, reason: Option<Finish>) {
        let Some(writer) = self.writer.take() else { return };
        let mut completion = writer.finish();
        completion.finish = reason.unwrap_or(completion.finish);
        self.end = Some(Ok(completion));
    }

    /// Ends the answer with an error.
    pub(super) fn fail(&mut self, error: crate::Error) {
        self.writer = None;
        self.end = Some(Err(error));
    }

    /// Tells whether anything was handed out, or is about to be.
    pub(super) fn has_begun(&self) -> bool {
        self.writer.as_ref().is_some_and(Writer::has_begun)
    }

    /// Tells whether the answer is complete, read or not.
    pub(super) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Hands out what there is room for, and tells how the reader is.
    pub(super) fn hand_out(&mut self) -> Room {
        while self.reader.room() == Room::Free {
            let Some(piece) = self.unread.pop_front() else { return Room::Free };
            self.reader.piece(piece);
        }
        match self.reader.room() {
            Room::Full if self.unread.is_empty() && self.end.is_none() => Room::Free,
            room => room,
        }
    }

    /// Counts the pieces that the reader had no room for.
    #[cfg(test)]
    pub(super) fn unread(&self) -> usize {
        self.unread.len()
    }

    /// Hands out the end, after everything else.
    pub(super) fn close(self) {
        if let Some(end) = self.end {
            self.reader.end(end);
        }
    }
}
