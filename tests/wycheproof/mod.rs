//! Wycheproof: what goes wrong with signatures in practice, as tests of them. Each file on EdDSA, ECDSA and RSA signatures
//! is read, and every test of an algorithm that this crate has must get its verdict, by the crate's public functions:
//! `Key::new`, `Check::signature_bytes`, `verify`.
//!
//! Some files on RSA-PSS have keys whose SubjectPublicKeyInfo says that they are for nothing else, with parameters. Such
//! are refused; what is in them is read, and gets the tests.
//!
//! What Wycheproof calls *acceptable* is a PKCS #1 v1.5 signature whose digest's name lacks its NULL, as some old software
//! wrote it. It must be refused: a signature has one form. Anything else that is called so fails until it is decided.
use bytes::Bytes;
use http::Request;
use std::collections::BTreeMap;
use tower_webhook::{
    RejectionKind, Scheme,
    encoding::Encoding,
    key::{Algorithm, Key, KeyError},
    scheme::{Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Text, Verdict, verify},
    time::Timestamp,
};
use wycheproof::{
    EdwardsCurve, EllipticCurve as Curve, HashFunction as Hash, Mgf, TestResult, ecdsa, eddsa,
    rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss,
};

/// Tests of one key.
struct Group {
    file: String,
    /// Or why there is none.
    algorithm: Result<Algorithm, &'static str>,
    key: Vec<u8>,
    tests: Vec<Test>,
}

struct Test {
    id: usize,
    message: Vec<u8>,
    signature: Vec<u8>,
    result: TestResult,
    flags: String,
}

/// What became of the tests.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) read: usize,
    pub(crate) held: usize,
    pub(crate) wrong: Vec<String>,
    /// For each file, how many were read and held.
    files: BTreeMap<String, (usize, usize)>,
    /// Tests of algorithms that this crate does not have, by the reason.
    left_out: BTreeMap<&'static str, usize>,
}

/// Reads all files.
pub(crate) fn read() -> Counts {
    let mut counts = Counts::default();
    eddsa_groups(|group| counts.add(group));
    ecdsa_groups(|group| counts.add(group));
    pkcs1_groups(|group| counts.add(group));
    pss_groups(|group| counts.add(group));
    counts
}

impl Counts {
    pub(crate) fn left_out(&self) -> usize {
        self.left_out.values().sum()
    }

    /// A line on each file of which tests were read, and one on each reason for which others were not.
    pub(crate) fn lines(&self) -> String {
        let files = self.files.iter().map(|(file, (read, held))| format!("read={read} held={held} {file}"));
        let left_out = self.left_out.iter().map(|(why, tests)| format!("left out={tests} {why}"));
        files.chain(left_out).map(|line| format!("wycheproof: {line}\n")).collect()
    }

    fn add(&mut self, group: Group) {
        let algorithm = match group.algorithm {
            Ok(algorithm) => algorithm,
            Err(why) => return *self.left_out.entry(why).or_default() += group.tests.len(),
        };
        let key = Key::new(algorithm, &group.key);
        let file = self.files.entry(group.file).or_default();
        for test in &group.tests {
            self.read += 1;
            file.0 += 1;
            match test.fails(algorithm, &key) {
                None => {
                    self.held += 1;
                    file.1 += 1;
                }
                Some(how) => {
                    self.wrong.push(format!("{algorithm:?} {} {}: {how}", test.id, test.flags));
                }
            }
        }
    }
}

impl Test {
    fn fails(&self, algorithm: Algorithm, key: &Result<Key, KeyError>) -> Option<String> {
        let key = match key {
            Ok(key) => key.clone(),
            Err(error) => return Some(format!("no key: {error}")),
        };
        let request = Request::post("/").header("signature", Encoding::Hex.encode(&self.signature));
        let (parts, body) = request.body(Bytes::from(self.message.clone())).unwrap().into_parts();
        let verdict = verify(&Bare(algorithm), &parts, &body, &key.into(), Timestamp::from_unix(0));
        use RejectionKind::{MalformedSignature, SignatureMismatch};
        let accepted = match &verdict {
            Ok(Verdict::Deliver(_)) => true,
            Err(rejection) if matches!(rejection.kind(), MalformedSignature | SignatureMismatch) => false,
            other => return Some(format!("{other:?}")),
        };
        let should = match self.result {
            TestResult::Valid => true,
            TestResult::Invalid => false,
            TestResult::Acceptable if self.flags == "[MissingNull]" => false,
            TestResult::Acceptable => return Some("nobody has decided on this one".to_owned()),
        };
        (accepted != should).then(|| format!("{:?}, and yet accepted={accepted}", self.result))
    }
}

/// The body is signed, and nothing else is asked.
struct Bare(Algorithm);

impl Scheme for Bare {
    fn name(&self) -> &str {
        "bare"
    }

    fn key(&self, _: &str) -> Result<Key, KeyError> {
        Err(KeyError::NoKeys)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let signature = Encoding::Hex.decode(head.headers()["signature"].to_str().unwrap()).unwrap();
        Ok(Check::new(Text::new().body()).signature_bytes(self.0, &signature)?.into())
    }

    fn accept(&self, _: &Proven<'_>) -> Result<Outcome, Refusal> {
        Ok(Delivery::new().into())
    }
}

macro_rules! tests {
    ($group:ident) => {
        $group
            .tests
            .into_iter()
            .map(|test| Test {
                id: test.tc_id,
                message: test.msg.to_vec(),
                signature: test.sig.to_vec(),
                result: test.result,
                flags: format!("{:?}", test.flags),
            })
            .collect()
    };
}

fn eddsa_groups(mut with: impl FnMut(Group)) {
    for name in eddsa::TestName::all() {
        for group in eddsa::TestSet::load(name).unwrap().test_groups {
            let algorithm = match group.key.curve {
                EdwardsCurve::Ed25519 => Ok(Algorithm::Ed25519),
                EdwardsCurve::Ed448 => Err("of another curve"),
            };
            with(Group {
                file: format!("{name:?}"),
                algorithm,
                key: group.der.to_vec(),
                tests: tests!(group),
            });
        }
    }
}

fn ecdsa_groups(mut with: impl FnMut(Group)) {
    use ecdsa::TestGroupTypeId as Form;
    for name in ecdsa::TestName::all() {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let algorithm = match (group.key.curve, group.hash, group.test_type) {
                (Curve::Secp256r1, Hash::Sha2_256, Form::Ecdsa) => Ok(Algorithm::EcdsaP256Sha256Asn1),
                (Curve::Secp256r1, Hash::Sha2_256, Form::EcdsaP1363) => Ok(Algorithm::EcdsaP256Sha256Fixed),
                (Curve::Secp384r1, Hash::Sha2_384, Form::EcdsaP1363) => Ok(Algorithm::EcdsaP384Sha384Fixed),
                (Curve::Secp384r1, Hash::Sha2_384, _) => {
                    Err("of ECDSA on P-384 in ASN.1, which is no algorithm here")
                }
                (Curve::Secp256r1 | Curve::Secp384r1, ..) => Err("of another hash"),
                _ => Err("of another curve"),
            };
            with(Group {
                file: format!("{name:?}"),
                algorithm,
                key: group.der.to_vec(),
                tests: tests!(group),
            });
        }
    }
}

fn pkcs1_groups(mut with: impl FnMut(Group)) {
    for name in pkcs1::TestName::all() {
        for group in pkcs1::TestSet::load(name).unwrap().test_groups {
            let algorithm = match group.hash {
                Hash::Sha2_256 => Ok(Algorithm::RsaPkcs1Sha256),
                Hash::Sha2_512 => Ok(Algorithm::RsaPkcs1Sha512),
                _ => Err("of another hash"),
            };
            with(Group {
                file: format!("{name:?}"),
                algorithm,
                key: group.der.to_vec(),
                tests: tests!(group),
            });
        }
    }
}

fn pss_groups(mut with: impl FnMut(Group)) {
    for name in pss::TestName::all() {
        for group in pss::TestSet::load(name).unwrap().test_groups {
            let has_parameters = group.test_type == pss::TestGroupTypeId::RsaPssVerifyWithParam;
            let mask = group.mgf_hash.filter(|_| group.mgf == Mgf::Mgf1);
            let algorithm = match (group.hash, mask, group.salt_size) {
                (Hash::Sha2_256, Some(Hash::Sha2_256), 32) => Ok(Algorithm::RsaPssSha256),
                (Hash::Sha2_512, Some(Hash::Sha2_512), 64) => Ok(Algorithm::RsaPssSha512),
                (Hash::Sha2_256, Some(Hash::Sha2_256), _) | (Hash::Sha2_512, Some(Hash::Sha2_512), _) => {
                    Err("of RSA-PSS with a salt of another length")
                }
                _ => Err("of another hash"),
            };
            let key = if has_parameters && let Ok(algorithm) = algorithm {
                let refused = Key::new(algorithm, &*group.der);
                assert!(matches!(refused, Err(KeyError::Undecodable { .. })), "{name:?}: {refused:?}");
                group.asn_key.to_vec()
            } else {
                group.der.to_vec()
            };
            with(Group { file: format!("{name:?}"), algorithm, key, tests: tests!(group) });
        }
    }
}
