//! bitHuman: two kinds of webhooks, which share the name of a header and nothing else.
//!
//! | | session webhooks | account webhooks |
//! | --- | --- | --- |
//! | scheme | [`BitHumanSession`] | [`BitHumanAccount`] |
//! | tells of | a conversation, as it happens | work that has finished: agents, videos |
//! | set up | dashboard, Developer → Webhooks | `POST /v1/webhooks` |
//! | signed | the body; or nothing, and a shared header stands in | `{timestamp}.{body}` |
//! | events | [`SessionEvent`] | [`AccountEvent`] |
//!
//! # Two routes, two secrets
//!
//! Header names have no case, so that `X-bitHuman-Signature` of the one and `X-BitHuman-Signature` of the other are the
//! same header. A request that carries `X-BitHuman-Timestamp` looks like an account delivery; but the header is not
//! signed in a session delivery, so it must not choose the recipe, and here it does not: the route's scheme does.
//!
//! The secrets must differ. What signs the text `1780417371.{"id":..}` for an account delivery is also a signature of
//! a session delivery whose body is that text. Whoever captures one account delivery could send it to the session's
//! route, and under the same secret it would verify there. It is no JSON, so that no typed event comes of it (422); a
//! handler that reads the bytes would be handed them. With two secrets it is refused as any forgery. The other way
//! round there is no such text: a session's body begins with a brace, and a time with a digit.
//!
//! # In development
//!
//! bitHuman calls HTTPS URLs only, and refuses private addresses: the page's way to a machine at home is a tunnel,
//! `ngrok http 3000`, whose HTTPS URL goes into the dashboard. Its request for trying by hand is signed
//! `X-bitHuman-Signature: sha256=test`. That is no signature, and is refused: 401 with `{"error":"Invalid signature"}`
//! is what a correct endpoint answers to it. To send one that is accepted, sign it:
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use tower_webhook::{Scheme, providers::BitHumanSession, time::{Clock, SystemClock}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let scheme = BitHumanSession::signed();
//! let mut request = Request::post("https://your-app.example.com/bithuman").body(Bytes::from_static(
//!     br#"{"agent_id":"test_agent","event_type":"test","data":{},"timestamp":1705312200.0}"#,
//! ))?;
//! let now = SystemClock.now().ok_or("no clock")?;
//! scheme.sign(&mut request, &scheme.signing_key("your-webhook-secret")?, now)?;
//! assert!(request.headers().contains_key("x-bithuman-signature"));
//! # Ok(())
//! # }
//! ```
//!
//! # When it does not work
//!
//! | what is seen | what to do |
//! | --- | --- |
//! | the signature does not match | compare the secret; see whether something between bitHuman and here rewrites the body: the raw bytes are signed |
//! | the signature's header is missing | the newest page says that session deliveries are not signed: use a shared header, see [`BitHumanSession`] |
//! | deliveries time out | answer at once and work later: hand the event to a queue or a task, and return |
//! | 404 | compare the endpoint's URL under Developer → Webhooks |
//! | 405, or an empty body | a redirect may have made a GET of the POST: enter the URL that it leads to |
//! | TLS errors | the URL needs a valid certificate; plain HTTP is never called |
mod account;
mod account_event;
mod session;
mod session_event;

pub use self::{
    account::BitHumanAccount,
    account_event::{
        Account, AccountEvent, AgentFailed, AgentReady, VideoCompleted, VideoError, VideoFailed,
    },
    session::BitHumanSession,
    session_event::{ChatPush, Role, RoomJoin, Session, SessionEvent},
};
pub(super) use self::{account::PROVIDER as ACCOUNT, session::PROVIDER as SESSION};

use crate::scheme::{Answer, Answers};
use http::{HeaderName, StatusCode};

/// Of both kinds, in any case.
const SIGNATURE: HeaderName = HeaderName::from_static("x-bithuman-signature");

/// What the session page's samples answer. The account page prints no bodies.
const ANSWERS: Answers = Answers::new()
    .refusal(Answer::json(StatusCode::UNAUTHORIZED, r#"{"error":"Invalid signature"}"#))
    .acknowledgement(Answer::json(StatusCode::OK, r#"{"status":"ok"}"#));
