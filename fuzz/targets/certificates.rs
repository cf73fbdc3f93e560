//! Certificates as a request may bring or name them: a key is believed only if its certificate is one that leads to the
//! roots, unchanged.
#![no_main]
use bytes::Bytes;
use http::{Request, Response};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use std::sync::{Arc, LazyLock};
use tower_webhook::{
    encoding::Encoding,
    fetch::FetchError,
    key::{Algorithm, CertificateChains, Certificates, Key, KeyProvider, KeyRef, Roots},
};
use tower_webhook_fuzz::{
    input::{one, rest, some},
    mutation::splice,
    now_or_never,
};

macro_rules! made {
    ($($name:literal),*) => { [$(include_str!(concat!("../../tests/pki/", $name, ".pem"))),*] };
}

const ROOTS: [&str; 2] = made!["chain-root", "root"];
const CERTIFICATES: [&str; 14] = made![
    "chain-leaf",
    "chain-ca",
    "chain-root",
    "chain-leaf-self",
    "chain-leaf-p384",
    "chain-leaf-by-leaf",
    "chain-leaf-by-stranger",
    "chain-leaf-unmarked",
    "signer",
    "signer-ca",
    "root",
    "signer-p256",
    "aws-sns",
    "apple-test-root"
];
/// Leaves with those that they lead to a root by.
const WHOLE: [&[usize]; 4] = [&[0, 1, 2], &[8, 9, 10], &[5, 0, 1, 2], &[4, 1, 2]];

static DER: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| CERTIFICATES.iter().map(|pem| der(pem)).collect());

fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    Encoding::Base64.decode(&base64).unwrap()
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", Encoding::Base64.encode(der))
}

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let algorithms =
        [Algorithm::EcdsaP256Sha256Fixed, Algorithm::EcdsaP384Sha384Fixed, Algorithm::RsaPkcs1Sha256];
    let algorithm = *one(input, &algorithms)?;
    let mut chain: Vec<Vec<u8>> = Vec::new();
    // A chain as it should be, or any.
    if input.ratio(3, 4)? {
        let whole = *one(input, &WHOLE)?;
        chain.extend(whole.iter().map(|of| DER[*of].clone()));
    } else {
        for _ in 0..input.int_in_range(0..=9)? {
            chain.push(one(input, &DER)?.clone());
        }
    }
    for _ in 0..input.int_in_range(0..=3)? {
        if chain.is_empty() {
            break;
        }
        let which = input.int_in_range(0..=chain.len() - 1)?;
        match input.int_in_range(0..=9)? {
            0 => chain[which] = some(input, 600)?.to_vec(),
            1 => drop(chain.remove(which)),
            _ => splice(input, &mut chain[which])?,
        }
    }
    let first = chain.first().cloned().unwrap_or_default();
    let is_known = DER.contains(&first);
    let root = *one(input, &ROOTS)?;
    let roots = Roots::from_pem(root).unwrap();
    let reference = KeyRef::Chain(Arc::from_iter(chain.iter().cloned().map(Bytes::from)));
    let mut chains = CertificateChains::new(roots.clone(), algorithm);
    if input.arbitrary()? {
        chains = chains.leaf_mark("1.2.840.113635.100.6.11.1").unwrap();
    }
    let by_chain = now_or_never(chains.keys(&reference));
    assert!(by_chain.is_err() || is_known, "a changed certificate is trusted");

    let document = match input.ratio(7, 8)? {
        true => chain.iter().map(|der| pem(der)).collect::<String>().into_bytes(),
        false => rest(input).to_vec(),
    };
    let is_whole = document.starts_with(pem(&first).as_bytes());
    let document = Bytes::from(document);
    let served = document.clone();
    let fetch =
        move |_: Request<Bytes>| std::future::ready(Ok::<_, FetchError>(Response::new(served.clone())));
    let url = KeyRef::Certificate("https://certificates.acme.example/a.pem".into());
    let trusting = Certificates::new(fetch.clone(), algorithm);
    let _ = now_or_never(trusting.keys(&url));
    let strict = Certificates::new(fetch, algorithm).roots(roots);
    let found = now_or_never(strict.keys(&url));
    assert!(!is_whole || found.is_err() || is_known, "a changed certificate is trusted");

    // What an operator may hand us.
    let _ = Roots::from_der(&first);
    let _ = Roots::from_pem(&document);
    let _ = Key::new(algorithm, &first);
    let _ = Key::from_pem(algorithm, &String::from_utf8_lossy(&document));
    Ok(())
}
