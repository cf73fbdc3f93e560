//! Every algorithm of the RFC: its keys, its signatures, and that no one stands in for another.
use super::{BODY, NOW, SECRET, URL, acme, answer, usual};
use bytes::Bytes;
use http::Request;
use tower_webhook::{
    RejectionKind as Kind, Scheme as _,
    key::{KeyError, KeyLookup, KeyLookupError, KeyProvider, KeyRef},
    scheme::{Proof, Verdict, verify},
    schemes::http_signatures::{HttpSignatures, SignatureAlgorithm as Algorithm},
};

/// Each algorithm, with its private and its public key, or the secret as both.
const KEYS: [(Algorithm, &str, &str); 6] = [
    (Algorithm::HmacSha256, SECRET, SECRET),
    (Algorithm::Ed25519, include_str!("keys/ed25519.pem"), include_str!("keys/ed25519.pub.pem")),
    (
        Algorithm::EcdsaP256Sha256,
        include_str!("keys/ecdsa-p256-sha256.pem"),
        include_str!("keys/ecdsa-p256-sha256.pub.pem"),
    ),
    (
        Algorithm::EcdsaP384Sha384,
        include_str!("keys/ecdsa-p384-sha384.pem"),
        include_str!("keys/ecdsa-p384-sha384.pub.pem"),
    ),
    (
        Algorithm::RsaV15Sha256,
        include_str!("keys/rsa-v1_5-sha256.pem"),
        include_str!("keys/rsa-v1_5-sha256.pub.pem"),
    ),
    (
        Algorithm::RsaPssSha512,
        include_str!("keys/rsa-pss-sha512.pem"),
        include_str!("keys/rsa-pss-sha512.pub.pem"),
    ),
];

/// A receiver and sender of this algorithm, whose `keyid` is its name.
fn by(algorithm: Algorithm) -> HttpSignatures {
    HttpSignatures::new("acme", algorithm).key_id(algorithm.name())
}

/// A receiver that takes them all.
fn of_all() -> HttpSignatures {
    Algorithm::ALL.iter().fold(acme(), |receiver, algorithm| receiver.or(*algorithm))
}

fn signed(sender: &HttpSignatures, private: &str) -> Request<Bytes> {
    let mut request = Request::post(URL).body(Bytes::from_static(BODY.as_bytes())).unwrap();
    sender.sign(&mut request, &sender.signing_key(private).unwrap(), NOW).unwrap();
    request
}

#[test]
fn each_has_its_keys_and_signatures() {
    assert_eq!(Algorithm::ALL.len(), KEYS.len());
    for (algorithm, private, public) in KEYS {
        let scheme = by(algorithm).names_algorithm();
        let (parts, body) = signed(&scheme, private).into_parts();
        let verdict = |body: &Bytes, public: &str| match verify(
            &scheme,
            &parts,
            body,
            &scheme.key(public).unwrap().into(),
            NOW,
        ) {
            Ok(Verdict::Deliver(verified)) => Ok(verified.proof()),
            Ok(other) => panic!("{other:?}"),
            Err(rejection) => Err(rejection.kind()),
        };
        assert_eq!(verdict(&body, public), Ok(Proof::SignedBody), "{algorithm:?}");
        assert_eq!(verdict(&Bytes::new(), public), Err(Kind::DigestMismatch), "{algorithm:?}");
    }
}

#[test]
fn no_key_of_one_is_one_of_another() {
    for (algorithm, ..) in KEYS {
        for (other, private, public) in KEYS {
            let rsa = |algorithm| matches!(algorithm, Algorithm::RsaV15Sha256 | Algorithm::RsaPssSha512);
            // An RSA key is for either of two; any text is a secret.
            if other == algorithm || rsa(algorithm) && rsa(other) || algorithm == Algorithm::HmacSha256 {
                continue;
            }
            let refused = [by(algorithm).key(public).err(), by(algorithm).signing_key(private).err()];
            for refused in refused {
                assert!(
                    matches!(refused, Some(KeyError::Undecodable { .. })),
                    "{algorithm:?} {other:?}: {refused:?}"
                );
            }
        }
    }
}

/// The keys by the algorithms' names.
struct Directory;

impl KeyProvider for Directory {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        let found = KEYS.iter().find(|(algorithm, ..)| *key == KeyRef::Id(algorithm.name().into()));
        let found = found.map(|(algorithm, _, public)| by(*algorithm).key(public).unwrap().into());
        KeyLookup::ready(found.ok_or(KeyLookupError::Unknown))
    }
}

#[tokio::test]
async fn t25_the_algorithm_is_the_keys() {
    let receiver = of_all();
    for (algorithm, private, public) in KEYS {
        let right = signed(&by(algorithm), private);
        assert_eq!(answer(&receiver, Directory, right.clone()).await, (200, None), "{algorithm:?}");
        let named = signed(&by(algorithm).names_algorithm(), private);
        assert_eq!(answer(&receiver, Directory, named).await, (200, None), "{algorithm:?}");

        for (other, other_private, _) in KEYS {
            if other == algorithm {
                continue;
            }
            // Another algorithm's signature under this one's key.
            let sender = by(other).key_id(algorithm.name());
            let wrong = signed(&sender, other_private);
            let refused = answer(&receiver, Directory, wrong).await;
            assert_eq!(refused, (401, Some(Kind::SignatureMismatch)), "{other:?} for {algorithm:?}");
            let named = signed(&sender.names_algorithm(), other_private);
            let refused = answer(&receiver, Directory, named.clone()).await;
            assert_eq!(refused, (401, Some(Kind::SignatureMismatch)), "{other:?} for {algorithm:?}");
            // A receiver of one algorithm refuses it by its name.
            let refused = answer(&by(algorithm), Directory, named).await;
            assert_eq!(refused, (401, Some(Kind::UnsupportedAlgorithm)), "{other:?} for {algorithm:?}");
        }
        // A public key is public: it must not do as a secret.
        if algorithm != Algorithm::HmacSha256 {
            let forged = signed(&acme().key_id(algorithm.name()), public.trim());
            let refused = answer(&receiver, Directory, forged).await;
            assert_eq!(refused, (401, Some(Kind::SignatureMismatch)), "a secret of {algorithm:?}");
        }
    }
}

/// The key's own signature, over a text that says that another algorithm made it.
#[tokio::test]
async fn t25_alg_must_agree_with_the_key() {
    for algorithm in Algorithm::ALL {
        let request = usual(&format!(";keyid=\"hmac-sha256\";alg={:?}", algorithm.name()));
        let wanted = match algorithm {
            Algorithm::HmacSha256 => (200, None),
            // As long as one of theirs could be.
            Algorithm::RsaV15Sha256 | Algorithm::RsaPssSha512 => (401, Some(Kind::SignatureMismatch)),
            _ => (401, Some(Kind::MalformedSignature)),
        };
        assert_eq!(answer(&of_all(), Directory, request).await, wanted, "{algorithm:?}");
    }
}

/// The same RSA key under both of its algorithms.
#[tokio::test]
async fn t25_no_rsa_signature_stands_in_for_the_other() {
    let (_, private, public) = KEYS[5];
    for (own, other) in [
        (Algorithm::RsaPssSha512, Algorithm::RsaV15Sha256),
        (Algorithm::RsaV15Sha256, Algorithm::RsaPssSha512),
    ] {
        let receiver = by(own).or(other).ignores_key_id();
        let key = receiver.key(public).unwrap();
        assert_eq!(answer(&receiver, key.clone(), signed(&by(own), private)).await, (200, None));
        let refused = answer(&receiver, key, signed(&by(other), private)).await;
        assert_eq!(refused, (401, Some(Kind::SignatureMismatch)), "{other:?} for {own:?}");
    }
}

#[test]
fn the_key_of_another_algorithm_signs_nothing() {
    let key = by(Algorithm::Ed25519).signing_key(KEYS[1].1).unwrap();
    let mut request = Request::post(URL).body(Bytes::new()).unwrap();
    let error = acme().sign(&mut request, &key, NOW).unwrap_err();
    assert!(error.to_string().contains("another algorithm"), "{error}");
    assert!(request.headers().get("signature").is_none());
}
