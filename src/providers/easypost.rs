//! EasyPost.
use super::registry::Provider;
use crate::{
    key::{Key, KeyError, SigningKey},
    scheme::{Scheme, forward},
    schemes::{Field, Signed, Source},
};
use http::HeaderName;
use std::{sync::LazyLock, time::Duration};

/// EasyPost's webhooks, with the signature that every webhook has.
///
/// Follows [Webhooks](https://docs.easypost.com/docs/webhooks) and EasyPost's own kits.
///
/// - **Signed**: the body, by HMAC-SHA256; in `X-Hmac-Signature`, hexadecimal behind `hmac-sha256-hex=`. Event type
///   (`description`) and id (`id`) are in the body.
/// - **Secret**: the webhook's secret in Unicode's normalisation form NFKD: `é` is `e` and U+0301. It is not normalised here;
///   what is neither ASCII nor ASCII with a single accent behind a letter is refused, so that nothing else can be meant.
/// - **Time**: none is signed but the event's own.
/// - **Replay**: known by the body's `id`, the event's (`evt_`).
/// - **Answer**: any 2xx within 7 seconds, which was not confirmed.
/// - **Pitfalls**: `X-Hmac-Signature-V2`, which signs a time and a path too, is not documented to the byte, and not looked
///   at.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::EasyPost};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(EasyPost, EasyPost.key("the webhook's secret")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct EasyPost;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hmac-signature");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha256("easypost", Field::header(SIGNATURE).prefix("hmac-sha256-hex="))
        .event(Source::Json("description"))
        .id(Source::Json("id"))
        .with_lease(Duration::from_secs(7))
});

impl Scheme for EasyPost {
    forward!(self => &*RECIPE; name, plan, accept, sign, lease);

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        RECIPE.key(normal(text)?)
    }

    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        RECIPE.signing_key(normal(text)?)
    }
}

/// The text, if it is one that normalisation would leave as it is, as far as that can be said without Unicode's tables.
fn normal(text: &str) -> Result<&str, KeyError> {
    let mut follows_letter = false;
    for character in text.chars() {
        let is_accent = matches!(character, '\u{300}'..='\u{33f}') && follows_letter;
        if !character.is_ascii() && !is_accent {
            return Err(KeyError::WrongParts {
                expected: "in ASCII, or in Unicode's form NFKD, with no more than one accent behind a letter",
            });
        }
        follows_letter = character.is_ascii_alphabetic();
    }
    Ok(text)
}

pub(super) const PROVIDER: Provider =
    Provider::new("easypost", "EasyPost", "https://docs.easypost.com/docs/webhooks", |_| {
        Ok(Box::new(EasyPost))
    })
    .known_by("the body's `id`");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_normalisation_would_change_is_refused() {
        for text in ["secret", "se\u{301}cret", "n\u{303}o\u{308}", "a b~\t"] {
            assert_eq!(normal(text), Ok(text));
        }
        // Composed, a ligature, a full-width letter, accents whose order may change, and one with nothing to stand on.
        for text in
            ["s\u{e9}cret", "\u{fb01}", "\u{ff21}", "a\u{316}\u{301}", "\u{301}a", "1\u{301}", "a\u{340}"]
        {
            assert!(matches!(normal(text), Err(KeyError::WrongParts { .. })), "{text:?}");
            assert!(EasyPost.key(text).is_err() && EasyPost.signing_key(text).is_err(), "{text:?}");
        }
    }
}
