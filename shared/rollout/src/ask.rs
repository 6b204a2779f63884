//! A question to people, and whose answers count for what.

use crate::{
    plan::{Consent, Item},
    time::Timestamp,
    units::{StageIndex, Version},
};
use serde::{Deserialize, Serialize};

/// A question to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The entry that asked, which an answer must name.
    pub entry: Version,
    /// When.
    pub at: Timestamp,
    /// The stage that would be entered; none for completion.
    pub next: Option<StageIndex>,
    /// Whose consent is needed.
    pub needs: Vec<Consent>,
    /// Who has consented.
    pub given: Vec<Given>,
}

/// One person's consent. It counts once, for one of the roles that the person holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "roles, person, time and words: the names say it")]
pub struct Given {
    pub roles: Vec<String>,
    pub by: String,
    pub at: Timestamp,
    pub note: Option<String>,
}

/// Whose consent lines of doors need that are judged at once, in their order: of each role the most that one asks.
pub fn needs<'a>(lines: impl Iterator<Item = &'a Item>) -> Vec<Consent> {
    let mut needs: Vec<Consent> = vec![];
    for consent in lines.filter_map(consent) {
        match needs.iter_mut().find(|need| need.role == consent.role) {
            Some(need) => need.count = need.count.max(consent.count),
            None => needs.push(consent.clone()),
        }
    }
    needs
}

fn consent(line: &Item) -> Option<&Consent> {
    if let Item::Approve(consent) = line { Some(consent) } else { None }
}

impl Ask {
    /// How many more people of each role must consent, when each consent counts where it helps most.
    pub fn missing(&self) -> Vec<Consent> {
        let counted = self.counted();
        let left = |(place, need): (usize, &Consent)| {
            let given = counted.iter().filter(|counts| **counts == Some(place)).count();
            let count = need.count.saturating_sub(u8::try_from(given).unwrap_or(u8::MAX));
            (count > 0).then(|| Consent { role: need.role.clone(), count })
        };
        self.needs.iter().enumerate().filter_map(left).collect()
    }

    /// Those whose consent counts for this role.
    pub fn given_for(&self, role: &str) -> Vec<&str> {
        let counts = |place: &Option<usize>| place.is_some_and(|place| self.needs[place].role == role);
        let given = self.given.iter().zip(self.counted());
        given.filter(|(_, place)| counts(place)).map(|(given, _)| given.by.as_str()).collect()
    }

    /// Whether the consent of somebody who holds these roles would bring the question nearer to its answer.
    pub fn would_count(&self, roles: &[String]) -> bool {
        let open = |ask: &Ask| ask.missing().iter().map(|need| u32::from(need.count)).sum::<u32>();
        let mut with = self.clone();
        let (by, at) = (String::new(), self.at);
        with.given.push(Given { roles: roles.to_vec(), by, at, note: None });
        open(&with) < open(self)
    }

    /// For each consent the need that it counts for: as many as can be met at once. Whoever holds two of the roles
    /// counts for the one that nobody else can meet (augmenting paths, H. W. Kuhn 1955).
    fn counted(&self) -> Vec<Option<usize>> {
        let mut counted = vec![None; self.given.len()];
        for given in 0..self.given.len() {
            self.place(given, &mut counted, &mut vec![false; self.needs.len()]);
        }
        counted
    }

    /// Finds a need for a consent, and another one for whoever stands in its way.
    fn place(&self, given: usize, counted: &mut [Option<usize>], tried: &mut [bool]) -> bool {
        for (place, need) in self.needs.iter().enumerate() {
            if tried[place] || !self.given[given].roles.contains(&need.role) {
                continue;
            }
            tried[place] = true;
            let holders: Vec<usize> =
                (0..counted.len()).filter(|other| counted[*other] == Some(place)).collect();
            let room = holders.len() < usize::from(need.count);
            if room || holders.into_iter().any(|other| self.place(other, counted, tried)) {
                counted[given] = Some(place);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ask(needs: &[(&str, u8)], given: &[&[&str]]) -> Ask {
        let consent = |(role, count): &(&str, u8)| Consent { role: (*role).to_owned(), count: *count };
        let given = given.iter().enumerate().map(|(at, roles)| Given {
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            by: format!("person-{at}"),
            at: Timestamp(0),
            note: None,
        });
        Ask {
            entry: Version(1),
            at: Timestamp(0),
            next: None,
            needs: needs.iter().map(consent).collect(),
            given: given.collect(),
        }
    }

    #[test]
    fn whoever_holds_two_roles_stands_in_nobodys_way() {
        let needs = [("lead", 1), ("sre", 2)];
        let asked = ask(&needs, &[&["lead", "sre"], &["sre"], &["sre"]]);
        assert_eq!(asked.missing(), []);
        assert_eq!(asked.given_for("lead"), ["person-0"]);
        let asked = ask(&needs, &[&["lead", "sre"], &["lead"]]);
        assert_eq!(asked.missing(), ask(&[("sre", 1)], &[]).needs);
        assert!(asked.would_count(&["sre".to_owned()]) && !asked.would_count(&["lead".to_owned()]));
    }

    /// The fewest that can be missing, by trying every way to count.
    fn fewest(ask: &Ask, from: usize, left: &mut Vec<u8>) -> u32 {
        let Some(given) = ask.given.get(from) else {
            return left.iter().map(|count| u32::from(*count)).sum();
        };
        let mut best = fewest(ask, from + 1, left);
        for place in 0..ask.needs.len() {
            if left[place] > 0 && given.roles.contains(&ask.needs[place].role) {
                left[place] -= 1;
                best = best.min(fewest(ask, from + 1, left));
                left[place] += 1;
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_way_to_count_leaves_fewer_missing(
            counts in proptest::collection::vec(1u8..3, 1..4),
            given in proptest::collection::vec(proptest::collection::vec(0usize..4, 0..4), 0..6),
        ) {
            const ROLES: [&str; 4] = ["a", "b", "c", "d"];
            let needs: Vec<(&str, u8)> = ROLES.into_iter().zip(counts).collect();
            let roles: Vec<Vec<&str>> =
                given.iter().map(|held| held.iter().map(|role| ROLES[*role]).collect()).collect();
            let roles: Vec<&[&str]> = roles.iter().map(Vec::as_slice).collect();
            let asked = ask(&needs, &roles);
            let missing: u32 = asked.missing().iter().map(|need| u32::from(need.count)).sum();
            let mut left: Vec<u8> = asked.needs.iter().map(|need| need.count).collect();
            prop_assert_eq!(missing, fewest(&asked, 0, &mut left));
        }
    }
}
