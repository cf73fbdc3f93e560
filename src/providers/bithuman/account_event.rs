//! What bitHuman's account webhooks tell.
use serde::Deserialize;
use serde_json::{Map, Value};

/// An event of the account; for [`TaggedEvent`](crate::TaggedEvent) and
/// [`Verified::parse_tagged`](crate::Verified::parse_tagged).
///
/// The page publishes no schema of the data. The fields that it names are typed, and all are optional; what else there
/// is stands in `other`.
///
/// ```
/// # #[cfg(feature = "axum")] mod example {
/// use http::StatusCode;
/// use tower_webhook::{TaggedEvent, providers::bithuman::AccountEvent};
///
/// async fn on_account(TaggedEvent(event): TaggedEvent<AccountEvent>) -> StatusCode {
///     match event {
///         AccountEvent::AgentReady(ready) => println!("{:?} can be talked to", ready.data.agent_id),
///         AccountEvent::AgentFailed(failed) => println!("no agent: {}", failed.data.error),
///         AccountEvent::VideoCompleted(video) => println!("{:?}", video.data.video_url),
///         _ => {}
///     }
///     StatusCode::OK
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub enum AccountEvent {
    /// `agent.ready`: an agent is generated, and ready for use.
    #[serde(rename = "agent.ready")]
    AgentReady(Account<AgentReady>),
    /// `agent.failed`: an agent could not be generated.
    #[serde(rename = "agent.failed")]
    AgentFailed(Account<AgentFailed>),
    /// `video.completed`: a video is rendered.
    #[serde(rename = "video.completed")]
    VideoCompleted(Account<VideoCompleted>),
    /// `video.failed`: a video could not be rendered; the charge is refunded.
    #[serde(rename = "video.failed")]
    VideoFailed(Account<VideoFailed>),
    /// `ping`: sent by `POST /v1/webhooks/{id}/test` only.
    #[serde(rename = "ping")]
    Ping(Account<Value>),
    /// An event that the page does not list, of which it announces more: the whole payload.
    #[serde(rename = "*")]
    Other(Value),
}

/// What every account event says, and its data.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Account<T> {
    /// The delivery's id: `evt_..`.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// When it happened, in seconds since the Unix epoch.
    pub created: i64,
    /// What is particular to the event.
    #[serde(default)]
    pub data: T,
}

/// The data of `agent.ready`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AgentReady {
    /// The agent.
    pub agent_id: Option<String>,
    /// The agent's code: in the page's example, the same.
    pub code: Option<String>,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The data of `agent.failed`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AgentFailed {
    /// The reason. Whether it is a text or an object is not published.
    #[serde(default)]
    pub error: Value,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The data of `video.completed`: what `GET /v1/video/{job_id}` answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct VideoCompleted {
    /// The job.
    pub job_id: Option<String>,
    /// The job's status.
    pub status: Option<String>,
    /// The model that rendered it.
    pub model: Option<String>,
    /// Where the video is.
    pub video_url: Option<String>,
    /// How long the video is, in seconds.
    pub duration_seconds: Option<f64>,
    /// What was charged for it, in credits.
    pub credits_charged: Option<f64>,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The data of `video.failed`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct VideoFailed {
    /// What went wrong.
    pub error: Option<VideoError>,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Why a video could not be rendered.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct VideoError {
    /// The reason.
    pub message: Option<String>,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
