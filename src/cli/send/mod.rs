//! A signed delivery, posted or printed.
mod curl;
mod delivery;
mod secret;

use super::{
    FAILURE, Failure, SUCCESS, Streams,
    arguments::{Print, Send},
};
use crate::{
    fetch::{Client, Fetch as _},
    providers::{Options, by_name},
    time::{Clock as _, SystemClock},
};
use bytes::Bytes;
use http::{Request, Response, Uri, uri};
use std::{fs, path::Path, time::Duration};

pub(super) fn run(arguments: &Send, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let name = &arguments.provider;
    let provider = by_name(name).ok_or_else(|| {
        Failure::Usage(format!(
            "there is no provider {name:?}: `tower-webhook providers` lists those that there are"
        ))
    })?;
    let url = url(&arguments.url)?;
    let options = options(&arguments.option)?;
    let scheme = provider
        .scheme(&options)
        .map_err(|error| Failure::Usage(format!("{}: {error}: see `-o NAME=VALUE`", provider.name())))?;
    let secret = secret::read(arguments, streams)?;
    let key = scheme.signing_key(&secret).map_err(|error| {
        Failure::Usage(format!("this is no signing key of {}: {error}", provider.title()))
    })?;
    let data = arguments.data.as_deref().map(|path| data(path, streams)).transpose()?;
    let request = delivery::unsigned(&*scheme, url, &arguments.header, arguments.event.as_deref(), data)?;
    let now =
        SystemClock.now().ok_or_else(|| Failure::Failed("the clock cannot tell the time".to_owned()))?;
    let request = delivery::signed(&*scheme, request, &key, now)?;
    match arguments.print {
        Some(Print::Curl) => {
            streams.print(curl::command(&request, arguments.timeout).as_bytes()).map(|()| SUCCESS)
        }
        None => {
            let answer = post(request, Duration::from_secs(arguments.timeout))?;
            streams.print(shown(&answer).as_bytes())?;
            Ok(if answer.status().is_success() { SUCCESS } else { FAILURE })
        }
    }
}

fn url(text: &str) -> Result<Uri, Failure> {
    let wrong = || Failure::Usage(format!("{text:?} is no URL like https://example.com/hooks"));
    let url: Uri = text.parse().map_err(|_| wrong())?;
    let is_http = [Some(&uri::Scheme::HTTP), Some(&uri::Scheme::HTTPS)].contains(&url.scheme());
    let host = url.authority().filter(|authority| !authority.host().is_empty());
    if !is_http || host.is_none_or(|authority| authority.as_str().contains('@')) {
        return Err(wrong());
    }
    Ok(url)
}

fn options(given: &[String]) -> Result<Options, Failure> {
    let options: Option<Vec<(&str, &str)>> = given.iter().map(|option| option.split_once('=')).collect();
    match options {
        Some(options) => Ok(options.into_iter().collect()),
        None => Err(Failure::Usage("an option is not of the form NAME=VALUE".to_owned())),
    }
}

fn data(path: &Path, streams: &mut Streams<'_>) -> Result<Bytes, Failure> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        streams.stdin.read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let read = read.map_err(|error| Failure::Usage(format!("cannot read `{}`: {error}", path.display())))?;
    Ok(read.into())
}

fn post(request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Failed(format!("nothing was delivered: {error}"));
    let is_https = request.uri().scheme() == Some(&uri::Scheme::HTTPS);
    let client = Client::for_posting(is_https, timeout).map_err(|error| failed(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&error))?;
    runtime
        .block_on(client.fetch(request))
        .map_err(|error| Failure::Failed(format!("the receiver did not answer: {error}")))
}

/// The answer, for a terminal: whoever sent it may want to write on that.
fn shown(answer: &Response<Bytes>) -> String {
    let status = answer.status();
    let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let mut text = format!("{}{reason}\n", status.as_u16());
    for letter in String::from_utf8_lossy(answer.body()).chars() {
        match letter {
            '\n' | '\t' => text.push(letter),
            _ if letter.is_control() => text.extend(letter.escape_default()),
            _ => text.push(letter),
        }
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_cannot_write_on_the_terminal() {
        let mut answer = Response::new(Bytes::from_static(b"a\x1b[2J\r\nb"));
        assert_eq!(shown(&answer), "200 OK\na\\u{1b}[2J\\r\nb\n");
        answer = Response::builder().status(599).body(Bytes::new()).unwrap_or_default();
        assert_eq!(shown(&answer), "599\n");
    }

    #[test]
    fn urls() {
        assert!(url("http://localhost:8080/x?y=1").is_ok() && url("https://[::1]/").is_ok());
        for wrong in
            ["", "/x", "localhost", "ftp://a.com/", "https://user@a.com/", "https:///x", "https://a b/"]
        {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
