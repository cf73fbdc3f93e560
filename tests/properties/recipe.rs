//! Any description of what is signed: what it signs it accepts, and nothing that differs in a part of the text.
use crate::{
    common::{NOW, SECRET, SIGNATURE},
    holds,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, request::Parts};
use proptest::{collection::vec, prelude::*, sample::select};
use std::time::Duration;
use tower_webhook::{
    PublicUrl, RejectionKind as Kind, Scheme,
    encoding::Encoding,
    key::Digest,
    scheme::{Verdict, Verifier},
    schemes::{Field, Part, Signed},
    time::{Timestamp, Unit},
};

const ID: HeaderName = HeaderName::from_static("x-id");
const TIME: HeaderName = HeaderName::from_static("x-time");

/// A part of the text, each of which occurs once at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Method,
    Url,
    Id,
    Time(Unit),
    Body,
    Digest(Digest, Encoding),
}

impl Piece {
    fn part(self) -> Part {
        match self {
            Self::Method => Part::Method,
            Self::Url => Part::Url,
            Self::Id => Part::Header(ID),
            Self::Time(unit) => Part::Timestamp(Field::header(TIME), unit),
            Self::Body => Part::Body,
            Self::Digest(digest, encoding) => Part::BodyDigest(digest, encoding),
        }
    }
}

#[derive(Clone, Debug)]
struct Described {
    scheme: Signed,
    pieces: Vec<Piece>,
}

fn encoding() -> impl Strategy<Value = Encoding> {
    select(vec![Encoding::Hex, Encoding::Base64, Encoding::Base64Url])
}

fn described() -> impl Strategy<Value = Described> {
    let digest = select(vec![Digest::Sha1, Digest::Sha256, Digest::Sha512]);
    let pieces = (select(vec![Unit::Seconds, Unit::Milliseconds, Unit::Rfc3339]), digest, encoding())
        .prop_map(|(unit, digest, encoding)| {
            let time = Piece::Time(unit);
            vec![Piece::Method, Piece::Url, Piece::Id, time, Piece::Body, Piece::Digest(digest, encoding)]
        })
        .prop_shuffle()
        .prop_flat_map(|pieces| (1..=pieces.len()).prop_map(move |length| pieces[..length].to_vec()));
    let signature = select(vec![
        Field::header(SIGNATURE),
        Field::header(SIGNATURE).prefix("v1="),
        Field::header(SIGNATURE).list(',').prefix("v1="),
    ]);
    (0..3, signature, encoding(), pieces).prop_map(|(algorithm, signature, encoding, pieces)| {
        let scheme = match algorithm {
            0 => Signed::hmac_sha1("described", signature),
            1 => Signed::hmac_sha256("described", signature),
            _ => Signed::hmac_sha512("described", signature),
        };
        // Borders that none of the parts can have in it, but for the body, which comes last or once.
        let text = pieces.iter().flat_map(|piece| [piece.part(), Part::literal("\n")]);
        Described { scheme: scheme.encoding(encoding).text(text.collect::<Vec<_>>()), pieces }
    })
}

#[derive(Clone, Debug)]
struct Sent {
    id: String,
    path: String,
    at: Timestamp,
    body: Vec<u8>,
}

fn sent() -> impl Strategy<Value = Sent> {
    let at = (1_000_000_000_i64..4_000_000_000).prop_map(Timestamp::from_unix);
    let body = vec(any::<u8>(), 0..200);
    ("[!-~]{1,12}", "/[a-z]{0,6}(\\?[a-z=&%]{0,6})?", at, body).prop_map(|(id, path, at, body)| Sent {
        id,
        path,
        at,
        body,
    })
}

fn signed(scheme: &Signed, sent: &Sent) -> (Parts, Bytes) {
    let mut request = Request::post(format!("https://example.com{}", sent.path))
        .header(ID, &sent.id)
        .body(Bytes::from(sent.body.clone()))
        .unwrap();
    scheme.sign(&mut request, &scheme.signing_key(SECRET).unwrap(), sent.at).unwrap();
    request.into_parts()
}

/// As it arrives behind a proxy that everybody reaches by one name.
fn verdict(scheme: &Signed, parts: &Parts, body: &Bytes, now: Timestamp) -> Result<(), Kind> {
    let keys = scheme.key(SECRET).unwrap().into();
    let verifier = Verifier::new().public_url(PublicUrl::base("https://example.com"));
    match verifier.verify(scheme, parts, body, &keys, now) {
        Ok(Verdict::Deliver(verified)) => {
            assert_eq!(verified.body(), body);
            Ok(())
        }
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection.kind()),
    }
}

/// With one byte changed; of nothing, one byte more.
fn other_byte(bytes: &[u8], at: prop::sample::Index, mask: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.is_empty() {
        return vec![mask];
    }
    let at = at.index(bytes.len());
    bytes[at] ^= mask;
    bytes
}

#[test]
fn what_a_description_signs_it_accepts_and_nothing_else() {
    let thrown = (described(), sent(), any::<prop::sample::Index>(), 1_u8..=255);
    holds(1200, "description", thrown, |(described, sent, at, mask)| {
        let Described { scheme, pieces } = described;
        let has = |piece: &dyn Fn(&Piece) -> bool| pieces.iter().any(piece);
        let (parts, body) = signed(&scheme, &sent);
        prop_assert_eq!(verdict(&scheme, &parts, &body, sent.at), Ok(()));

        let changed = Bytes::from(other_byte(&body, at, mask));
        let is_covered = has(&|piece| matches!(piece, Piece::Body | Piece::Digest(..)));
        let expected = if is_covered { Err(Kind::SignatureMismatch) } else { Ok(()) };
        prop_assert_eq!(verdict(&scheme, &parts, &changed, sent.at), expected, "another body");
        let longer = Bytes::from([&body[..], &[mask]].concat());
        prop_assert_eq!(verdict(&scheme, &parts, &longer, sent.at), expected, "a longer body");

        let mut other = parts.clone();
        other.headers.insert(ID, HeaderValue::try_from(format!("{}x", sent.id)).unwrap());
        let expected = if has(&|piece| *piece == Piece::Id) { Err(Kind::SignatureMismatch) } else { Ok(()) };
        prop_assert_eq!(verdict(&scheme, &other, &body, sent.at), expected, "another id");

        let mut other = parts.clone();
        other.uri = format!("https://attacker.example{}x", sent.path).parse().unwrap();
        let expected = if has(&|piece| *piece == Piece::Url) { Err(Kind::SignatureMismatch) } else { Ok(()) };
        prop_assert_eq!(verdict(&scheme, &other, &body, sent.at), expected, "another URL");

        let with_put = scheme.clone().with_methods([Method::POST, Method::PUT]);
        let mut other = parts.clone();
        other.method = Method::PUT;
        prop_assert_eq!(verdict(&scheme, &other, &body, sent.at), Err(Kind::MethodNotAllowed));
        let expected =
            if has(&|piece| *piece == Piece::Method) { Err(Kind::SignatureMismatch) } else { Ok(()) };
        prop_assert_eq!(verdict(&with_put, &other, &body, sent.at), expected, "another method");

        if let Some(Piece::Time(unit)) = pieces.iter().find(|piece| matches!(piece, Piece::Time(_))) {
            let second = Duration::from_secs(1);
            let mut other = parts.clone();
            let later = unit.format(sent.at.saturating_add(second));
            other.headers.insert(TIME, HeaderValue::try_from(later).unwrap());
            prop_assert_eq!(
                verdict(&scheme, &other, &body, sent.at),
                Err(Kind::SignatureMismatch),
                "another time"
            );
            let tolerance = scheme.tolerance();
            let late = sent.at.saturating_add(tolerance);
            prop_assert_eq!(verdict(&scheme, &parts, &body, late), Ok(()));
            let stale = verdict(&scheme, &parts, &body, late.saturating_add(second));
            prop_assert_eq!(stale, Err(Kind::StaleTimestamp));
            let early = sent.at.saturating_sub(tolerance);
            prop_assert_eq!(verdict(&scheme, &parts, &body, early), Ok(()));
            let ahead = verdict(&scheme, &parts, &body, early.saturating_sub(second));
            prop_assert_eq!(ahead, Err(Kind::FutureTimestamp));
        }

        let mut other = parts.clone();
        let value = other_byte(parts.headers[SIGNATURE].as_bytes(), at, mask);
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            // Hexadecimal may be in capitals: the bytes are what is compared.
            let is_the_same = value.as_bytes().eq_ignore_ascii_case(parts.headers[SIGNATURE].as_bytes());
            other.headers.insert(SIGNATURE, value.clone());
            let found = verdict(&scheme, &other, &body, sent.at);
            prop_assert!(found.is_err() || is_the_same, "another signature: {value:?}");
        }
        Ok(())
    });
}

/// Neither signing nor verifying draws dice, or remembers.
#[test]
fn a_verdict_is_the_same_each_time() {
    holds(200, "description", (described(), sent()), |(described, sent)| {
        let (parts, body) = signed(&described.scheme, &sent);
        let (again, same_body) = signed(&described.scheme, &sent);
        prop_assert_eq!((&parts.headers, &body), (&again.headers, &same_body), "signed twice");
        let far = NOW.saturating_sub(Duration::from_secs(900_000_000));
        let first = verdict(&described.scheme, &parts, &body, far);
        prop_assert_eq!(verdict(&described.scheme, &parts, &body, far), first);
        Ok(())
    });
}
