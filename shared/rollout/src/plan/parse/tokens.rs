//! A sentence as tokens that know their place, and a cursor over them.

use super::{Misread, Spot};

/// A word, a number with its unit, or a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// In characters from the beginning of the sentence.
    pub(super) at: usize,
}

impl Token<'_> {
    pub(super) fn length(self) -> usize {
        self.text.chars().count().max(1)
    }

    pub(super) fn misread(self, what: impl Into<String>, help: impl Into<Option<String>>) -> Misread {
        Misread { at: self.at, length: self.length(), what: what.into(), help: help.into() }
    }

    /// It begins like a quantity.
    pub(super) fn is_number(self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit() || c == '$')
    }
}

/// Symbols that end a word without a blank; a `-` does not, for it is part of labels.
fn is_symbol(c: char) -> bool {
    matches!(c, '<' | '>' | '=' | '!' | '+' | '≤' | '≥')
}

/// Tokens to be read from left to right.
pub(super) struct Cursor<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
    /// Behind the last character.
    end: Token<'a>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        let mut tokens: Vec<Token<'a>> = Vec::new();
        let mut from: Option<(usize, usize, bool)> = None;
        let mut count = 0;
        for (at, (byte, c)) in text.char_indices().enumerate() {
            count = at + 1;
            let ends = c.is_whitespace() || from.is_some_and(|(_, _, symbol)| symbol != is_symbol(c));
            if ends && let Some((start, place, _)) = from.take() {
                tokens.push(Token { text: &text[start..byte], at: place });
            }
            if !c.is_whitespace() && from.is_none() {
                from = Some((byte, at, is_symbol(c)));
            }
        }
        if let Some((start, place, _)) = from {
            tokens.push(Token { text: &text[start..], at: place });
        }
        let last = tokens.last().map_or(count, |token| token.at + token.length());
        Cursor { tokens, next: 0, end: Token { text: "", at: last } }
    }

    /// The next token, which is not taken; an empty one at the end.
    pub(super) fn peek(&self) -> Token<'a> {
        self.ahead(0)
    }

    /// The token `n` after the next.
    pub(super) fn ahead(&self, n: usize) -> Token<'a> {
        self.tokens.get(self.next + n).copied().unwrap_or(self.end)
    }

    /// Takes the next token.
    pub(super) fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next = (self.next + 1).min(self.tokens.len());
        token
    }

    /// From the beginning of `start` to the end of the token that was taken last.
    pub(super) fn since(&self, start: Token<'a>) -> Spot {
        let last = self.next.checked_sub(1).and_then(|last| self.tokens.get(last)).copied().unwrap_or(start);
        (start.at, (last.at + last.length()).saturating_sub(start.at).max(1))
    }

    /// Takes the next token if it is this word.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        let is = self.peek().text == word;
        if is {
            self.take();
        }
        is
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.next >= self.tokens.len()
    }

    /// Takes this word, or says what was expected instead of what stands there.
    pub(super) fn expect(&mut self, word: &str, shape: &str) -> Result<(), Misread> {
        let token = self.peek();
        if self.takes(word) { Ok(()) } else { Err(unexpected(token, &format!("`{word}`"), shape)) }
    }

    /// Nothing may follow.
    pub(super) fn finish(&self, shape: &str) -> Result<(), Misread> {
        let token = self.peek();
        if self.is_at_end() {
            return Ok(());
        }
        Err(token
            .misread(format!("`{}` was not expected here", token.text), Some(format!("write `{shape}`"))))
    }
}

/// What stands here is not what the grammar has here.
pub(super) fn unexpected(token: Token<'_>, expected: &str, shape: &str) -> Misread {
    let what = match token.text {
        "" => format!("{expected} is missing here"),
        text => format!("expected {expected}, found `{text}`"),
    };
    token.misread(what, (!shape.is_empty()).then(|| format!("write `{shape}`")))
}
