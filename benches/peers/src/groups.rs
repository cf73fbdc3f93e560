//! The sides in groups, for criterion.
use crate::{
    deliveries::{self, SECRET},
    figures::{reject_head, signatures, tenants, two_keys},
    measure::Side,
    ours, peers,
};
use http::StatusCode;
use tower_webhook::{Scheme as _, providers::GitHub};

/// Sides that see the same delivery, or that are different loads of one side.
pub struct Group {
    pub name: String,
    /// Bytes of each delivery, if all have as many.
    pub size: Option<usize>,
    pub sides: Vec<(String, Side)>,
}

const KIB: usize = 1 << 10;

/// `accept/..`, `reject/..`, `keys/..` and `event/..`.
pub fn all() -> Vec<Group> {
    let sizes = [("200B", 200), ("1KiB", KIB), ("16KiB", 16 * KIB), ("64KiB", 64 * KIB), ("1MiB", KIB * KIB)];
    let mut groups: Vec<Group> = sizes.into_iter().map(|(name, size)| accept(name, size)).collect();
    groups.extend([reject(), keys(), event()]);
    groups
}

fn accept(name: &str, size: usize) -> Group {
    let body = deliveries::body(size);
    let mut sides = vec![
        ("floor".to_owned(), ours::floor(body.clone())),
        ("verify_fn".to_owned(), ours::github_function(size)),
        ("layer".to_owned(), ours::github_layer(size)),
        ("layer_axum".to_owned(), ours::axum(GitHub, SECRET, deliveries::github(&body), body.clone())),
    ];
    let functions = peers::github(&body).into_iter().map(|(name, side)| (format!("fn_{name}"), side));
    sides.extend(functions);
    sides.push(("layer_webhook-verify".to_owned(), peers::layer(size)));
    sides.push(("axum_axum-github-webhook-extract".to_owned(), peers::axum_github(&body)));
    Group { name: format!("accept/{name}"), size: Some(size), sides }
}

/// By the layer.
fn reject() -> Group {
    let body = deliveries::body(KIB);
    let forged = {
        let mut parts = deliveries::github(&body);
        let digits = format!("sha256={}", "0".repeat(64));
        parts.headers.insert("x-hub-signature-256", digits.parse().unwrap());
        ours::layer(GitHub, GitHub.key(SECRET).unwrap(), KIB, parts, body.clone(), StatusCode::UNAUTHORIZED)
    };
    let too_long = {
        let (key, parts) = (GitHub.key(SECRET).unwrap(), deliveries::github(&body));
        ours::layer(GitHub, key, KIB - 1, parts, body, StatusCode::PAYLOAD_TOO_LARGE)
    };
    let sides = [
        ("no_signature", reject_head(0)),
        ("no_signature_100_headers", reject_head(100)),
        ("forged", forged),
        ("too_long", too_long),
    ];
    Group { name: "reject".to_owned(), size: None, sides: named(sides) }
}

fn keys() -> Group {
    let sides = [
        ("one_key_64KiB", ours::github_layer(64 * KIB)),
        ("two_keys_64KiB", two_keys()),
        ("one_signature_1MiB", signatures(1)),
        ("sixteen_signatures_1MiB", signatures(16)),
        ("one_tenant_1KiB", tenants(1)),
        ("100k_tenants_1KiB", tenants(100_000)),
    ];
    Group { name: "keys".to_owned(), size: None, sides: named(sides) }
}

/// On a route of axum's, as far as the handler's own type.
fn event() -> Group {
    let body = deliveries::body(KIB);
    let sides = [
        ("layer_and_event", ours::axum_event(deliveries::github(&body), body.clone())),
        ("written_by_hand", ours::axum_by_hand(deliveries::github(&body), body)),
    ];
    Group { name: "event/1KiB".to_owned(), size: Some(KIB), sides: named(sides) }
}

fn named<const N: usize>(sides: [(&str, Side); N]) -> Vec<(String, Side)> {
    sides.into_iter().map(|(name, side)| (name.to_owned(), side)).collect()
}
