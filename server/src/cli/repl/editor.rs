//! The line editor: history, completion, colours, lines that go on.

use std::{borrow::Cow, cell::RefCell, fmt::Write as _, path::PathBuf, rc::Rc};

use anstyle::{AnsiColor, Style};
use ko_ide::{CompletionConfig, FilePosition};
use ko_syntax::{SyntaxKind, TextSize};
use rustyline::{
    ColorMode, CompletionType, Config, Context, Helper,
    completion::{Completer, FilenameCompleter, Pair},
    error::ReadlineError,
    highlight::{CmdKind, Highlighter},
    hint::Hinter,
    history::DefaultHistory,
    validate::{ValidationContext, ValidationResult, Validator},
};

use super::commands::COMMANDS;
use crate::{
    cli::session::{Session, is_open},
    state,
};

/// What stands before a line.
const PROMPT: &str = "ko> ";

/// Inputs that are remembered.
const HISTORY: usize = 5000;

/// The line editor with its history.
pub(super) struct Editor {
    editor: rustyline::Editor<Assistant, DefaultHistory>,
    /// Where the history is kept, if it is.
    history: Option<PathBuf>,
}

impl Editor {
    /// An editor that completes with what the session knows.
    pub(super) fn new(session: Rc<RefCell<Session>>, keep: bool) -> anyhow::Result<Editor> {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        let config = Config::builder()
            .max_history_size(HISTORY)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .color_mode(if plain { ColorMode::Disabled } else { ColorMode::Enabled })
            .build();
        let mut editor = rustyline::Editor::with_config(config)?;
        editor.set_helper(Some(Assistant { session, files: FilenameCompleter::new() }));
        let history = state::folder("repl").ok().filter(|_| keep).and_then(|folder| {
            std::fs::create_dir_all(&folder).ok()?;
            Some(folder.join("history"))
        });
        if let Some(history) = &history {
            // There is none yet at the first time.
            let _ = editor.load_history(history);
        }
        Ok(Editor { editor, history })
    }

    /// Reads an input, which may have several lines.
    pub(super) fn read(&mut self) -> Result<String, ReadlineError> {
        self.editor.readline(PROMPT)
    }

    /// Adds an input to the history. The file is readable for the user alone.
    pub(super) fn remember(&mut self, text: &str) {
        let added = self.editor.add_history_entry(text).unwrap_or(false);
        if let Some(history) = self.history.as_ref().filter(|_| added)
            && let Err(error) = self.editor.append_history(history)
        {
            anstream::eprintln!("the history is not kept: {}: {error}", history.display());
            self.history = None;
        }
    }
}

/// Helps while a line is edited.
struct Assistant {
    session: Rc<RefCell<Session>>,
    files: FilenameCompleter,
}

impl Helper for Assistant {}

impl Hinter for Assistant {
    type Hint = String;
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let goes_on = !text.trim_start().starts_with(':') && is_open(text);
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let Some(command) = line.strip_prefix(':') else {
            return Ok(self.ko(line, 0, at).unwrap_or((at, Vec::new())));
        };
        let Some((name, _)) = command.split_once(' ') else {
            let typed = &line[1..at.max(1)];
            let fits = COMMANDS.iter().filter(|(name, ..)| name.starts_with(typed));
            let pair = |(name, needs, _): &(&str, &str, &str)| {
                let end = if needs.is_empty() { "" } else { " " };
                Pair { display: format!(":{name}"), replacement: format!("{name}{end}") }
            };
            return Ok((1, fits.map(pair).collect()));
        };
        if "load".starts_with(name) {
            return self.files.complete(line, at, context);
        }
        Ok(self.ko(line, name.len() + 2, at).unwrap_or((at, Vec::new())))
    }
}

impl Assistant {
    /// What fits at a place of a line; Ko begins at `start`.
    fn ko(&self, line: &str, start: usize, at: usize) -> Option<(usize, Vec<Pair>)> {
        // While something is evaluated there is nothing to complete.
        let mut session = self.session.try_borrow_mut().ok()?;
        let (file, prefix) = session.scratch(line.get(start..)?);
        let offset = TextSize::new(u32::try_from(prefix + at.checked_sub(start)?).ok()?);
        let config = CompletionConfig { auto_imports: false, limit: 5000, snippets: true };
        let list = ko_ide::completion(session.db(), FilePosition { file, offset }, config)?;
        let from = (usize::from(list.range.start()) + start).checked_sub(prefix)?;
        let typed = line.get(from..at)?;
        let mut pairs: Vec<Pair> = Vec::new();
        for item in list.items.iter().filter(|item| item.additional.is_empty()) {
            let compared = item.filter_text.as_deref().unwrap_or(&item.label);
            let insert = match item.insert.find('$').filter(|_| item.snippet) {
                // The places to fill in are for editors that have such things.
                Some(end) => &item.insert[..end],
                None => &item.insert,
            };
            let fits = compared.starts_with(typed) && insert.starts_with(typed);
            if fits && pairs.iter().all(|it| it.replacement != insert) {
                pairs.push(Pair { display: item.label.clone(), replacement: insert.to_owned() });
            }
        }
        Some((from, pairs))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if line.starts_with(':') {
            return Cow::Borrowed(line);
        }
        let tokens: Vec<_> = ko_syntax::tokenize(line).collect();
        let mut out = String::with_capacity(2 * line.len());
        for (at, (kind, range)) in tokens.iter().enumerate() {
            let after = tokens[at + 1..].iter().map(|(kind, _)| *kind);
            let next = after.clone().find(|kind| *kind != SyntaxKind::WHITESPACE);
            let _ = match style(*kind, next) {
                Some(style) => write!(out, "{style}{}{style:#}", &line[*range]),
                None => write!(out, "{}", &line[*range]),
            };
        }
        Cow::Owned(out)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let bold = Style::new().bold();
        Cow::Owned(format!("{bold}{prompt}{bold:#}"))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

fn style(kind: SyntaxKind, next: Option<SyntaxKind>) -> Option<Style> {
    let color = |color: AnsiColor| Some(Style::new().fg_color(Some(color.into())));
    match kind {
        SyntaxKind::INT | SyntaxKind::FLOAT => color(AnsiColor::Cyan),
        kind if kind.is_string() => color(AnsiColor::Green),
        kind if kind.is_comment() => Some(Style::new().dimmed()),
        SyntaxKind::IDENT => match next {
            Some(SyntaxKind::COLON) => color(AnsiColor::Blue),
            Some(SyntaxKind::L_PAREN | SyntaxKind::L_BRACKET) => color(AnsiColor::Yellow),
            _ => None,
        },
        _ => None,
    }
}
