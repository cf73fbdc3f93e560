//! One GET, as key providers make it.
use super::{Fetch, FetchError};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header::ACCEPT};
use std::{error::Error, fmt};

/// What lies under `url`, if the answer is 200 and nothing else.
pub(crate) async fn get(fetch: &dyn Fetch, url: &Uri, accept: HeaderValue) -> Result<Bytes, FetchError> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = url.clone();
    request.headers_mut().insert(ACCEPT, accept);
    let answer = fetch.fetch(request).await?;
    match answer.status() {
        StatusCode::OK => Ok(answer.into_body()),
        status if status.is_redirection() => Err(FetchError::Redirected { status }),
        status => Err(FetchError::Status { status }),
    }
}

/// Why there are no keys under a URL.
#[derive(Debug)]
pub(crate) struct NotFetched {
    pub(crate) url: Uri,
    pub(crate) error: FetchError,
}

impl fmt::Display for NotFetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, error } = self;
        write!(f, "{url}: {error}")
    }
}

impl Error for NotFetched {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
