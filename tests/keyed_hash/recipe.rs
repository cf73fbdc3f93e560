//! The recipe: the secret before, between and after the rest, by each hash.
use super::*;

/// `k3y|body`, `1|k3y|body` and `bodyk3y`.
fn texts() -> [Vec<Part>; 3] {
    let bar = || Part::literal("|");
    [
        vec![Part::Secret, bar(), Part::Body],
        vec![Part::Header(HeaderName::from_static("x-id")), bar(), Part::Secret, bar(), Part::Body],
        vec![Part::Body, Part::Secret],
    ]
}

fn scheme(digest: Digest, text: Vec<Part>) -> Signed {
    Signed::hashed("hashed", digest, Field::header(HeaderName::from_static("x-signature"))).text(text)
}

async fn agrees(digest: Digest, signatures: [&str; 3]) {
    for (text, signature) in texts().into_iter().zip(signatures) {
        let provider = Provider::new(scheme(digest, text), "k3y", SENT, URL);
        let what = format!("{digest:?} {signature}");
        let request = |body: &'static str| post(&[("x-id", "1"), ("x-signature", signature)], body);
        let found = provider.accepts(&what, request("body"));
        assert_eq!(found.proof(), Proof::SignedBody);
        provider.refuses(&what, request("Body"), Kind::SignatureMismatch).await;
        let by_us = signed(&provider.scheme, "k3y", post(&[("x-id", "1")], "body"));
        assert_eq!(by_us.headers()["x-signature"], signature, "{what}");
        let other = Provider::new(provider.scheme.clone(), "k4y", SENT, URL);
        other.refuses(&what, request("body"), Kind::SignatureMismatch).await;
    }
}

#[tokio::test]
async fn before_between_and_after() {
    agrees(
        Digest::Sha1,
        [
            "3543d27dd7fcd61c4b46283fdbc6e6b323f4e68d",
            "3f8b747c1635f52edaec20b8e042f85a46277609",
            "420e14bbe95a88315824ced2cf408dca18688c17",
        ],
    )
    .await;
    agrees(
        Digest::Sha256,
        [
            "d8d3932bc212fb6652454458bc5d93d4d80ad969c10e7850d19394d0d71405dd",
            "5a65deb731563d4267f375ec91238fe61191ce4e1c42c46fd5d04695bc082938",
            "1301f846c3ba8c648d83a9d41442ff1cec9aa74eb41d468541d612b005c86a7a",
        ],
    )
    .await;
}

#[cfg(feature = "keyed-hash")]
#[tokio::test]
async fn with_older_hashes() {
    agrees(
        Digest::Md5,
        [
            "27f1150549fc95c6167b0955ec54cc2c",
            "c012123ce13991a13ab5e90c56a60dca",
            "7babc9957f27d9d487d6e7382e228ec8",
        ],
    )
    .await;
    agrees(
        Digest::Keccak256,
        [
            "12ee98a2b3a9b91989aae1a4bd07382b5738cbd39f2a7aab89194144c2da073e",
            "967a9c765cfc8c790a76b3a620a1f84949d2a8aad246c150e450e4ef9122a0e6",
            "1557aff65230ac969702c7e6933b4fd816b242d767b40820862c9e8badba4a29",
        ],
    )
    .await;
}

#[test]
fn t04_what_is_no_secret_is_no_key() {
    let scheme = scheme(Digest::Sha256, vec![Part::Body, Part::Secret]);
    for (text, error) in [("", KeyError::Empty), (" \n", KeyError::Blank), ("a ", KeyError::SurroundingSpace)]
    {
        assert_eq!(scheme.key(text).unwrap_err(), error, "{text:?}");
    }
}
