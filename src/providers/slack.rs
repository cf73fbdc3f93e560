//! Slack.
use super::registry::{Need, Provider};
use crate::{
    event::json_texts,
    scheme::{Answers, Delivery, Format, Outcome, Proven, Refusal, Repeat, Scheme, forward},
    schemes::{
        Field, Part, Signed, Source,
        form::each_once,
        handshake::{Answering, Handshake, Said},
    },
    time::Unit,
};
use http::HeaderName;
use std::{sync::LazyLock, time::Duration};

/// Slack's Events API.
///
/// Follows [Verifying requests from Slack](https://docs.slack.dev/authentication/verifying-requests-from-slack) and [The
/// Events API](https://docs.slack.dev/apis/events-api/).
///
/// - **Signed**: `v0:{time}:{body}` by HMAC-SHA256; in `X-Slack-Signature`, hexadecimal behind `v0=`. The time is in
///   `X-Slack-Request-Timestamp`, in seconds. Id (`event_id`) and event type (`event.type`, else `type`) are in the body.
/// - **Not signed**: `X-Slack-Retry-Num` and `X-Slack-Retry-Reason`.
/// - **Secret**: the app's Signing Secret, as it is; it looks like hexadecimal, and is not decoded. The body's `token` is
///   another thing, deprecated, and not looked at.
/// - **Time**: five minutes, past and future.
/// - **Replay**: known by `event_id`, which retries keep although they are signed anew.
/// - **Handshake**: `url_verification`, signed as every request, is answered with its challenge in plain text.
/// - **Answer**: any 2xx within 3 seconds. Retries come at once, after a minute and after five (secondary source).
/// - **Pitfalls**: what users do arrives as a form, at other URLs: [`SlackInteractivity`], [`SlackCommands`].
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Slack};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Slack, Slack.key("8f742231b10e8888abcd99yyyzzz85a5")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Slack;

/// Slack's interactivity: buttons, menus, forms, shortcuts. Signed, with the same secret, as [`Slack`]'s events.
///
/// Follows [Handling user interaction](https://docs.slack.dev/interactivity/handling-user-interaction).
///
/// - **Payload**: the form's field `payload`, in JSON, which must occur once. The event is its `type`.
/// - **Replay**: known by time and body. A repeat is refused: the answer has content, and could not be given twice.
/// - **Answer**: the handler's, within 3 seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SlackInteractivity;

/// Slack's slash commands. Signed, with the same secret, as [`Slack`]'s events.
///
/// Follows [Slash commands](https://docs.slack.dev/interactivity/implementing-slash-commands).
///
/// - **Payload**: the body, a form. The event is its `command`, with the slash: `/weather`.
/// - **Replay**: known by time and body. A repeat is refused: the answer has content, and could not be given twice.
/// - **Answer**: the handler's, within 3 seconds.
/// - **Pitfalls**: the `ssl_check` by which Slack looks at a certificate is not signed, and refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct SlackCommands;

const SIGNATURE: HeaderName = HeaderName::from_static("x-slack-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-slack-request-timestamp");

fn signed() -> Signed {
    let time = Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds);
    Signed::hmac_sha256("slack", Field::header(SIGNATURE).prefix("v0="))
        .text([Part::literal("v0:"), time, Part::literal(":"), Part::Body])
        .with_lease(Duration::from_secs(3))
}

static EVENTS: LazyLock<Answering<Signed>> = LazyLock::new(|| {
    let recipe = signed()
        .event(Source::FirstOf(vec![Source::Json("/event/type"), Source::Json("type")]))
        .id(Source::Json("event_id"));
    let url_verification = Handshake::verified()
        .when(Source::Json("type"), ["url_verification"])
        .question(Source::Json("challenge"))
        .text(Said::question());
    Answering::new(recipe, url_verification)
});

static FORMS: LazyLock<Signed> =
    LazyLock::new(|| signed().with_answers(Answers::new().repeat(Repeat::Refuse)));

impl Scheme for Slack {
    forward!(self => &*EVENTS; all);
}

impl Scheme for SlackInteractivity {
    forward!(self => &*FORMS; key, plan, sign, answers, lease);

    fn name(&self) -> &str {
        "slack-interactivity"
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [payload] = each_once(proven.body(), ["payload"])?;
        let [event] = json_texts(payload.as_bytes(), ["type"])?;
        let event = event.ok_or(Refusal::MalformedBody("the payload has no `type`".into()))?;
        let delivery = Delivery::new().signed_event(event);
        Ok(delivery.payload(payload.as_bytes().to_vec().into()).into())
    }
}

impl Scheme for SlackCommands {
    forward!(self => &*FORMS; key, plan, sign, answers, lease);

    fn name(&self) -> &str {
        "slack-commands"
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [command] = each_once(proven.body(), ["command"])?;
        Ok(Delivery::new().signed_event(command).format(Format::Form).into())
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "slack",
    "Slack",
    "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    |options| {
        type Build = fn() -> Box<dyn Scheme>;
        let variants: [(&str, Build); 3] = [
            ("events", || Box::new(Slack)),
            ("interactivity", || Box::new(SlackInteractivity)),
            ("commands", || Box::new(SlackCommands)),
        ];
        Ok(options.variant(&variants)?())
    },
)
.signed("time, body")
.known_by("the body's `event_id`; forms by time and body")
.handshake("signed `url_verification`")
.needs(&[Need::Secret, Need::Option("variant?")]);
