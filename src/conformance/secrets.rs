//! Whether a text shows a secret.
use crate::encoding::Encoding;

/// What would give a secret away, in any spelling that somebody might print it in.
#[derive(Default)]
pub(super) struct Secrets {
    spellings: Vec<String>,
}

/// What is shorter stands in a text by chance.
const LEAST: usize = 8;

impl Secrets {
    pub(super) fn add(&mut self, secret: &str) {
        self.add_spellings(secret);
        // Several in one text, a line each; what follows a user's name; what follows a prefix such as `whsec_`.
        let parts = secret.lines().chain(secret.rsplit(':').take(1)).chain(secret.rsplit('_').take(1));
        parts.for_each(|part| self.add_spellings(part));
    }

    fn add_spellings(&mut self, text: &str) {
        if text.trim().len() < LEAST || text.starts_with("-----") {
            return;
        }
        self.spellings.push(text.to_owned());
        self.add_bytes(text.as_bytes());
        let decoded = [Encoding::Hex, Encoding::Base64, Encoding::Base64Url].map(|it| it.decode(text));
        for decoded in decoded.into_iter().flatten().filter(|decoded| decoded.len() >= LEAST) {
            self.add_bytes(&decoded);
            self.spellings.extend(String::from_utf8(decoded));
        }
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        self.spellings.extend([Encoding::Hex, Encoding::Base64Url].map(|it| it.encode(bytes)));
        self.spellings.push(Encoding::Base64.encode(bytes).trim_end_matches('=').to_owned());
        // As a list of numbers, which `Debug` of bytes is.
        let list = format!("{bytes:?}");
        self.spellings.push(list.trim_matches(['[', ']']).to_owned());
    }

    /// Whether none of them stands in `text`.
    pub(super) fn are_kept_by(&self, text: &str) -> bool {
        !self.spellings.iter().any(|spelling| text.contains(&**spelling))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_found() {
        let mut secrets = Secrets::default();
        secrets.add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let bytes = Encoding::Base64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap_or_default();
        for shown in [
            "Key { whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw }".to_owned(),
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
            format!("{bytes:?}"),
            Encoding::Hex.encode(&bytes),
            Encoding::Hex.encode(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ] {
            assert!(!secrets.are_kept_by(&shown), "{shown}");
        }
        assert!(secrets.are_kept_by("Key { label: None, algorithms: [HmacSha256], .. }"));
    }
}
