//! Who said something: as many people as it takes to tell a word of several from a word of one, and no more. A person is a
//! user where the traces tell users apart, and a conversation where they do not.

use super::random::key;
use crate::trace::Conversation;

/// People from whom on a word is common.
pub(super) const SEVERAL: usize = 3;

/// Up to [`SEVERAL`] people; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct People([u64; SEVERAL]);

impl People {
    /// The person who speaks in a conversation.
    pub(super) fn of(conversation: &Conversation) -> Self {
        let name = conversation.user.as_deref().unwrap_or(&conversation.id.0);
        let mut people = Self::default();
        people.0[0] = key(6, [name]).max(1);
        people
    }

    /// Takes in those of `others` that there is room for.
    pub(super) fn add(&mut self, others: &Self) {
        for &person in others.0.iter().filter(|&&person| person != 0) {
            if !self.0.contains(&person)
                && let Some(room) = self.0.iter_mut().find(|room| **room == 0)
            {
                *room = person;
            }
        }
    }

    /// How many, at most [`SEVERAL`].
    pub(super) fn count(&self) -> usize {
        self.0.iter().filter(|&&person| person != 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::tests::conversations;

    #[test]
    fn one_person_counts_once_and_no_more_than_several_are_kept() {
        let mut conversations = conversations(["a", "b", "c", "d", "e"]);
        conversations[1].user = Some("ann".to_string());
        conversations[2].user = Some("ann".to_string());
        let mut people = People::default();
        let counts = conversations.iter().map(|one| {
            people.add(&People::of(one));
            people.count()
        });
        assert_eq!(counts.collect::<Vec<_>>(), [1, 2, 2, 3, 3]);
    }
}
