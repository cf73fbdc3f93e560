//! What a receiver demands that a signature covers.
use super::{component::Component, digest::CONTENT_DIGEST};
use crate::scheme::Refusal;

#[derive(Clone, Debug)]
pub(super) enum Coverage {
    /// Method, authority, path and body, however they are written.
    Usual,
    /// These.
    Listed(Vec<Component>),
}

impl Coverage {
    pub(super) fn demand(&self, covered: &[Component]) -> Result<(), Refusal> {
        let has = |wanted: &Component| covered.iter().any(|component| component.covers(wanted));
        match self {
            Self::Usual => {
                let usual: [&[Component]; 4] = [
                    &[Component::Method],
                    &[Component::Authority, Component::TargetUri],
                    &[Component::Path, Component::RequestTarget, Component::TargetUri],
                    &[Component::Field(CONTENT_DIGEST)],
                ];
                usual.into_iter().try_for_each(|one_of| match one_of.iter().any(has) {
                    true => Ok(()),
                    false => Err(not_covered(one_of)),
                })
            }
            Self::Listed(components) => match components.iter().find(|wanted| !has(wanted)) {
                None => Ok(()),
                Some(wanted) => Err(not_covered(std::slice::from_ref(wanted))),
            },
        }
    }

    /// What a signer covers, so that a receiver with the same demands is content.
    pub(super) fn of_signer(&self) -> Vec<Component> {
        match self {
            Self::Usual => vec![
                Component::Method,
                Component::Authority,
                Component::Path,
                Component::Query,
                Component::Field(CONTENT_DIGEST),
            ],
            Self::Listed(components) => components.clone(),
        }
    }

    /// Whether every signature that is let through covers the whole header.
    pub(super) fn names(&self, field: &http::HeaderName) -> bool {
        match self {
            Self::Usual => *field == CONTENT_DIGEST,
            Self::Listed(components) => {
                components.iter().any(|component| component.whole_field() == Some(field))
            }
        }
    }
}

fn not_covered(one_of: &[Component]) -> Refusal {
    let names: Vec<&str> = one_of.iter().map(Component::name).collect();
    Refusal::NotCovered(names.join(" or ").into())
}
