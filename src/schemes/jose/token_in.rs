//! Where a request carries a token.
use crate::{
    event::json_texts,
    scheme::{CannotSign, Head, Refusal},
    schemes::token::{append_query, authorization},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header::AUTHORIZATION};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Where a request carries its token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenIn {
    /// The whole value of a header.
    Header(HeaderName),
    /// `Authorization`, behind this word in any case, and a space: `Bearer`, at times `JWT`.
    Authorization(&'static str),
    /// A query parameter. Queries are written into access logs.
    Query(&'static str),
    /// The whole body: what is signed is in the token.
    Body,
    /// A key at the top of the JSON body, or keys from its top down, as `/event/token`. Nothing else in the body is
    /// signed, nor is it looked at.
    Json(&'static str),
}

/// A head of usual size has no room for a longer one.
const MAX_IN_HEAD: usize = 16 << 10;

impl TokenIn {
    /// `Authorization: Bearer {token}`.
    #[must_use]
    pub const fn bearer() -> Self {
        Self::Authorization("Bearer")
    }

    pub(in crate::schemes) fn is_in_body(&self) -> bool {
        match self {
            Self::Body | Self::Json(_) => true,
            Self::Header(_) | Self::Authorization(_) | Self::Query(_) => false,
        }
    }

    /// The token; `None` if it is in the body, and that is not here yet.
    pub(in crate::schemes) fn read<'a>(
        &self,
        head: &Head<'a>,
        body: Option<&'a Bytes>,
    ) -> Result<Option<Cow<'a, str>>, Refusal> {
        let token = match self {
            Self::Header(name) => Cow::Borrowed(head.one(name)?),
            Self::Authorization(word) => Cow::Borrowed(authorization(head, word)?),
            Self::Query(parameter) => head.query(parameter)?,
            Self::Body | Self::Json(_) => return body.map(|body| self.read_body(body)).transpose(),
        };
        if token.len() > MAX_IN_HEAD {
            return Err(Refusal::MalformedToken("it is too long".into()));
        }
        Ok(Some(token))
    }

    fn read_body<'a>(&self, body: &'a [u8]) -> Result<Cow<'a, str>, Refusal> {
        let wrong = |what: &'static str| Refusal::MalformedBody(what.into());
        match self {
            Self::Json(path) => {
                let [token] = json_texts(body, [path])?;
                token.ok_or_else(|| wrong("there is no token in it"))
            }
            _ => std::str::from_utf8(body).map(Cow::Borrowed).map_err(|_| wrong("it is no token")),
        }
    }

    /// Puts the token where it belongs.
    pub(in crate::schemes) fn write(
        &self,
        request: &mut Request<Bytes>,
        token: String,
    ) -> Result<(), CannotSign> {
        match self {
            Self::Header(name) => write_header(request, name.clone(), token)?,
            Self::Authorization(word) => write_header(request, AUTHORIZATION, format!("{word} {token}"))?,
            Self::Query(parameter) => append_query(request, parameter, &token)?,
            Self::Body => *request.body_mut() = token.into(),
            Self::Json(path) => {
                let keys = path.strip_prefix('/').unwrap_or(path).rsplit('/');
                let around = |inside, key: &str| Value::Object(Map::from_iter([(key.to_owned(), inside)]));
                let body = keys.fold(Value::from(token), around);
                *request.body_mut() = body.to_string().into();
            }
        }
        Ok(())
    }
}

pub(in crate::schemes) fn write_header(
    request: &mut Request<Bytes>,
    name: HeaderName,
    value: String,
) -> Result<(), CannotSign> {
    let unfit = |_| CannotSign::new("the token does not fit into a header");
    request.headers_mut().insert(name, HeaderValue::try_from(value).map_err(unfit)?);
    Ok(())
}
