//! Who is in.

use crate::{
    Problem,
    bucket::{BUCKETS, Salt, bucket},
};

/// Somebody about whom is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User<'a> {
    /// What stays the same about them. An empty one names nobody: it is in only when everybody is.
    pub id: &'a str,
    /// The groups that they belong to.
    pub groups: &'a [&'a str],
    /// The cohorts that they asked to be in, by name.
    pub opted_in: &'a [&'a str],
}

impl<'a> User<'a> {
    /// A user of no group, who asked for nothing.
    pub fn new(id: &'a str) -> User<'a> {
        User { id, groups: &[], opted_in: &[] }
    }
}

/// Whether a user is in, and the first reason for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// On a list of users.
    Listed,
    /// A member of an exposed group.
    Member,
    /// Has asked for an exposed cohort that takes whoever asks.
    OptedIn,
    /// In the sample of everybody.
    Sampled,
    /// Not in.
    Out,
}

impl Answer {
    /// Whether the user is in.
    pub fn is_in(self) -> bool {
        self != Answer::Out
    }
}

/// What the variables say, read once. An answer allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Assignment {
    salt: Salt,
    /// Users in the sample are those in buckets below this.
    hundredths: u32,
    /// With their hashes, in the order of these.
    listed: Box<[(u32, Listed)]>,
    /// Where in `listed` each of [`ROOM`] buckets a listed user begins, and at last where all end: there is no search,
    /// and most buckets are empty, which the processor foresees.
    begins: Box<[usize]>,
    groups: Box<[(String, Set)]>,
    opt_in: Box<[(String, Set)]>,
    /// Of each cohort.
    cohorts: Box<[Set]>,
    /// Of the sample.
    sampled: Set,
    features: Box<[String]>,
    problem: Option<Problem>,
}

/// Buckets for each listed user.
const ROOM: usize = 8;

/// Cohorts or features: one bit each, by their place.
pub(crate) type Set = u128;

/// A user and the cohorts that name them; none for a plain list.
type Listed = (String, Set);

/// What was read. Cohorts and features are named by their places.
#[derive(Default)]
pub(crate) struct Parts {
    /// At most [`BUCKETS`].
    pub(crate) hundredths: u32,
    /// May name a user more than once.
    pub(crate) listed: Vec<Listed>,
    pub(crate) groups: Vec<(String, Set)>,
    pub(crate) opt_in: Vec<(String, Set)>,
    pub(crate) cohorts: Vec<Set>,
    pub(crate) sampled: Set,
    pub(crate) features: Vec<String>,
}

impl Assignment {
    /// Nobody is in.
    pub fn nobody() -> Assignment {
        Assignment::default()
    }

    /// Nobody is in, for this reason.
    pub(crate) fn refused(problem: Problem) -> Assignment {
        Assignment { problem: Some(problem), ..Assignment::nobody() }
    }

    pub(crate) fn of(salt: &str, parts: Parts) -> Assignment {
        let salt = Salt::new(salt);
        let mut listed: Vec<(u32, Listed)> =
            parts.listed.into_iter().map(|listed| (salt.hash(&listed.0), listed)).collect();
        listed.sort();
        listed.dedup_by(|(_, next), (_, kept)| {
            let is_same = next.0 == kept.0;
            kept.1 |= if is_same { next.1 } else { 0 };
            is_same
        });
        let begins = begins(&listed);
        Assignment {
            salt,
            hundredths: parts.hundredths,
            listed: listed.into(),
            begins,
            groups: parts.groups.into(),
            opt_in: parts.opt_in.into(),
            cohorts: parts.cohorts.into(),
            sampled: parts.sampled,
            features: parts.features.into(),
            problem: None,
        }
    }

    /// Why the variables could not be read, and nobody is in for that reason.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Whether a user is in.
    pub fn is_in(&self, user: &User<'_>) -> bool {
        self.answer(user).is_in()
    }

    /// Whether a user is in, and why. Listed users come first, then members of groups, then those who asked, then
    /// the sample.
    pub fn answer(&self, user: &User<'_>) -> Answer {
        let hash = self.salt.hash(user.id);
        if self.listed(user, hash).is_some() {
            Answer::Listed
        } else if named(&self.groups, user.groups) != 0 {
            Answer::Member
        } else if named(&self.opt_in, user.opted_in) != 0 {
            Answer::OptedIn
        } else if self.is_sampled(user, hash) {
            Answer::Sampled
        } else {
            Answer::Out
        }
    }

    /// The features that a user has, each once: those of every cohort that they are in, and those of the sample if
    /// they are in it. Only `${flags}` tells of features.
    pub fn features(&self, user: &User<'_>) -> impl Iterator<Item = &str> {
        let set = self.features_of(user);
        self.features
            .iter()
            .enumerate()
            .filter(move |(place, _)| set >> place & 1 == 1)
            .map(|(_, name)| &**name)
    }

    /// Whether a user has a feature.
    pub fn has(&self, user: &User<'_>, feature: &str) -> bool {
        self.features(user).any(|name| name == feature)
    }

    fn features_of(&self, user: &User<'_>) -> Set {
        let hash = self.salt.hash(user.id);
        let cohorts = self.listed(user, hash).unwrap_or(0)
            | named(&self.groups, user.groups)
            | named(&self.opt_in, user.opted_in);
        let sampled = if self.is_sampled(user, hash) { self.sampled } else { 0 };
        let theirs = self.cohorts.iter().enumerate().filter(|(place, _)| cohorts >> place & 1 == 1);
        theirs.fold(sampled, |all, (_, features)| all | features)
    }

    /// The cohorts that name the user; none when no list does.
    fn listed(&self, user: &User<'_>, hash: u32) -> Option<Set> {
        let place = place(hash, self.listed.len());
        let (begin, end) = (*self.begins.get(place)?, *self.begins.get(place + 1)?);
        // Texts are compared only where the hashes are the same.
        let is_user = |(listed, (name, _)): &&(u32, Listed)| *listed == hash && name == user.id;
        self.listed.get(begin..end)?.iter().find(is_user).map(|(_, (_, cohorts))| *cohorts)
    }

    fn is_sampled(&self, user: &User<'_>, hash: u32) -> bool {
        // Whoever has no id would share one bucket: a percentage of them cannot be taken.
        bucket(hash, BUCKETS) < self.hundredths && (!user.id.is_empty() || self.hundredths == BUCKETS)
    }
}

/// The bucket of a hash, of those for so many listed users.
fn place(hash: u32, listed: usize) -> usize {
    bucket(hash, u32::try_from(listed * ROOM).unwrap_or(u32::MAX)) as usize
}

/// Where the users of each bucket begin: users in the order of their hashes are in that of their buckets, too.
fn begins(listed: &[(u32, Listed)]) -> Box<[usize]> {
    let count = listed.len();
    (0..=count * ROOM).map(|at| listed.partition_point(|(hash, _)| place(*hash, count) < at)).collect()
}

/// The cohorts behind those of the names that are known.
fn named(known: &[(String, Set)], names: &[&str]) -> Set {
    let of = |name: &&str| known.iter().find(|(known, _)| known == name).map_or(0, |(_, cohorts)| *cohorts);
    names.iter().map(of).fold(0, |all, cohorts| all | cohorts)
}
