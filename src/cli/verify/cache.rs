//! Endpoints that were built before.
use super::{
    endpoint::{Built, Unknown},
    line::{Content, Line},
};
use std::collections::{HashMap, hash_map::Entry};

/// How many endpoints are kept, and how many bytes of the texts that they were built from. What they are built into takes
/// some times as much.
const MOST: usize = 4096;
const MOST_BYTES: usize = 16 << 20;

/// Endpoints by the texts that they were built from.
#[derive(Default)]
pub(super) struct Cache {
    endpoints: HashMap<Box<[u8]>, Built>,
    bytes: usize,
    /// The text that is looked up.
    key: Vec<u8>,
}

impl Cache {
    /// What is built of the line's provider, keys and options; and, if it is built for the first time, the options that
    /// are unknown.
    pub(super) fn get(&mut self, line: &Line<'_>, content: Content) -> (&Built, Unknown) {
        self.key.clear();
        self.key.push(content as u8);
        for text in [Some(&*line.provider), line.keys.map(|raw| raw.get()), line.options.map(|raw| raw.get())]
        {
            // No JSON has a zero byte in it, and a provider that has one is unknown.
            self.key.extend_from_slice(text.unwrap_or_default().as_bytes());
            self.key.push(0);
        }
        let is_full = self.endpoints.len() >= MOST || self.bytes.saturating_add(self.key.len()) > MOST_BYTES;
        if is_full && !self.endpoints.contains_key(&*self.key) {
            self.endpoints.clear();
            self.bytes = 0;
        }
        match self.endpoints.entry(self.key.as_slice().into()) {
            Entry::Occupied(known) => (known.into_mut(), Vec::new()),
            Entry::Vacant(new) => {
                self.bytes = self.bytes.saturating_add(self.key.len());
                let (built, unknown) = Built::of(line, content);
                (new.insert(built), unknown)
            }
        }
    }
}
