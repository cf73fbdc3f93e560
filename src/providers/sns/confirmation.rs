//! A subscription that waits to be confirmed.
use super::is_region;
use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use std::fmt;

/// A subscription, or the end of one, that waits to be confirmed; of the topics that the endpoint expects.
///
/// Confirm a `SubscriptionConfirmation` with both of these by the action
/// [`ConfirmSubscription`](https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html), of Amazon's SDK for
/// instance, or by the [`request`](Self::request), while the token is valid: two days, or three by an older document. An
/// `UnsubscribeConfirmation` tells that the subscription has ended: confirming *that* restores it.
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

impl Confirmation {
    /// The request that confirms it, for any HTTPS client: a GET to SNS in the topic's region, with no credentials. It is
    /// made of the topic and the token, and never of a URL that was sent. `None` if the topic is in no region of a kind
    /// that this crate knows (`aws`, `aws-us-gov`, `aws-cn`).
    ///
    /// ```
    /// use tower_webhook::providers::sns::Confirmation;
    ///
    /// let sent = r#"{"TopicArn":"arn:aws:sns:eu-central-1:123456789012:orders","Token":"2336"}"#;
    /// let confirmation: Confirmation = serde_json::from_str(sent).unwrap();
    /// let request = confirmation.request().unwrap();
    /// assert_eq!(request.uri().host(), Some("sns.eu-central-1.amazonaws.com"));
    /// ```
    #[must_use]
    pub fn request(&self) -> Option<Request<Bytes>> {
        let arn: Vec<&str> = self.topic_arn.splitn(6, ':').collect();
        let ["arn", partition, "sns", region, _, _] = *arn else { return None };
        let domain = match partition {
            "aws" | "aws-us-gov" => "amazonaws.com",
            "aws-cn" => "amazonaws.com.cn",
            _ => return None,
        };
        if !is_region(region) {
            return None;
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("Action", "ConfirmSubscription");
        query.append_pair("TopicArn", &self.topic_arn).append_pair("Token", &self.token);
        Request::get(format!("https://sns.{region}.{domain}/?{}", query.finish())).body(Bytes::new()).ok()
    }
}

impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation").field("topic_arn", &self.topic_arn).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Confirmation;

    fn uri(topic_arn: &str, token: &str) -> Option<String> {
        let confirmation = Confirmation { topic_arn: topic_arn.into(), token: token.into() };
        Some(confirmation.request()?.uri().to_string())
    }

    #[test]
    fn t10_a_confirmation_goes_to_the_topics_region_and_nowhere_else() {
        assert_eq!(
            uri("arn:aws:sns:us-west-2:123456789012:MyTopic", "23&x=36").as_deref(),
            Some(
                "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription\
                 &TopicArn=arn%3Aaws%3Asns%3Aus-west-2%3A123456789012%3AMyTopic&Token=23%26x%3D36"
            )
        );
        let host = |arn: &str| uri(arn, "t").map(|uri| uri.split('/').nth(2).unwrap_or_default().to_owned());
        let china = host("arn:aws-cn:sns:cn-north-1:123456789012:t");
        assert_eq!(china.as_deref(), Some("sns.cn-north-1.amazonaws.com.cn"));
        let government = host("arn:aws-us-gov:sns:us-gov-west-1:123456789012:t");
        assert_eq!(government.as_deref(), Some("sns.us-gov-west-1.amazonaws.com"));
        for elsewhere in [
            "",
            "arn:aws:sns:us-west-2:123456789012",
            "arn:aws:sqs:us-west-2:123456789012:t",
            "arn:other:sns:us-west-2:123456789012:t",
            "arn:aws:sns::123456789012:t",
            "arn:aws:sns:example.com/us-west-2:123456789012:t",
            "arn:aws:sns:evil.us-west-2:123456789012:t",
            "arn:aws:sns:us-west-2@evil-1:123456789012:t",
        ] {
            assert_eq!(uri(elsewhere, "t"), None, "{elsewhere}");
        }
    }
}
