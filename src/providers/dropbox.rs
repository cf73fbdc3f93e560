//! Dropbox.
use super::describe::provider;
use crate::schemes::{
    Field, Signed, Source,
    handshake::{Answering, Handshake, Said},
};
use http::{HeaderName, Method};

const SIGNATURE: HeaderName = HeaderName::from_static("x-dropbox-signature");

provider! {
    /// Dropbox's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Dropbox-Signature`, hexadecimal.
    /// - **Secret**: the app's secret, as it is.
    /// - **Time**: none is signed.
    /// - **Event, id**: none. A body names the accounts in which something changed, and not what: ask for that.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. The same accounts are named again and
    ///   again, by the same bytes.
    /// - **Handshake**: an unsigned GET whose `challenge` is sent back in plain text.
    /// - **Answer**: any 2xx, within 10 seconds (not confirmed).
    pub struct Dropbox;
    registered = ("dropbox", "Dropbox", "https://www.dropbox.com/developers/reference/webhooks")
        .handshake("GET with `challenge`");
    secret = "the app's secret";
    fn recipe() -> Answering<Signed> {
        let challenge = Handshake::unverified(Method::GET)
            .question(Source::Query("challenge"))
            .text(Said::question());
        Answering::new(Signed::hmac_sha256("dropbox", Field::header(SIGNATURE)), challenge)
    }
}
