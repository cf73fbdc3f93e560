//! Pusher Channels.
use super::describe::provider;
use crate::schemes::{Field, Signed};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("x-pusher-signature");
const KEY: HeaderName = HeaderName::from_static("x-pusher-key");

provider! {
    /// Pusher Channels' webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Pusher-Signature`, hexadecimal.
    /// - **Secret**: the app's secret, as it is. `X-Pusher-Key` names the app's key that it belongs to, by which it is
    ///   [looked up](crate::key::KeyRef::Id); with fixed keys, any of them suffices. An app with several keys signs with the
    ///   oldest that is active.
    /// - **Event**: one body has many (`events`), each with a `name`: the delivery has none.
    /// - **Time**: the body's `time_ms` is signed, and no tolerance documented, so that it is not looked at.
    /// - **Replay**: there is no id, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx within 4 seconds; otherwise retried with growing pauses for five minutes.
    /// - **Pitfalls**: Pusher's kits demand `Content-Type: application/json` to the letter; here it is not asked.
    pub struct Pusher;
    registered = ("pusher", "Pusher Channels", "https://pusher.com/docs/channels/server_api/webhooks/");
    secret = "the app's secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("pusher", Field::header(SIGNATURE)).key_id(KEY).with_lease(Duration::from_secs(4))
    }
}
