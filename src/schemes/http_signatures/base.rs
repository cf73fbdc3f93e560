//! The signature base: the bytes that are signed (RFC 9421, section 2.5).
use super::{
    component::Component,
    field::{self, FieldKinds},
    input::Input,
    structured,
    target::Target,
};
use crate::scheme::{Head, Refusal};

/// Bytes for a component's line, of which most are short and a digest is not: so that the buffer seldom grows.
const LINE: usize = 80;

/// The signature base of a request with this input.
pub(super) fn signature_base(
    input: &Input<'_>,
    head: &Head<'_>,
    kinds: &FieldKinds,
) -> Result<String, Refusal> {
    let mut base = String::with_capacity(input.items.len().saturating_add(1).saturating_mul(2 * LINE));
    for (item, component) in input.items.iter().zip(&input.components) {
        item.write(&mut base);
        base.push_str(": ");
        write_value(component, head, kinds, &mut base)?;
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    structured::write_inner_list(&input.items, &input.params, &mut base);
    // Headers and parameters are known to be, and a target may be anything.
    if base.is_ascii() { Ok(base) } else { Err(Refusal::MalformedTarget("the URL is not ASCII".into())) }
}

fn write_value(
    component: &Component,
    head: &Head<'_>,
    kinds: &FieldKinds,
    out: &mut String,
) -> Result<(), Refusal> {
    match component {
        Component::Method => out.push_str(head.method().as_str()),
        Component::TargetUri => Target::of(head)?.write_target_uri(out)?,
        Component::Authority => Target::of(head)?.write_authority(head, out)?,
        Component::Scheme => Target::of(head)?.write_scheme(out)?,
        Component::RequestTarget => Target::of(head)?.write_request_target(out)?,
        Component::Path => Target::of(head)?.write_path(out),
        Component::Query => Target::of(head)?.write_query(out)?,
        Component::QueryParam(name) => Target::of(head)?.write_query_param(name, out)?,
        Component::Field(name) => field::write(name, head, out)?,
        Component::StructuredField(name) => field::write_structured(name, kinds, head, out)?,
        Component::DictionaryMember(name, key) => field::write_member(name, key, kinds, head, out)?,
        Component::WrappedField(name) => field::write_wrapped(name, head, out)?,
    }
    Ok(())
}
