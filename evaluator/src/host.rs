//! What a run may do outside of the program: read and write files, start processes, use the network, read the
//! environment, end the process. Kubernetes is no part of this: it has gates and plans of its own.
//!
//! A run may do nothing of it unless its [`RunOptions`](crate::run::RunOptions) say so. The gates of the library ask
//! before they act, and what is denied is an error that says how to allow it.

use std::{fmt, str::FromStr};

/// Something that a gate of the library does outside of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Effect {
    /// Reads files and directories.
    ReadFiles = 1,
    /// Creates, changes and removes files and directories.
    WriteFiles = 2,
    /// Starts other programs.
    Processes = 4,
    /// Connects to other machines, or lets them connect.
    Network = 8,
    /// Reads the variables of the environment.
    Environment = 16,
    /// Ends the process that the program runs in.
    Exit = 32,
}

impl Effect {
    /// All effects.
    pub const ALL: [Effect; 6] = [
        Effect::ReadFiles,
        Effect::WriteFiles,
        Effect::Processes,
        Effect::Network,
        Effect::Environment,
        Effect::Exit,
    ];

    /// What a user writes to allow it.
    pub fn name(self) -> &'static str {
        match self {
            Effect::ReadFiles => "read",
            Effect::WriteFiles => "files",
            Effect::Processes => "processes",
            Effect::Network => "network",
            Effect::Environment => "environment",
            Effect::Exit => "exit",
        }
    }

    /// What it is, behind a word such as "may not".
    pub fn describe(self) -> &'static str {
        match self {
            Effect::ReadFiles => "read files",
            Effect::WriteFiles => "write files",
            Effect::Processes => "start processes",
            Effect::Network => "use the network",
            Effect::Environment => "read the environment",
            Effect::Exit => "end the process",
        }
    }
}

/// Which effects a run may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostAccess(u8);

impl HostAccess {
    /// No effect at all.
    pub const NONE: HostAccess = HostAccess(0);

    /// Every effect.
    pub const ALL: HostAccess = HostAccess(63);

    /// Whether the effect is allowed.
    pub fn allows(self, effect: Effect) -> bool {
        self.0 & effect as u8 != 0
    }

    /// These effects, and another one. Who may write files may read them.
    #[must_use]
    pub fn with(self, effect: Effect) -> HostAccess {
        let read = if effect == Effect::WriteFiles { Effect::ReadFiles as u8 } else { 0 };
        HostAccess(self.0 | effect as u8 | read)
    }

    /// These effects, except for one.
    #[must_use]
    pub fn without(self, effect: Effect) -> HostAccess {
        HostAccess(self.0 & !(effect as u8))
    }

    /// These effects, and others.
    #[must_use]
    pub fn and(self, other: HostAccess) -> HostAccess {
        HostAccess(self.0 | other.0)
    }
}

impl fmt::Display for HostAccess {
    /// The names of the effects with commas between them, as they are read again; `none` if there are none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Effect::ALL.into_iter().filter(|effect| self.allows(*effect));
        let names: Vec<&str> = names.map(Effect::name).collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join(","))
    }
}

/// A text names no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEffect(String);

impl fmt::Display for UnknownEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Effect::ALL.iter().map(|it| it.name()).collect();
        write!(
            f,
            "{:?} names nothing that can be allowed; write {}, or all",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownEffect {}

impl FromStr for HostAccess {
    type Err = UnknownEffect;

    /// Names of effects with commas between them, `all`, or `none`. `read` is reading files, `files` reading and writing.
    fn from_str(text: &str) -> Result<HostAccess, UnknownEffect> {
        let mut access = HostAccess::NONE;
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            access = match Effect::ALL.into_iter().find(|effect| effect.name() == name) {
                Some(effect) => access.with(effect),
                None if name == "all" => HostAccess::ALL,
                None if name == "none" => access,
                None => return Err(UnknownEffect(name.to_owned())),
            };
        }
        Ok(access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_names_are_read() {
        let access: HostAccess = "files, network".parse().unwrap();
        let allowed: Vec<_> = Effect::ALL.into_iter().filter(|it| access.allows(*it)).collect();
        assert_eq!(allowed, [Effect::ReadFiles, Effect::WriteFiles, Effect::Network]);
        assert_eq!("all".parse(), Ok(HostAccess::ALL));
        assert_eq!("".parse(), Ok(HostAccess::NONE));
        let every = Effect::ALL.into_iter().fold(HostAccess::NONE, HostAccess::with);
        assert_eq!(every, HostAccess::ALL);
        for text in ["none", "read", "read,files", "network,exit"] {
            assert_eq!(text.parse::<HostAccess>().unwrap().to_string(), text);
        }
        assert!(!"read".parse::<HostAccess>().unwrap().allows(Effect::WriteFiles));
        assert_eq!(
            "file".parse::<HostAccess>().unwrap_err().to_string(),
            "\"file\" names nothing that can be allowed; write read, files, processes, network, environment, exit, or all"
        );
    }
}
