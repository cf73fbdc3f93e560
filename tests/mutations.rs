//! Every provider's vectors, mutated: the suite that this crate ships, run over each file of `tests/vectors`. A file that
//! is added is covered by itself.
//!
//! It prints a table, in which each group of mutations is `refused/tried`; what is not refused is unmoved, or under a
//! proof that does not cover the body.
#![cfg(all(feature = "conformance", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod deliveries;
mod vectors_file;

use crate::{
    deliveries::{is_delivery, secret_of, unsigned},
    vectors_file::{Vector, VectorFile, keys, lacking, print, read_all, request},
};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use tower_webhook::{
    Scheme,
    conformance::{Count, Group, Report, Sample, examine, look_alikes},
    encoding::Encoding,
    key::KeySet,
    time::Timestamp,
};

/// Files that cannot be run, each with the reason.
const NOT_RUN: [(&str, &str); 0] = [];

#[test]
fn every_mutation_of_every_vector_is_refused_or_moves_nothing() {
    let mut files = read_all();
    files.retain(|file| {
        let lacking = lacking(file);
        if !lacking.is_empty() {
            print(&format!("NOT RUN: {} needs the features {}", file.name, lacking.join(", ")));
        }
        lacking.is_empty()
    });
    let mut table = Table::new();
    let mut wrong = Vec::new();
    for (file, outcome) in files.iter().zip(run_all(&files)) {
        let name = &file.name;
        let left_out = NOT_RUN.iter().find(|(left_out, _)| left_out == name);
        match (outcome, left_out) {
            (Ok(reports), None) => {
                let of_file = reports.iter().flat_map(|(how, report)| {
                    report.wrong().iter().map(move |what| format!("{name}, {how}: {what}"))
                });
                wrong.extend(of_file);
                table.add(name, &reports);
            }
            (Err(why), None) => wrong.push(format!("{name} CANNOT BE RUN: {why}")),
            (Err(why), Some((_, reason))) => print(&format!("NOT RUN: {name}: {reason} ({why})")),
            (Ok(_), Some(_)) => {
                wrong.push(format!("{name} can be run: take it from the list of those that cannot"));
            }
        }
    }
    print(&table.text);
    let Count { tried, refused, unmoved, uncovered, .. } = table.total;
    print(&format!(
        "mutations: schemes={} tried={tried} refused={refused} unmoved={unmoved} uncovered={uncovered} wrong={}",
        table.rows,
        wrong.len(),
    ));
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert_eq!(tried, refused + unmoved + uncovered);
}

type Outcome = Result<Vec<(&'static str, Report)>, String>;

/// On as many threads as there are processors, in the order of the files.
fn run_all(files: &[VectorFile]) -> Vec<Outcome> {
    let spare = SpareKeys::of(files);
    let outcomes: Vec<Mutex<Option<Outcome>>> = files.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        while let Some((file, outcome)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            files.get(index).zip(outcomes.get(index))
        } {
            *outcome.lock().unwrap() = Some(runtime.block_on(run(file, &spare)));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    outcomes.into_iter().map(|outcome| outcome.into_inner().unwrap().unwrap()).collect()
}

/// As the vector was received, and where the scheme signs with that secret, as the suite signs it.
async fn run(file: &VectorFile, spare: &SpareKeys) -> Outcome {
    let deliveries: Vec<&Vector> = file.vectors.iter().filter(|vector| is_delivery(vector)).collect();
    let vector = *deliveries.first().ok_or("none of its vectors is a delivery")?;
    let scheme = file.scheme(vector);
    let now = Timestamp::from_unix(vector.now);
    let another = deliveries.iter().copied().find(|other| {
        other.body_base64 != vector.body_base64
            && (&other.secrets, &other.options, &other.certificates)
                == (&vector.secrets, &vector.options, &vector.certificates)
    });
    let as_described =
        |sample: Sample| if file.unsigned_borders { sample.with_unsigned_borders() } else { sample };
    let with_another = |sample: Sample| match another {
        Some(another) => sample.and_another(request(another)),
        None => sample,
    };
    if vector.secrets.is_empty() {
        let (_, keys) = keys(&scheme, vector).await?;
        let sample = Sample::received_with(request(vector), now, keys, spare.other_keys()?);
        return Ok(vec![("received", examine(&scheme, &as_described(with_another(sample))))]);
    }
    let (secret, verified) = secret_of(&*scheme, vector, now)?;
    let other = match vector.other_secret.as_ref().or(file.other_secret.as_ref()) {
        Some(other) => other.clone(),
        None => spare.other_secret(&*scheme, secret).ok_or("it needs an `other_secret`")?,
    };
    let sample = as_described(with_another(Sample::received(request(vector), now, secret, &*other)));
    let mut reports = vec![("received", examine(&scheme, &sample))];
    let signing = scheme.signing_key(secret).ok().zip(scheme.key(secret).ok());
    let unsigned = signing
        .and_then(|(key, own)| unsigned(&*scheme, request(vector), verified.payload(), &key, &own.into()));
    if let Some(unsigned) = unsigned {
        let sample = as_described(Sample::new(unsigned, secret, other));
        reports.push(("signed", examine(&scheme, &sample)));
    }
    Ok(reports)
}

/// Public keys, each of which belongs to one file, and to none of the others.
struct SpareKeys {
    /// The base64 of what is in PEM.
    inner: Vec<String>,
}

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

impl SpareKeys {
    fn of(files: &[VectorFile]) -> Self {
        let secrets = files.iter().flat_map(|file| &file.vectors).flat_map(|vector| &vector.secrets);
        let mut inner: Vec<String> = secrets.filter_map(|secret| public_key(secret)).collect();
        inner.sort();
        inner.dedup();
        Self { inner }
    }

    /// Another secret of the same form: another public key where it has one, else the same with another character as late
    /// as possible.
    fn other_secret(&self, scheme: &dyn Scheme, secret: &str) -> Option<String> {
        let is_key = |text: &String| text != secret && scheme.key(text).is_ok();
        let Some(own) = public_key(secret) else {
            return look_alikes(secret).into_iter().find(is_key);
        };
        let others = self.inner.iter().filter(|inner| **inner != own);
        let mut texts = others.map(|inner| match (secret.find(BEGIN), secret.find(END)) {
            (Some(begin), Some(end)) => {
                format!("{}{BEGIN}\n{inner}\n{}", &secret[..begin], &secret[end..])
            }
            _ => inner.clone(),
        });
        texts.find(is_key)
    }

    /// In place of keys that are looked up.
    #[cfg(feature = "x509")]
    fn other_keys(&self) -> Result<KeySet, String> {
        use tower_webhook::key::{Algorithm, Key};
        let key = |algorithm| {
            let mut keys = self.inner.iter().filter_map(|inner| Key::from_pem(algorithm, inner).ok());
            keys.next().ok_or("there is no RSA key to spare")
        };
        Ok(key(Algorithm::RsaPkcs1Sha256)?.and(key(Algorithm::RsaPkcs1Sha1)?).into())
    }

    #[cfg(not(feature = "x509"))]
    fn other_keys(&self) -> Result<KeySet, String> {
        Err("certificates are not read without `x509`".to_owned())
    }
}

/// The base64 of the public key that a secret is, or has in it.
fn public_key(secret: &str) -> Option<String> {
    let inner = match (secret.find(BEGIN), secret.find(END)) {
        (Some(begin), Some(end)) => secret.get(begin + BEGIN.len()..end)?,
        _ => secret,
    };
    let inner: String = inner.split_ascii_whitespace().collect();
    // A SubjectPublicKeyInfo is a sequence of two.
    let der = Encoding::Base64.decode(&inner)?;
    (der.starts_with(&[0x30]) && der.len() > 40).then_some(inner)
}

/// What became of all, a file a line.
struct Table {
    text: String,
    rows: usize,
    total: Count,
}

impl Table {
    fn new() -> Self {
        let groups = Group::ALL.map(Group::name).join(" | ");
        Self {
            text: format!("provider | signed | {groups} | refused/tried\n"),
            rows: 0,
            total: Count::default(),
        }
    }

    fn add(&mut self, name: &str, reports: &[(&str, Report)]) {
        let of = |group: Option<Group>| {
            let mut sum = Count::default();
            for (_, report) in reports {
                sum += group.map_or_else(|| report.total(), |group| report.of(group));
            }
            sum
        };
        let shown = |count: Count| match count.tried {
            0 => "-".to_owned(),
            tried => format!("{}/{tried}", count.refused),
        };
        let groups = Group::ALL.map(|group| shown(of(Some(group)))).join(" | ");
        let signed = if reports.len() > 1 { "yes" } else { "no" };
        self.text += &format!("{name} | {signed} | {groups} | {}\n", shown(of(None)));
        self.total += of(None);
        self.rows += 1;
    }
}
