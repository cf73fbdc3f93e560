//! One key of a set.
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key},
};
use serde_json::Value;

/// What the JWK of a key for one algorithm says of it (RFC 7518, RFC 8037).
struct Expected {
    kty: &'static str,
    crv: Option<&'static str>,
    /// How long `x` and `y` are: the curve's full length (RFC 7518, 6.2.1.2).
    coordinate: usize,
    /// Its `alg`, if it has one.
    algs: &'static [&'static str],
}

/// `None` for algorithms that have no public keys: a shared secret is published nowhere.
fn expected(algorithm: Algorithm) -> Option<Expected> {
    match algorithm {
        #[cfg(feature = "ed25519")]
        Algorithm::Ed25519 => {
            Some(Expected { kty: "OKP", crv: Some("Ed25519"), coordinate: 32, algs: &["EdDSA", "Ed25519"] })
        }
        #[cfg(feature = "aws-lc")]
        Algorithm::EcdsaP256Sha256Asn1 | Algorithm::EcdsaP256Sha256Fixed => {
            Some(Expected { kty: "EC", crv: Some("P-256"), coordinate: 32, algs: &["ES256"] })
        }
        #[cfg(feature = "aws-lc")]
        Algorithm::EcdsaP384Sha384Fixed => {
            Some(Expected { kty: "EC", crv: Some("P-384"), coordinate: 48, algs: &["ES384"] })
        }
        #[cfg(feature = "aws-lc")]
        Algorithm::RsaPkcs1Sha1
        | Algorithm::RsaPkcs1Sha256
        | Algorithm::RsaPkcs1Sha512
        | Algorithm::RsaPssSha256
        | Algorithm::RsaPssSha512 => {
            Some(Expected { kty: "RSA", crv: None, coordinate: 0, algs: rsa_algs(algorithm) })
        }
        _ => None,
    }
}

#[cfg(feature = "aws-lc")]
fn rsa_algs(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::RsaPkcs1Sha256 => &["RS256"],
        Algorithm::RsaPkcs1Sha512 => &["RS512"],
        Algorithm::RsaPssSha256 => &["PS256"],
        Algorithm::RsaPssSha512 => &["PS512"],
        _ => &[],
    }
}

/// Whether a set can hold keys for it.
pub(super) fn can_be_published(algorithm: Algorithm) -> bool {
    expected(algorithm).is_some()
}

/// The key in a JWK, labelled with its `kid`, if it is one to verify signatures of this algorithm with.
pub(super) fn key(jwk: &Value, algorithm: Algorithm) -> Option<Key> {
    let expected = expected(algorithm)?;
    let jwk = Jwk(jwk);
    // One whose private half is published as well is everybody's.
    let fits = jwk.text("kty") == Some(expected.kty)
        && jwk.text("crv") == expected.crv
        && jwk.is_absent_or("alg", |alg| expected.algs.iter().any(|expected| alg == *expected))
        && jwk.is_absent_or("use", |purpose| purpose == "sig")
        && jwk.is_absent_or("key_ops", |operations| {
            operations.as_array().is_some_and(|operations| operations.iter().any(|each| each == "verify"))
        })
        && jwk.is_absent_or("kid", Value::is_string)
        && jwk.is_absent_or("d", |_| false);
    if !fits {
        return None;
    }
    let public = match expected.kty {
        "RSA" => rsa_public_key(&jwk.bytes("n")?, &jwk.bytes("e")?),
        "EC" => {
            let (x, y) =
                (jwk.coordinate("x", expected.coordinate)?, jwk.coordinate("y", expected.coordinate)?);
            // An uncompressed point (SEC 1, 2.3.3).
            [&[0x04], &*x, &*y].concat()
        }
        _ => jwk.coordinate("x", expected.coordinate)?,
    };
    let key = Key::new(algorithm, public).ok()?;
    Some(match jwk.text("kid") {
        Some(kid) => key.labeled(kid),
        None => key,
    })
}

struct Jwk<'a>(&'a Value);

impl<'a> Jwk<'a> {
    fn text(&self, member: &str) -> Option<&'a str> {
        self.0.get(member)?.as_str()
    }

    fn is_absent_or(&self, member: &str, fits: impl FnOnce(&Value) -> bool) -> bool {
        self.0.get(member).is_none_or(fits)
    }

    fn bytes(&self, member: &str) -> Option<Vec<u8>> {
        Encoding::Base64Url.decode(self.text(member)?)
    }

    fn coordinate(&self, member: &str, length: usize) -> Option<Vec<u8>> {
        self.bytes(member).filter(|bytes| bytes.len() == length)
    }
}

/// An RSAPublicKey in DER (RFC 8017, A.1.1).
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    tagged(0x30, &[integer(modulus), integer(exponent)].concat())
}

/// Of a number that is not negative.
fn integer(big_endian: &[u8]) -> Vec<u8> {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    let digits = big_endian.get(zeros..).unwrap_or_default();
    // The first bit is the sign.
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    tagged(0x02, &[sign, digits].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ ..0x80) => der.push(length),
        _ => {
            let length = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0);
            let length: Vec<u8> = length.collect();
            der.push(0x80 | length.len() as u8);
            der.extend_from_slice(&length);
        }
    }
    der.extend_from_slice(content);
    der
}
