//! The names of Blooio's events.
use crate::providers::text_enum::text_enum;

text_enum! {
    /// The name of an event.
    ///
    /// These are published for v4, on [Webhooks](https://docs.blooio.com/webhooks) and, [`MessagePending`] and
    /// [`ContactMerged`] only there, in [its OpenAPI export](https://api.blooio.com/v4/openapi.json). v2 knows
    /// `message.received`, `message.sent`, `message.delivered`, `message.failed` and `message.read`. Others are seen in
    /// the field (`safety.state_changed`, `number.removed`), and survive as [`Other`].
    ///
    /// [`MessagePending`]: Self::MessagePending
    /// [`ContactMerged`]: Self::ContactMerged
    /// [`Other`]: Self::Other
    ///
    /// ```
    /// use tower_webhook::providers::blooio::EventType;
    ///
    /// assert_eq!(EventType::from("message.read"), EventType::MessageRead);
    /// assert_eq!(EventType::from("number.removed").as_str(), "number.removed");
    /// ```
    EventType {
        /// `message.received`
        MessageReceived = "message.received",
        /// `message.queued`
        MessageQueued = "message.queued",
        /// `message.pending`
        MessagePending = "message.pending",
        /// `message.sent`
        MessageSent = "message.sent",
        /// `message.delivered`
        MessageDelivered = "message.delivered",
        /// `message.failed`
        MessageFailed = "message.failed",
        /// `message.read`
        MessageRead = "message.read",
        /// `message.reaction`
        MessageReaction = "message.reaction",
        /// `poll.created`
        PollCreated = "poll.created",
        /// `poll.received`
        PollReceived = "poll.received",
        /// `poll.voted`
        PollVoted = "poll.voted",
        /// `group.name_changed`
        GroupNameChanged = "group.name_changed",
        /// `group.icon_changed`
        GroupIconChanged = "group.icon_changed",
        /// `contact.shared`
        ContactShared = "contact.shared",
        /// `contact.merged`
        ContactMerged = "contact.merged",
        /// `typing.started`
        TypingStarted = "typing.started",
        /// `typing.stopped`
        TypingStopped = "typing.stopped",
    }
}
