//! Public keys, against somebody else's: what OpenSSL signs, the crate accepts, and OpenSSL accepts what the crate signs.
//! And what each kind of key and of signature is refused for.
//!
//! Where there is no `openssl`, the tests say so and pass, unless the variable `CI` is set.
#![cfg(all(feature = "aws-lc", feature = "ed25519"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use bytes::Bytes;
use http::{HeaderName, Request};
use std::{
    env, fs,
    path::PathBuf,
    process::{Command, id},
};
use tower_webhook::{
    RejectionKind, Scheme,
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{Proof, Verdict, verify},
    schemes::{Field, Part, Signed},
    time::{Timestamp, Unit},
};

const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);
const BODY: &[u8] = b"\xef\xbb\xbf{\"a\":\0\xff\r\n\"}\n";
const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");
const TIME: HeaderName = HeaderName::from_static("acme-timestamp");

/// Each algorithm: how OpenSSL makes its key, and the options with which it signs and verifies.
const ALGORITHMS: [(Algorithm, &[&str], &[&str]); 7] = [
    (Algorithm::Ed25519, &["-algorithm", "ed25519"], &["-rawin"]),
    (Algorithm::EcdsaP256Sha256Asn1, P256, &["-rawin", "-digest", "sha256"]),
    (Algorithm::RsaPkcs1Sha1, RSA, &["-rawin", "-digest", "sha1"]),
    (Algorithm::RsaPkcs1Sha256, RSA, &["-rawin", "-digest", "sha256"]),
    (Algorithm::RsaPkcs1Sha512, RSA, &["-rawin", "-digest", "sha512"]),
    (
        Algorithm::RsaPssSha256,
        RSA,
        &[
            "-rawin",
            "-digest",
            "sha256",
            "-pkeyopt",
            "rsa_padding_mode:pss",
            "-pkeyopt",
            "rsa_pss_saltlen:32",
        ],
    ),
    (
        Algorithm::RsaPssSha512,
        RSA,
        &[
            "-rawin",
            "-digest",
            "sha512",
            "-pkeyopt",
            "rsa_padding_mode:pss",
            "-pkeyopt",
            "rsa_pss_saltlen:64",
        ],
    ),
];
const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

fn scheme(algorithm: Algorithm) -> Signed {
    Signed::by("acme", algorithm, Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .secret(Secret::pem())
        .text([Part::Timestamp(Field::header(TIME), Unit::Seconds), Part::literal("."), Part::Body])
}

fn text() -> Vec<u8> {
    [b"1718000000.", BODY].concat()
}

fn signed(signature: &str) -> Request<Bytes> {
    Request::post("/")
        .header(SIGNATURE, signature)
        .header(TIME, "1718000000")
        .body(Bytes::from_static(BODY))
        .unwrap()
}

fn ask(scheme: &dyn Scheme, request: Request<Bytes>, key: Key) -> Result<Proof, RejectionKind> {
    let (parts, body) = request.into_parts();
    match verify(scheme, &parts, &body, &key.into(), NOW) {
        Ok(Verdict::Deliver(verified)) => Ok(verified.proof()),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection.kind()),
    }
}

#[test]
fn what_openssl_signs_is_accepted_and_nothing_else() {
    for (algorithm, generate, options) in ALGORITHMS {
        let Some(openssl) = OpenSsl::new(&format!("verify-{algorithm:?}"), generate) else { return };
        let Some(other) = OpenSsl::new(&format!("verify-other-{algorithm:?}"), generate) else { return };
        let scheme = scheme(algorithm);
        let key = || scheme.key(&openssl.public).unwrap();
        let signature = openssl.sign(&text(), options);
        let encoded = Encoding::Base64.encode(&signature);
        assert_eq!(ask(&scheme, signed(&encoded), key()), Ok(Proof::SignedBody), "{algorithm:?}");

        let other_key = scheme.key(&other.public).unwrap();
        assert_eq!(ask(&scheme, signed(&encoded), other_key), Err(RejectionKind::SignatureMismatch));
        let mut changed = signed(&encoded);
        *changed.body_mut() = Bytes::from_static(b"another");
        assert_eq!(ask(&scheme, changed, key()), Err(RejectionKind::SignatureMismatch), "{algorithm:?}");
        for wrong in [&signature[..signature.len() - 1], &[&signature[..], b"\0"].concat(), b"\0", &[0; 2000]]
        {
            let refused = ask(&scheme, signed(&Encoding::Base64.encode(wrong)), key());
            assert!(
                matches!(refused, Err(RejectionKind::SignatureMismatch | RejectionKind::MalformedSignature)),
                "{algorithm:?}: {refused:?}"
            );
        }
        for at in 0..signature.len() {
            let mut wrong = signature.clone();
            wrong[at] ^= 1;
            let refused = ask(&scheme, signed(&Encoding::Base64.encode(&wrong)), key());
            assert_eq!(refused, Err(RejectionKind::SignatureMismatch), "{algorithm:?} byte {at}");
        }
    }
}

#[test]
fn openssl_accepts_what_is_signed_here() {
    for (algorithm, generate, options) in ALGORITHMS {
        let Some(openssl) = OpenSsl::new(&format!("sign-{algorithm:?}"), generate) else { return };
        let scheme = scheme(algorithm);
        if algorithm == Algorithm::RsaPkcs1Sha1 {
            assert!(scheme.signing_key(&openssl.private).is_err(), "SHA-1 is verified and never signed");
            continue;
        }
        let key = scheme.signing_key(&openssl.private).unwrap();
        let mut request = Request::post("/").body(Bytes::from_static(BODY)).unwrap();
        scheme.sign(&mut request, &key, NOW).unwrap();
        let signature = request.headers()[&SIGNATURE].to_str().unwrap();
        let signature = Encoding::Base64.decode(signature).unwrap();
        assert!(openssl.verifies(&text(), &signature, options), "{algorithm:?}");
        assert_eq!(ask(&scheme, request, key.verifying_key()), Ok(Proof::SignedBody), "{algorithm:?}");
    }
}

/// The two numbers by themselves, as JWTs and HTTP Message Signatures have them.
#[test]
fn ecdsa_in_fixed_width() {
    for (algorithm, curve, width) in
        [(Algorithm::EcdsaP256Sha256Fixed, "P-256", 64), (Algorithm::EcdsaP384Sha384Fixed, "P-384", 96)]
    {
        let generate = ["-algorithm", "EC", "-pkeyopt", &format!("ec_paramgen_curve:{curve}")];
        let Some(openssl) = OpenSsl::new(&format!("fixed-{curve}"), &generate) else { return };
        let scheme = scheme(algorithm);
        let key = SigningKey::from_pem(algorithm, &openssl.private).unwrap();
        let mut request = Request::post("/").body(Bytes::from_static(BODY)).unwrap();
        scheme.sign(&mut request, &key, NOW).unwrap();
        let signature = request.headers()[&SIGNATURE].to_str().unwrap();
        let signature = Encoding::Base64.decode(signature).unwrap();
        assert_eq!(signature.len(), width);
        let digest = if width == 64 { "sha256" } else { "sha384" };
        assert!(openssl.verifies(&text(), &asn1(&signature), &["-rawin", "-digest", digest]), "{curve}");
        assert_eq!(ask(&scheme, request, scheme.key(&openssl.public).unwrap()), Ok(Proof::SignedBody));
        for wrong in [vec![0; width], vec![0xff; width], vec![0; width - 1], asn1(&signature)] {
            let refused = ask(&scheme, signed(&Encoding::Base64.encode(&wrong)), key.verifying_key());
            assert!(refused.is_err(), "{curve}: {wrong:?}");
        }
    }
}

#[test]
fn keys_that_are_none() {
    let Some(rsa) = OpenSsl::new("rsa", RSA) else { return };
    let Some(small) = OpenSsl::new("rsa1024", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"])
    else {
        return;
    };
    let Some(p256) = OpenSsl::new("p256", P256) else { return };
    let Some(ed25519) = OpenSsl::new("ed25519", &["-algorithm", "ed25519"]) else { return };
    use Algorithm as A;
    for (algorithm, wrong) in [
        (A::RsaPkcs1Sha256, &p256.public),
        (A::RsaPkcs1Sha256, &ed25519.public),
        (A::EcdsaP256Sha256Asn1, &rsa.public),
        (A::EcdsaP384Sha384Fixed, &p256.public),
        (A::Ed25519, &p256.public),
        (A::RsaPkcs1Sha256, &rsa.private),
        (A::Ed25519, &ed25519.private),
    ] {
        let refused = Key::from_pem(algorithm, wrong);
        assert!(matches!(refused, Err(KeyError::Undecodable { .. })), "{algorithm:?}: {refused:?}");
    }
    let more = |pem: &str| {
        let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        [&Encoding::Base64.decode(&text).unwrap()[..], &[0]].concat()
    };
    for (algorithm, pem) in [
        (A::RsaPkcs1Sha256, &rsa.public),
        (A::EcdsaP256Sha256Asn1, &p256.public),
        (A::Ed25519, &ed25519.public),
    ] {
        let refused = Key::new(algorithm, more(pem));
        assert!(matches!(refused, Err(KeyError::Undecodable { .. })), "{algorithm:?} and more: {refused:?}");
    }
    assert!(matches!(Key::from_pem(A::RsaPkcs1Sha256, &small.public), Err(KeyError::Weak { .. })));
    assert_eq!(Key::from_pem(A::Ed25519, "").err(), Some(KeyError::Empty));

    // The points of small order, under which somebody who knows no private key can sign.
    for small in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ] {
        let refused = Key::new(A::Ed25519, Encoding::Hex.decode(small).unwrap());
        assert!(matches!(refused, Err(KeyError::Weak { .. })), "{small}: {refused:?}");
    }
}

/// A signature's two numbers in ASN.1, as OpenSSL has them.
fn asn1(fixed: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
        let mut number = bytes[first..].to_vec();
        if number[0] >= 0x80 {
            number.insert(0, 0);
        }
        [&[0x02, u8::try_from(number.len()).unwrap()][..], &number].concat()
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let both = [number(r), number(s)].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()][..], &both].concat()
}

/// A key pair that OpenSSL has made, in a folder of its own.
struct OpenSsl {
    folder: PathBuf,
    public: String,
    private: String,
}

impl OpenSsl {
    /// `None` where there is no `openssl`, which fails in CI.
    fn new(name: &str, generate: &[&str]) -> Option<Self> {
        let Ok(_) = Command::new("openssl").arg("version").output() else {
            assert!(
                env::var_os("CI").is_none(),
                "NOT RUN: openssl is missing. Install it: apt-get install openssl"
            );
            eprintln!("NOT RUN: openssl is missing. Install it: apt-get install openssl");
            return None;
        };
        let folder = env::temp_dir().join(format!("tower-webhook-{}-{name}", id()));
        fs::create_dir_all(&folder).unwrap();
        let this = Self { folder, public: String::new(), private: String::new() };
        assert!(this.run(&[&["genpkey", "-out", "private.pem"], generate].concat()));
        assert!(this.run(&["pkey", "-in", "private.pem", "-pubout", "-out", "public.pem"]));
        let [public, private] =
            ["public.pem", "private.pem"].map(|file| fs::read_to_string(this.folder.join(file)).unwrap());
        Some(Self { public, private, folder: this.folder.clone() })
    }

    fn sign(&self, text: &[u8], options: &[&str]) -> Vec<u8> {
        fs::write(self.folder.join("text"), text).unwrap();
        let sign = ["pkeyutl", "-sign", "-inkey", "private.pem", "-in", "text", "-out", "signature"];
        assert!(self.run(&[&sign, options].concat()));
        fs::read(self.folder.join("signature")).unwrap()
    }

    fn verifies(&self, text: &[u8], signature: &[u8], options: &[&str]) -> bool {
        fs::write(self.folder.join("text"), text).unwrap();
        fs::write(self.folder.join("signature"), signature).unwrap();
        let verify =
            ["pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "text", "-sigfile", "signature"];
        self.run(&[&verify, options].concat())
    }

    fn run(&self, arguments: &[&str]) -> bool {
        let output = Command::new("openssl").current_dir(&self.folder).args(arguments).output().unwrap();
        output.status.success()
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        // The one that `new` replaces has the same folder, and no keys yet.
        if !self.public.is_empty() {
            fs::remove_dir_all(&self.folder).ok();
        }
    }
}
