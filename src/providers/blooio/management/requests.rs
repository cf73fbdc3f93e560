//! The calls, as requests.
use super::NewWebhook;
use crate::key::{Algorithm, KeyError, Secret};
use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use zeroize::Zeroizing;

/// Builds the calls, each as an `http::Request` for `https://api.blooio.com/v4` with the API key as its bearer token.
///
/// `Debug` does not show the key, and it is wiped on drop. In the requests it is a header marked as sensitive, which is
/// not wiped.
///
/// ```
/// use tower_webhook::providers::blooio::management::{Page, Requests};
///
/// # fn main() -> Result<(), tower_webhook::providers::blooio::management::RequestError> {
/// let requests = Requests::new("bl_live_of_the_dashboard")?;
/// let request = requests.list_deliveries("wh_a1b2c3d4", &Page::new().limit(200)?)?;
/// assert_eq!(request.uri(), "https://api.blooio.com/v4/webhooks/wh_a1b2c3d4/deliveries?limit=200");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Requests {
    authorization: Zeroizing<String>,
}

const BASE: &str = "https://api.blooio.com/v4/webhooks";

/// What an id is written with in a path: all but the characters that RFC 3986 does not reserve.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Requests {
    /// With the API key of the dashboard, `bl_live_..`.
    ///
    /// # Errors
    /// If it is empty, blank, surrounded by white space, only the prefix, or not visible ASCII.
    pub fn new(api_key: &str) -> Result<Self, RequestError> {
        // It is no key of ours, but what makes a secret unusable is the same.
        Secret::text().prefix("bl_live_").key(Algorithm::Token, api_key).map_err(RequestError::ApiKey)?;
        if !api_key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(RequestError::ApiKey(KeyError::Undecodable { expected: "visible ASCII" }));
        }
        Ok(Self { authorization: Zeroizing::new(format!("Bearer {api_key}")) })
    }

    /// `POST /webhooks`: answered 201, with a [`CreatedWebhook`](super::CreatedWebhook).
    ///
    /// # Errors
    /// As [`RequestError`] says.
    pub fn create_webhook(&self, webhook: &NewWebhook) -> Result<Request<Bytes>, RequestError> {
        let body = serde_json::to_vec(webhook).map_err(|_| RequestError::Unfit)?;
        let mut request = self.request(Method::POST, BASE.to_owned(), body.into())?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    /// `POST /webhooks/{webhookId}/secret/rotate`: answered 200, with a [`RotatedSecret`](super::RotatedSecret). The
    /// old secret is void at once.
    ///
    /// # Errors
    /// As [`RequestError`] says.
    pub fn rotate_secret(&self, webhook_id: &str) -> Result<Request<Bytes>, RequestError> {
        let target = format!("{BASE}/{}/secret/rotate", segment(webhook_id)?);
        self.request(Method::POST, target, Bytes::new())
    }

    /// `GET /webhooks/{webhookId}/deliveries`: answered 200, with a [`DeliveryPage`](super::DeliveryPage).
    ///
    /// # Errors
    /// As [`RequestError`] says.
    pub fn list_deliveries(&self, webhook_id: &str, page: &Page) -> Result<Request<Bytes>, RequestError> {
        let mut target = format!("{BASE}/{}/deliveries", segment(webhook_id)?);
        let query = page.query();
        if !query.is_empty() {
            target.push('?');
            target.push_str(&query);
        }
        self.request(Method::GET, target, Bytes::new())
    }

    /// `POST /webhooks/{webhookId}/deliveries/{deliveryId}/replay`: answered 201, with a
    /// [`ReplayedDelivery`](super::ReplayedDelivery).
    ///
    /// # Errors
    /// As [`RequestError`] says.
    pub fn replay_delivery(
        &self,
        webhook_id: &str,
        delivery_id: &str,
    ) -> Result<Request<Bytes>, RequestError> {
        let (webhook, delivery) = (segment(webhook_id)?, segment(delivery_id)?);
        self.request(Method::POST, format!("{BASE}/{webhook}/deliveries/{delivery}/replay"), Bytes::new())
    }

    fn request(&self, method: Method, target: String, body: Bytes) -> Result<Request<Bytes>, RequestError> {
        let uri = Uri::try_from(target).map_err(|_| RequestError::Unfit)?;
        let mut authorization =
            HeaderValue::try_from(&**self.authorization).map_err(|_| RequestError::Unfit)?;
        authorization.set_sensitive(true);
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        request.headers_mut().insert(AUTHORIZATION, authorization);
        Ok(request)
    }
}

/// An id as one segment of a path, whatever it consists of.
fn segment(id: &str) -> Result<impl fmt::Display + '_, RequestError> {
    // Dots alone are a step in the path, even when they are percent-encoded.
    if matches!(id, "" | "." | "..") {
        return Err(RequestError::Id);
    }
    Ok(utf8_percent_encode(id, SEGMENT))
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").finish_non_exhaustive()
    }
}

/// Which part of a list is asked for. By default its beginning, of which Blooio returns 50 entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Page {
    limit: Option<u8>,
    cursor: Option<String>,
}

impl Page {
    /// The beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries to return at most: 1 to 200.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn limit(mut self, entries: u8) -> Result<Self, RequestError> {
        if !(1..=200).contains(&entries) {
            return Err(RequestError::Limit { entries });
        }
        self.limit = Some(entries);
        Ok(self)
    }

    /// Goes on where the page before ended: its [`next_cursor`](super::DeliveryPage::next_cursor).
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.limit.map(|limit| ("limit", limit.to_string())));
        query.extend_pairs(self.cursor.as_ref().map(|cursor| ("cursor", cursor)));
        query.finish()
    }
}

/// Why there is no request. Nothing has been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The API key cannot be one.
    ApiKey(KeyError),
    /// The endpoint's URL does not begin with `https://`.
    UrlNotHttps,
    /// The endpoint's URL does not parse, has no host, or has a fragment.
    MalformedUrl,
    /// The list of event types is empty.
    NoEventTypes,
    /// An id is empty, or consists of dots that would be a step in the path.
    Id,
    /// A page has 1 to 200 entries.
    Limit {
        /// How many were asked for.
        entries: u8,
    },
    /// Something is so long that it does not fit into a URL.
    Unfit,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKey(_) => f.write_str("the API key is unusable"),
            Self::UrlNotHttps => f.write_str("the endpoint's URL does not begin with `https://`"),
            Self::MalformedUrl => {
                f.write_str("the endpoint's URL does not parse, or has no host, or a fragment")
            }
            Self::NoEventTypes => f.write_str("there are no event types to subscribe to"),
            Self::Id => f.write_str("an id is empty, or a step in the path"),
            Self::Limit { entries } => write!(f, "a page has 1 to 200 entries, not {entries}"),
            Self::Unfit => f.write_str("an id or cursor is too long for a URL"),
        }
    }
}

impl std::error::Error for RequestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::ApiKey(error) => Some(error),
            _ => None,
        }
    }
}
