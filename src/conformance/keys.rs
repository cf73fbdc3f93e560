//! Other keys, several keys, and what is printed of them.
use super::{
    Group,
    bytes_of::{neighbour, spread, with_byte},
    facts::Facts,
    kinds::Change,
    suite::{Accepted, Suite},
};
use crate::{
    encoding::Encoding,
    key::KeySet,
    scheme::{Head, Scheme, Verdict},
};
use std::{ops::Range, sync::Arc};

impl<S: Scheme + ?Sized> Suite<'_, S> {
    pub(super) fn keys(&mut self) {
        self.rotation();
        let other = self.good.with_keys(self.other_keys.clone());
        self.attempt(Group::Keys, Change::Key, Accepted::Never, "the other key", &other);
        self.each_character();
        self.tenants();
    }

    /// The other key before this one, and behind it.
    fn rotation(&mut self) {
        let (own, other) = (self.good.keys.clone(), self.other_keys.clone());
        for (what, first, second) in
            [("the other key behind its own", &own, &other), ("the other key before its own", &other, &own)]
        {
            if let Ok(keys) = KeySet::new(first.iter().chain(second.iter()).cloned()) {
                let attempt = self.good.with_keys(keys);
                self.holds(Group::Keys, what, &attempt);
            }
        }
    }

    /// No part of the secret is left out.
    fn each_character(&mut self) {
        let Some([text, _]) = self.sample.receiver_texts() else { return };
        let text = text.to_owned();
        let public = public_key(&text);
        for position in spread(0..text.len(), 128).filter(|position| !public.contains(position)) {
            let Some(other) = text.as_bytes().get(position).copied().and_then(neighbour) else { continue };
            let Ok(changed) = String::from_utf8(with_byte(text.as_bytes(), position, other)) else {
                continue;
            };
            // Where it has another form, it is no key at all.
            let Ok(key) = self.scheme.key(&changed) else { continue };
            let attempt = self.good.with_keys(key.into());
            let what = format!("character {position} of the secret changed");
            self.attempt(Group::Keys, Change::Key, Accepted::Never, what, &attempt);
        }
    }

    /// The key's owner is the tenant, and none other; what one tenant's delivery is known by is none of another's.
    fn tenants(&mut self) {
        let named = ["conformance-a", "conformance-b"];
        let mut known_by = Vec::new();
        for tenant in named {
            let keys = self.other_keys.clone().of_tenant(tenant);
            let attempt = self.good.with_keys(keys);
            let what = "another tenant's key";
            self.attempt(Group::Keys, Change::Tenant, Accepted::Never, what, &attempt);
            let attempt = self.good.with_keys(self.good.keys.clone().of_tenant(tenant));
            let verdict = self.verify(&attempt);
            match verdict {
                Ok(Verdict::Deliver(verified)) => {
                    self.report.count(Group::Keys, |count| count.tried += 1);
                    self.look_at(&verified);
                    let facts = Facts::of(&verified);
                    let is_the_owner = verified.tenant() == Some(tenant);
                    if is_the_owner && facts.payload == self.facts.payload {
                        self.report.count(Group::Keys, |count| count.unmoved += 1);
                    } else {
                        self.report.note_wrong("keys: a tenant's key: the delivery is not that tenant's");
                    }
                    known_by.push(facts.idempotency_key);
                }
                verdict => {
                    let what = "its own key, as another tenant's";
                    self.judge(Group::Keys, Change::Tenant, Accepted::Never, what, verdict);
                }
            }
        }
        if let [Some(one), Some(other)] = &*known_by
            && one == other
        {
            self.report.note_wrong("keys: two tenants' deliveries are known by the same");
        }
    }

    /// What is printed of the keys, of texts that are none, and of the sample on its way.
    pub(super) fn debug_of_keys(&mut self) {
        self.look_at(&self.good.keys.clone());
        self.look_at(&self.other_keys.clone());
        for text in &self.sample.secrets {
            if let Ok(key) = self.scheme.signing_key(text) {
                self.look_at(&key);
            }
        }
        for text in self.sample.receiver_texts().into_iter().flatten() {
            let half: String = text.chars().take(text.chars().count() / 2).collect();
            for wrong in [half, format!("{text}="), format!(" {text}"), format!("{text}\u{e9}")] {
                if let Err(error) = self.scheme.key(&wrong) {
                    self.look_at(&error);
                }
            }
        }
        let attempt = self.good.clone();
        let url = Arc::<str>::from(format!("{}", attempt.parts.uri));
        let head = Head::new(&attempt.parts, Some(&url));
        self.look_at(&head);
        for body in [None, Some(&attempt.body)] {
            if let Ok(plan) = self.scheme.plan(&head, body) {
                self.look_at(&plan);
            }
        }
    }
}

/// Where a text is a public key. There, a byte changed may be the same key written in another way, or a weak one.
fn public_key(text: &str) -> Range<usize> {
    if let (Some(begin), Some(end)) = (text.find("-----BEGIN"), text.rfind("-----END")) {
        return begin
            ..text.get(end..).and_then(|end| end.find('\n')).map_or(text.len(), |length| end + length);
    }
    let is_der = Encoding::Base64.decode(text).is_some_and(|der| der.len() > 40 && der.starts_with(&[0x30]));
    if is_der { 0..text.len() } else { 0..0 }
}
