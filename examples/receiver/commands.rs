//! Shell commands that send the receiver a delivery, and compute time and signature when they are run.
use crate::{deliveries::Target, secrets};
use std::net::SocketAddr;

/// A command for the target's first delivery: needs openssl and curl.
pub(crate) fn command(target: &Target, address: SocketAddr) -> Option<String> {
    let delivery = target.deliveries.first()?;
    let (sign, headers, path_end) = recipe(target.name)?;
    // `{n}` makes each delivery another one: here, by the second in which the command is run.
    let body = delivery.body.replace("{n}", "'$t'");
    let own = delivery.headers.iter().map(|(name, value)| format!("{name}: {}", value.replace("{n}", "$t")));
    let headers = own.chain(headers.iter().map(|header| (*header).to_owned()));
    let headers: String = headers.map(|header| format!(" -H \"{header}\"")).collect();
    let url = format!("http://{address}{}{path_end}", delivery.path);
    Some(format!(
        "t=$(date +%s); body='{body}'; {sign}curl -sS -i \"{url}\"{headers} --data-binary \"$body\""
    ))
}

/// How the signature is computed, which headers carry it, and what it adds to the path.
fn recipe(name: &str) -> Option<(String, &'static [&'static str], String)> {
    let path_end = String::new();
    Some(match name {
        "github" => {
            (hmac("sha256", secrets::GITHUB, "$body"), &["X-Hub-Signature-256: sha256=$sig"], path_end)
        }
        "stripe" => {
            (hmac("sha256", secrets::STRIPE, "$t.$body"), &["Stripe-Signature: t=$t,v1=$sig"], path_end)
        }
        "standard-webhooks" => (
            // The secret is base64; openssl wants its bytes in hexadecimal.
            format!(
                "key=$(printf %s '{}' | openssl base64 -d -A | od -An -tx1 | tr -d ' \\n'); \
                 sig=$(printf %s \"msg_$t.$t.$body\" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary \
                 | openssl base64 -A); ",
                secrets::STANDARD_WEBHOOKS.trim_start_matches("whsec_")
            ),
            &["webhook-timestamp: $t", "webhook-signature: v1,$sig"],
            path_end,
        ),
        "bloonio" => (
            format!(
                "ms=${{t}}000; hash=$(printf %s \"$body\" | openssl dgst -sha256 | sed 's/^.* //'); {}",
                hmac("sha256", secrets::BLOONIO, "$ms.$hash")
            ),
            &["X-Bloonio-Timestamp: $ms", "X-Bloonio-Signature: $sig"],
            path_end,
        ),
        "bithuman-session" => (
            hmac("sha256", secrets::BITHUMAN_SESSION, "$body"),
            &["X-bitHuman-Signature: sha256=$sig"],
            path_end,
        ),
        "bithuman-account" => (
            hmac("sha256", secrets::BITHUMAN_ACCOUNT, "$t.$body"),
            &["X-BitHuman-Timestamp: $t", "X-BitHuman-Signature: sha256=$sig"],
            path_end,
        ),
        "chatzuri" => {
            (hmac("sha256", secrets::CHATZURI, "$body"), &["X-Chatzuri-Signature: sha256=$sig"], path_end)
        }
        "blooio" => {
            (hmac("sha256", secrets::BLOOIO, "$t.$body"), &["X-Blooio-Signature: t=$t,v1=$sig"], path_end)
        }
        "blinger" => (String::new(), &[], format!("/{}", secrets::BLINGER)),
        _ => return None,
    })
}

fn hmac(hash: &str, secret: &str, text: &str) -> String {
    format!("sig=$(printf %s \"{text}\" | openssl dgst -{hash} -hmac '{secret}' | sed 's/^.* //'); ")
}
