//! A subscription that waits to be confirmed.
use serde::Deserialize;
use std::fmt;

/// A subscription, or the end of one, that waits to be confirmed; of the topics that the endpoint expects.
///
/// Confirm a `SubscriptionConfirmation` with both of these by the action
/// [`ConfirmSubscription`](https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html), of Amazon's SDK for
/// instance, while the token is valid: two days, or three by an older document. An `UnsubscribeConfirmation` tells that the
/// subscription has ended: confirming *that* restores it.
///
/// ```
/// use tower_webhook::{TaggedEvent, providers::sns::Confirmation};
///
/// #[derive(serde::Deserialize)]
/// enum FromSns {
///     Notification(serde_json::Value),
///     SubscriptionConfirmation(Confirmation),
///     UnsubscribeConfirmation(Confirmation),
/// }
///
/// async fn on_message(TaggedEvent(event): TaggedEvent<FromSns>) {
///     match event {
///         FromSns::Notification(message) => println!("{message}"),
///         FromSns::SubscriptionConfirmation(Confirmation { topic_arn, token, .. }) => {
///             // .. client.confirm_subscription().topic_arn(topic_arn).token(token).send().await
///             # let _ = (topic_arn, token);
///         }
///         FromSns::UnsubscribeConfirmation(_) => println!("unsubscribed"),
///     }
/// }
/// # let _ = on_message;
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Confirmation {
    /// The topic.
    pub topic_arn: String,
    /// What confirms it. Whoever has it can.
    pub token: String,
}

impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation").field("topic_arn", &self.topic_arn).finish_non_exhaustive()
    }
}
