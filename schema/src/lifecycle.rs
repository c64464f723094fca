//! Since when Kubernetes serves each of its own kinds, since when it warns of them, and until when: a table of facts, with
//! its sources at the top of `data/lifecycle.txt`. Of custom resources nothing is known here.

use std::{ops::RangeInclusive, sync::LazyLock};

/// The minor versions of Kubernetes 1 that the table knows everything about: before 1.16 some kinds are missing, and what
/// comes after 1.36 is known as far as it was planned then.
pub const KNOWN_VERSIONS: RangeInclusive<u32> = 16..=36;

/// The facts.
const TABLE: &str = include_str!("../data/lifecycle.txt");

/// What became of a kind in a group and version, in minor versions of Kubernetes 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// The group and version, as `apiVersion` has it.
    pub group_version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Since when it is served.
    pub introduced: u32,
    /// Since when the server warns of it.
    pub deprecated: Option<u32>,
    /// Since when it is no longer served, or will be.
    pub removed: Option<u32>,
    /// The group, version and kind to use instead, where there is one.
    pub replacement: Option<(&'static str, &'static str)>,
}

/// Whether a kind can be used with a version of Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// It is there, and stays.
    Served,
    /// It is there, and the server warns of it.
    Deprecated,
    /// It is no longer there.
    Removed,
    /// It is not there yet.
    NotYet,
}

impl Lifecycle {
    /// Whether it can be used with Kubernetes 1.`minor`.
    #[must_use]
    pub fn at(&self, minor: u32) -> Availability {
        let since = |version: Option<u32>| version.is_some_and(|it| it <= minor);
        match () {
            () if minor < self.introduced => Availability::NotYet,
            () if since(self.removed) => Availability::Removed,
            () if since(self.deprecated) => Availability::Deprecated,
            () => Availability::Served,
        }
    }
}

/// What is known of a kind in a group and version; nothing of custom resources.
#[must_use]
pub fn lifecycle(group_version: &str, kind: &str) -> Option<&'static Lifecycle> {
    lifecycles(group_version).iter().find(|it| it.kind == kind)
}

/// What is known of the kinds of a group and version.
#[must_use]
pub fn lifecycles(group_version: &str) -> &'static [Lifecycle] {
    static ALL: LazyLock<Vec<Lifecycle>> = LazyLock::new(read);
    let start = ALL.partition_point(|it| it.group_version < group_version);
    let of_it = ALL[start..].iter().take_while(|it| it.group_version == group_version);
    let end = start + of_it.count();
    &ALL[start..end]
}

/// The minor version that a text such as `1.30` or `v1.30.2` names.
///
/// # Errors
/// What is wrong with it, in a sentence: it is no version, or none that [is known](KNOWN_VERSIONS).
pub fn known_version(text: &str) -> Result<u32, String> {
    let (first, last) = (KNOWN_VERSIONS.start(), KNOWN_VERSIONS.end());
    let Some(minor) = minor(text) else {
        return Err(format!("{text:?} is no version of Kubernetes; write one such as 1.{last}"));
    };
    if KNOWN_VERSIONS.contains(&minor) {
        return Ok(minor);
    }
    let than = if minor < *first { "older" } else { "newer" };
    Err(format!(
        "Kubernetes 1.{minor} is {than} than what is known here, which is 1.{first} to 1.{last}"
    ))
}

/// The minor version in `1.36`, `v1.36.3` or `1.36+`; nothing if the text is no such version.
#[must_use]
pub fn minor(text: &str) -> Option<u32> {
    let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.")?;
    let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(end);
    // Providers append what they like, but not letters right away.
    let ends = rest.chars().next().is_none_or(|it| matches!(it, '.' | '+' | '-'));
    digits.parse().ok().filter(|_| ends)
}

/// Reads the table, sorted. Lines that are not understood are left out; a test says that there are none.
fn read() -> Vec<Lifecycle> {
    let mut all: Vec<Lifecycle> = TABLE.lines().filter_map(line).collect();
    all.sort_by_key(|it| (it.group_version, it.kind));
    // Where nothing is named, what the same group serves later and longer stands for it.
    for at in 0..all.len() {
        let Some(removed) = all[at].removed.filter(|_| all[at].replacement.is_none()) else {
            continue;
        };
        let group = |it: &Lifecycle| it.group_version.rsplit_once('/').map(|it| it.0);
        let later = all.iter().filter(|it| {
            let same = it.kind == all[at].kind && group(it) == group(&all[at]);
            same && it.removed.is_none_or(|other| other > removed)
        });
        let best = later.max_by_key(|it| it.removed.unwrap_or(u32::MAX));
        all[at].replacement = best.map(|it| (it.group_version, it.kind));
    }
    all
}

fn line(line: &'static str) -> Option<Lifecycle> {
    let mut words = line.split(' ').filter(|_| !line.starts_with('#'));
    let (group_version, kind) = (words.next()?, words.next()?);
    let mut version = || match words.next()? {
        "-" => Some(None),
        word => word.parse().ok().map(Some),
    };
    let (introduced, deprecated, removed) = (version()??, version()?, version()?);
    let replacement = match words.next()? {
        "-" => None,
        group_version => Some((group_version, words.next()?)),
    };
    let whole = words.next().is_none();
    whole.then_some(Lifecycle { group_version, kind, introduced, deprecated, removed, replacement })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_fact() {
        let lines = TABLE.lines().filter(|it| !it.starts_with('#'));
        for text in lines {
            let fact = line(text).unwrap_or_else(|| panic!("{text:?}"));
            if let Some(removed) = fact.removed {
                let deprecated = fact.deprecated.unwrap_or_else(|| panic!("{text:?}"));
                assert!(fact.introduced <= deprecated && deprecated < removed, "{text:?}");
            }
            if let Some((group_version, kind)) = fact.replacement {
                assert!(lifecycle(group_version, kind).is_some(), "{text:?}");
            }
        }
    }

    #[test]
    fn every_kind_of_the_built_in_schema_is_served_in_its_version() {
        let schema = crate::Schema::builtin();
        let minor = minor(schema.version()).unwrap();
        assert!(KNOWN_VERSIONS.contains(&minor));
        for kind in schema.kinds() {
            let known = lifecycle(&kind.gv(), &kind.kind);
            let known = known.unwrap_or_else(|| panic!("{} {} is missing", kind.gv(), kind.kind));
            let at = known.at(minor);
            assert!(matches!(at, Availability::Served | Availability::Deprecated), "{known:?}");
        }
    }

    #[test]
    fn kinds_come_and_go() {
        let at = |group_version: &str, kind: &str, minor: u32| {
            lifecycle(group_version, kind).unwrap().at(minor)
        };
        assert_eq!(at("batch/v1", "CronJob", 20), Availability::NotYet);
        assert_eq!(at("batch/v1", "CronJob", 21), Availability::Served);
        assert_eq!(at("batch/v1beta1", "CronJob", 20), Availability::Served);
        assert_eq!(at("batch/v1beta1", "CronJob", 21), Availability::Deprecated);
        assert_eq!(at("batch/v1beta1", "CronJob", 25), Availability::Removed);
        assert_eq!(at("v1", "Endpoints", 36), Availability::Deprecated);
        let replacement = |gv: &str, kind: &str| lifecycle(gv, kind).unwrap().replacement;
        assert_eq!(
            replacement("events.k8s.io/v1beta1", "Event"),
            Some(("events.k8s.io/v1", "Event"))
        );
        assert_eq!(replacement("policy/v1beta1", "PodSecurityPolicy"), None);
        assert!(lifecycle("cert-manager.io/v1", "Certificate").is_none());
    }

    #[test]
    fn versions_are_read_as_they_are_written() {
        assert_eq!(known_version("1.30"), Ok(30));
        assert_eq!(known_version("v1.30.2-gke.1"), Ok(30));
        assert_eq!(minor("1.40+"), Some(40));
        for (text, said) in [
            ("1.40", "newer than what is known here"),
            ("1.9", "older than"),
            ("2.0", "is no version"),
            ("1.x", "is no version"),
            ("1.3o", "is no version"),
            ("", "is no version"),
        ] {
            let error = known_version(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
