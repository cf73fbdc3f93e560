//! GitLab, with a secret token.
use super::{describe::provider, registry::Need};
use crate::schemes::{Source, Token};
use http::HeaderName;

const TOKEN: HeaderName = HeaderName::from_static("x-gitlab-token");
const ID: HeaderName = HeaderName::from_static("idempotency-key");

provider! {
    /// GitLab's webhooks with a secret token, which signs nothing: choose [`GitLab`](super::GitLab) where your GitLab
    /// has signing tokens.
    ///
    /// - **Presented**: the token as it is, in `X-Gitlab-Token`. Whoever sees one delivery can send others.
    /// - **Not signed**: the body, and in it the event (`object_kind`, else `event_name`), and the id
    ///   (`Idempotency-Key`), which retries keep. `X-Gitlab-Event` and `webhook-signature` are not looked at.
    /// - **Secret**: the secret token of the hook's settings. GitLab strips its line breaks.
    /// - **Time**: none.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx within 10 seconds; GitLab then tries again, and disables a hook that fails again and
    ///   again. When is not confirmed.
    /// - **Limit**: bodies of up to 25 MB.
    /// - **Pitfalls**: `X-Gitlab-Event-UUID` is shared by hooks that set off each other, and is no delivery id.
    pub struct GitLabToken;
    registered = (
        "gitlab-token", "GitLab, secret token", "https://docs.gitlab.com/user/project/integrations/webhooks/"
    ).recipe("token").signed("nothing: a token in a header").needs(&[Need::Token]);
    secret = "the secret token of the hook's settings";
    fn recipe() -> Token {
        Token::header("gitlab-token", TOKEN)
            .event(Source::FirstOf(vec![Source::Json("object_kind"), Source::Json("event_name")]))
            .id(Source::Header(ID))
            .with_body_limit(25_000_000)
    }
}
