//! Builds values while `sfv` reads them.
use super::{Bare, Dictionary, Item, MOST, Member, Params, Value};
use sfv::{
    KeyRef,
    visitor::{
        DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor,
    },
};
use std::fmt;

/// What is wrong with a value that is well-formed.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Flaw {
    Twice,
    TooMany,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twice => "a key occurs twice",
            Self::TooMany => "there are too many members",
        })
    }
}

impl std::error::Error for Flaw {}

fn push<T>(all: &mut Vec<T>, value: T) -> Result<&mut T, Flaw> {
    if all.len() == MOST {
        return Err(Flaw::TooMany);
    }
    all.push(value);
    all.last_mut().ok_or(Flaw::TooMany)
}

impl<'de> ParameterVisitor<'de> for &mut Params<'de> {
    type Out = ();
    type Error = Flaw;

    fn parameter(&mut self, key: &'de KeyRef, value: Bare<'de>) -> Result<(), Flaw> {
        if self.get(key.as_str()).is_some() {
            return Err(Flaw::Twice);
        }
        push(&mut self.all, (key, value)).map(drop)
    }

    fn finish(self) -> Result<(), Flaw> {
        Ok(())
    }
}

impl<'de> ItemVisitor<'de> for &mut Item<'de> {
    type Out = ();
    type Error = Flaw;

    fn bare_item(self, value: Bare<'de>) -> Result<impl ParameterVisitor<'de, Out = ()>, Flaw> {
        self.value = value;
        Ok(&mut self.params)
    }
}

impl<'de> ItemVisitor<'de> for &mut Member<'de> {
    type Out = ();
    type Error = Flaw;

    fn bare_item(self, value: Bare<'de>) -> Result<impl ParameterVisitor<'de, Out = ()>, Flaw> {
        self.value = Value::Bare(value);
        Ok(&mut self.params)
    }
}

impl<'de> EntryVisitor<'de> for &mut Member<'de> {
    type Error = Flaw;

    fn item(self) -> Result<impl ItemVisitor<'de>, Flaw> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Flaw> {
        Ok(InnerList { items: Vec::new(), member: self })
    }
}

struct InnerList<'v, 'de> {
    items: Vec<Item<'de>>,
    member: &'v mut Member<'de>,
}

impl<'de> InnerListVisitor<'de> for InnerList<'_, 'de> {
    type Error = Flaw;

    fn item(&mut self) -> Result<impl ItemVisitor<'de>, Flaw> {
        push(&mut self.items, Item::new(Bare::Boolean(true)))
    }

    fn finish(self) -> Result<impl ParameterVisitor<'de>, Flaw> {
        self.member.value = Value::List(self.items);
        Ok(&mut self.member.params)
    }
}

impl<'de> DictionaryVisitor<'de> for &mut Dictionary<'de> {
    type Out = ();
    type Error = Flaw;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Flaw> {
        if self.get(key.as_str()).is_some() {
            return Err(Flaw::Twice);
        }
        push(&mut self.all, (key, Member::new())).map(|(_, member)| member)
    }

    fn finish(self) -> Result<(), Flaw> {
        Ok(())
    }
}

/// A type of its own, since the visitor's trait is not this crate's and neither is `Vec`.
pub(super) struct List<'a> {
    pub(super) all: Vec<Member<'a>>,
}

impl<'de> ListVisitor<'de> for &mut List<'de> {
    type Out = ();
    type Error = Flaw;

    fn entry(&mut self) -> Result<impl EntryVisitor<'de>, Flaw> {
        push(&mut self.all, Member::new())
    }

    fn finish(self) -> Result<(), Flaw> {
        Ok(())
    }
}
