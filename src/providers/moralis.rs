//! Moralis.
use super::describe::provider;
use crate::{
    key::Digest,
    schemes::{Field, Part, Signed},
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

provider! {
    /// Moralis' streams.
    ///
    /// - **Signed**: `{body}{secret}` by Keccak-256, the hash of Ethereum and not that of SHA-3; in `x-signature`, hexadecimal
    ///   behind `0x`.
    /// - **Secret**: the streams' secret of the account's settings, as it is; not the API key.
    /// - **Time**: none is signed.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. A block comes twice, as `confirmed` and
    ///   not.
    /// - **Answer**: any 2xx. When a stream is made or changed, a test is sent, which must be answered 200 before the stream
    ///   begins. That it is signed is not said; if it is not, it is refused here.
    /// - **Pitfalls**: Moralis' samples parse the body and write it anew before they hash it, so that they accept other white
    ///   space than was sent. Here it is the body as received.
    ///
    /// Behind the feature `keyed-hash`.
    pub struct Moralis;
    registered = ("moralis", "Moralis", "https://docs.moralis.com/streams/security-and-reliability/webhook-security")
        .recipe("Keccak-256 with the secret");
    secret = "the secret of the streams' settings";
    fn recipe() -> Signed {
        Signed::hashed("moralis", Digest::Keccak256, Field::header(SIGNATURE).prefix("0x"))
            .text([Part::Body, Part::Secret])
    }
}
