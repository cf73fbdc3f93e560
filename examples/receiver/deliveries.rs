//! One delivery of each event of each provider, by the documents' own samples. Names and addresses are invented.
use crate::secrets;
use axum::http::HeaderName;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tower_webhook::{
    Scheme,
    providers::{BitHumanAccount, BitHumanSession, Blinger, Blooio, BloonioChat, Chatzuri, GitHub, Stripe},
    schemes::StandardWebhooks,
};

/// A route of the receiver, and what a provider sends to it.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) scheme: Arc<dyn Scheme>,
    pub(crate) secret: &'static str,
    pub(crate) forged_secret: &'static str,
    /// The header that carries the signature; `None` if the path carries a secret in its place.
    pub(crate) signature: Option<HeaderName>,
    /// The header that names the tenant.
    pub(crate) tenant: Option<HeaderName>,
    pub(crate) signs_body: bool,
    pub(crate) signs_time: bool,
    /// What every refused delivery is answered.
    pub(crate) refusal: u16,
    /// What the repeat of a handled delivery is answered, where it is known to be one.
    pub(crate) repeat: Option<(u16, &'static str)>,
    pub(crate) deliveries: Vec<Delivery>,
}

/// What a provider sends. `{n}` stands for a number that no other delivery has.
#[derive(Clone)]
pub(crate) struct Delivery {
    pub(crate) event: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Delivery {
    fn new(event: &'static str, path: &str, body: impl Into<String>) -> Self {
        Self { event, path: path.to_owned(), headers: Vec::new(), body: body.into() }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same event once more, as a delivery of its own.
    pub(crate) fn numbered(&self) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let n = LAST.fetch_add(1, Ordering::Relaxed).to_string();
        let mut numbered = self.clone();
        numbered.body = self.body.replace("{n}", &n);
        for (_, value) in &mut numbered.headers {
            *value = value.replace("{n}", &n);
        }
        numbered
    }
}

const ACKNOWLEDGED: Option<(u16, &str)> = Some((200, "Repeat"));
const REFUSED: Option<(u16, &str)> = Some((401, "Replayed"));

pub(crate) fn targets() -> Vec<Target> {
    vec![
        github(),
        stripe(),
        standard_webhooks(),
        bloonio(),
        bithuman_session(),
        bithuman_account(),
        chatzuri(),
        blooio(),
        blinger(),
    ]
}

impl Target {
    fn new(name: &'static str, scheme: impl Scheme, secret: &'static str, deliveries: Vec<Delivery>) -> Self {
        Self {
            name,
            scheme: Arc::new(scheme),
            secret,
            forged_secret: "what-the-forger-guessed",
            signature: None,
            tenant: None,
            signs_body: true,
            signs_time: false,
            refusal: 401,
            repeat: None,
            deliveries,
        }
    }

    fn signed_in(mut self, header: &'static str) -> Self {
        self.signature = Some(HeaderName::from_static(header));
        self
    }
}

fn github() -> Target {
    let delivery = |event, body| {
        Delivery::new(event, "/github", body)
            .header("X-GitHub-Event", event)
            .header("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-{n}")
    };
    let deliveries = vec![
        delivery("ping", r#"{"zen":"Keep it logically awesome.","hook_id":{n}}"#),
        delivery("push", r#"{"ref":"refs/heads/main","after":"0fa0{n}"}"#),
        delivery("pull_request", r#"{"action":"opened","number":{n}}"#),
        delivery("star", r#"{"action":"created","n":{n}}"#),
    ];
    Target::new("github", GitHub, secrets::GITHUB, deliveries).signed_in("x-hub-signature-256")
}

fn stripe() -> Target {
    let delivery = |event| {
        let body =
            format!(r#"{{"id":"evt_{{n}}","object":"event","type":"{event}","data":{{"object":{{}}}}}}"#);
        Delivery::new(event, "/stripe", body)
    };
    let deliveries = ["invoice.paid", "customer.created", "charge.refunded"].map(delivery).to_vec();
    let target = Target::new("stripe", Stripe, secrets::STRIPE, deliveries).signed_in("stripe-signature");
    Target { signs_time: true, repeat: ACKNOWLEDGED, ..target }
}

fn standard_webhooks() -> Target {
    let delivery = |event| {
        let body =
            format!(r#"{{"type":"{event}","timestamp":"2026-10-01T08:00:00Z","data":{{"id":{{n}}}}}}"#);
        Delivery::new(event, "/standard-webhooks", body).header("webhook-id", "msg_{n}")
    };
    let deliveries = ["user.created", "user.deleted"].map(delivery).to_vec();
    let target = Target::new("standard-webhooks", StandardWebhooks, secrets::STANDARD_WEBHOOKS, deliveries)
        .signed_in("webhook-signature");
    let forged_secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    Target { signs_time: true, repeat: ACKNOWLEDGED, forged_secret, ..target }
}

fn bloonio() -> Target {
    let tenant = secrets::BLOONIO_TENANT;
    let delivery = |event: &'static str, body: String| {
        Delivery::new(event, &format!("/bloonio/{event}"), body).header("X-Bloonio-Tenant-Id", tenant)
    };
    let conversation = |event: &'static str| {
        let name = event.replace('-', "_");
        delivery(
            event,
            format!(
                r#"{{"event_type":"{name}","tenant_id":"{tenant}","occurred_at":"2026-10-01T08:00:00Z","conversation_id":"c{{n}}","ticket_number":"LOK-000123","extra":{{}}}}"#
            ),
        )
    };
    let agent = |event: &'static str, status: &str| {
        delivery(
            event,
            format!(
                r#"{{"conversation_id":"c{{n}}","tenant_id":"{tenant}","status":"{status}","operator_id":"019e4ae7-0000-7000-8000-000000000001","visitor_session_id":"vs_AAAA","escalation_reason":"user_requested","claim_count":1,"claimed_at":"2026-10-01T08:00:00Z","released_at":null,"resolved_at":null}}"#
            ),
        )
    };
    let mut deliveries = [
        "conversation-started",
        "message-received",
        "ticket-created",
        "ticket-assigned",
        "ticket-resolved",
        "escalation-triggered",
    ]
    .map(conversation)
    .to_vec();
    deliveries.push(agent("agent-assigned", "ASSIGNED"));
    deliveries.push(agent("agent-released", "WAITING"));
    deliveries.push(agent("agent-resolved", "RESOLVED"));
    let target =
        Target::new("bloonio", BloonioChat, secrets::BLOONIO, deliveries).signed_in("x-bloonio-signature");
    let tenant = Some(HeaderName::from_static("x-bloonio-tenant-id"));
    Target { signs_time: true, repeat: REFUSED, tenant, ..target }
}

fn bithuman_session() -> Target {
    let delivery = |event: &'static str, data: &str| {
        let body = format!(
            r#"{{"agent_id":"agent_abc{{n}}","event_type":"{event}","data":{data},"timestamp":1705312200.0}}"#
        );
        Delivery::new(event, "/bithuman-session", body)
    };
    let deliveries = vec![
        delivery(
            "room.join",
            r#"{"room_name":"customer-support","participant_count":1,"session_id":"session_xyz789"}"#,
        ),
        delivery(
            "chat.push",
            r#"{"role":"user","message":"Hello, I need help with my order","session_id":"session_xyz789","timestamp":1705312285.0}"#,
        ),
        delivery("test", "{}"),
    ];
    Target::new("bithuman-session", BitHumanSession::signed(), secrets::BITHUMAN_SESSION, deliveries)
        .signed_in("x-bithuman-signature")
}

fn bithuman_account() -> Target {
    let delivery = |event: &'static str| {
        let body = format!(r#"{{"id":"evt_{{n}}","event":"{event}","created":1780417371,"data":{{}}}}"#);
        Delivery::new(event, "/bithuman-account", body)
            .header("X-BitHuman-Event", event)
            .header("X-BitHuman-Delivery", "evt_{n}")
    };
    let deliveries =
        ["agent.ready", "agent.failed", "video.completed", "video.failed", "ping"].map(delivery).to_vec();
    let target = Target::new("bithuman-account", BitHumanAccount, secrets::BITHUMAN_ACCOUNT, deliveries)
        .signed_in("x-bithuman-signature");
    Target { signs_time: true, repeat: ACKNOWLEDGED, ..target }
}

fn chatzuri() -> Target {
    let message = |channel: &str, payload: &str| {
        let body = format!(
            r#"{{"eventType":"message.received","channel":"{channel}","agentId":"agent_abc{{n}}","payload":{payload}}}"#
        );
        Delivery::new("message.received", "/chatzuri", body)
    };
    let newer = |event: &'static str| {
        let body = format!(
            r#"{{"event":"{event}","timestamp":"2026-04-26T08:30:14Z","agent_id":"agt_abc{{n}}","data":{{"name":"Sarah","email":"sarah@example.com","phone":"+254700000000","channel":"website"}}}}"#
        );
        Delivery::new(event, "/chatzuri", body)
    };
    let mut deliveries = vec![
        Delivery::new(
            "lead.submit",
            "/chatzuri",
            r#"{"eventType":"lead.submit","agentId":"agent_abc{n}","payload":{"conversationId":"conv_xyz","customerEmail":"sarah@example.com","customerName":"Sarah","customerPhone":"+254700000000"}}"#,
        ),
        message("whatsapp", r#"{"from":"+1234567890","message":"Hello","conversationId":"conv_xyz"}"#),
        message(
            "telegram",
            r#"{"chatId":123456789,"username":"john_doe","message":"Hello","conversationId":"conv_xyz"}"#,
        ),
        message(
            "facebook",
            r#"{"senderId":"fb_user_123","pageId":"fb_page_456","message":"Hello","conversationId":"conv_xyz"}"#,
        ),
        message("instagram", r#"{"senderId":"ig_user_789","message":"Hello","conversationId":"conv_xyz"}"#),
        message(
            "email",
            r#"{"from":"customer@example.com","subject":"Order","message":"Hello","conversationId":"conv_xyz"}"#,
        ),
        message(
            "web",
            r#"{"sessionId":"session_abc","message":"Hello","conversationId":"conv_xyz","pageUrl":"https://example.com/pricing"}"#,
        ),
    ];
    deliveries.extend(
        [
            "lead.submit",
            "message.received",
            "message.sent",
            "conversation.started",
            "conversation.ended",
            "feedback.submitted",
            "escalation.triggered",
        ]
        .map(newer),
    );
    let target = Target::new("chatzuri", Chatzuri::sha256(), secrets::CHATZURI, deliveries)
        .signed_in("x-chatzuri-signature");
    Target { refusal: 400, ..target }
}

fn blooio() -> Target {
    let v4 = |event: &'static str| {
        let body = format!(
            r#"{{"id":"evt_{{n}}","type":"{event}","created_at":1718000000000,"organization_id":"org_1","data":{{}}}}"#
        );
        Delivery::new(event, "/blooio", body).header("X-Blooio-Event", event)
    };
    let v2 = |event: &'static str| {
        let body = format!(
            r#"{{"event":"{event}","message_id":"msg_{{n}}","external_id":"+15550100","status":"sent","protocol":"imessage","timestamp":1718000000000,"is_group":false}}"#
        );
        Delivery::new(event, "/blooio", body).header("X-Blooio-Event", event)
    };
    let mut deliveries = [
        "message.received",
        "message.queued",
        "message.pending",
        "message.sent",
        "message.delivered",
        "message.failed",
        "message.read",
        "message.reaction",
        "poll.created",
        "poll.received",
        "poll.voted",
        "group.name_changed",
        "group.icon_changed",
        "contact.shared",
        "contact.merged",
        "typing.started",
        "typing.stopped",
    ]
    .map(v4)
    .to_vec();
    deliveries.extend(["message.received", "message.sent"].map(v2));
    let target = Target::new("blooio", Blooio, secrets::BLOOIO, deliveries).signed_in("x-blooio-signature");
    Target { signs_time: true, repeat: ACKNOWLEDGED, ..target }
}

fn blinger() -> Target {
    const USER: &str = r#"{"user_id":374,"role":"default","title":"Ann Example","avatar":"https://example.com/no-user.png","status":"enabled","application":"vk","service_user_id":"101","date_created":1513262192}"#;
    let conversation = |event: &'static str, status: &str, more: &str| {
        let body = format!(
            r#"{{"webhook":"{event}","conversation":{{"id":{{n}},"application":"telegrambot","status":"{status}","date_created":1513351579,"date_updated":1513353161,"from_user":{USER}{more}}}}}"#
        );
        Delivery::new(event, "/blinger", body)
    };
    let operator = r#","operator":{"id":11,"name":"Supervisor","email":"supervisor@example.com"}"#;
    let closed = format!(r#"{operator},"messages":[],"tags":[],"close_group":{{"title":"Duplicate"}}"#);
    let exchange = |event: &'static str, kind: &str, more: &str| {
        let body = format!(
            r#"{{"webhook":"{event}","from_user_id":481,"to_user_id":542,"{kind}_id":{{n}},"{kind}_blinger_id":4627,"conversation_id":173,"conversation_token":"AAAA","operator":{{"id":null,"name":null,"email":null}},"from_user":{USER},"to_user":{USER},"{kind}":{{"id":546,"from_user_id":481,"to_user_id":542,"type":"text","application":"vk","date_created":1513338128,"message":"test"{more}}}}}"#
        );
        Delivery::new(event, "/blinger", body)
    };
    let tags = r#","tags":["tag1","tag2"]"#;
    let post = r#","reply_comment_id":544,"post_id":"123123","post_url":"https://example.com/1","post_title":"A post""#;
    let deliveries = vec![
        conversation("on_conversation_unassigned", "unassigned", ""),
        conversation("on_conversation_assigned", "inbox", operator),
        conversation("on_conversation_closed", "closed", &closed),
        exchange("on_message_incoming", "message", tags),
        exchange("on_message_outgoing", "message", tags),
        exchange("on_comment_incoming", "comment", post),
        exchange("on_comment_outgoing", "comment", post),
        Delivery::new(
            "on_user_new",
            "/blinger",
            r#"{"webhook":"on_user_new","user":{"id":{n},"blinger_user_id":374,"name":"Ann Example","avatar":"https://example.com/no-user.png","application":"telegrambot","service_user_id":"101","date_created":1513262192}}"#,
        ),
    ];
    // The secret is the path's last segment.
    let target = Target::new("blinger", Blinger::secret_path(), secrets::BLINGER, deliveries);
    Target { signs_body: false, forged_secret: "what-the-forger-guessed-for-a-path", ..target }
}
