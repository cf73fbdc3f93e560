//! An enum whose variant is named outside of the payload.
use serde::{
    de::{
        DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, VariantAccess, Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use std::cell::Cell;

/// The name of the variant that takes what has none of its own.
const ANY_OTHER: &str = "*";

/// A format's deserializer, except that an enum finds the name of its variant outside, and the whole payload is the
/// variant's content. Everything between it and the enum (newtypes, `Box`, `Option`) is passed through.
pub(super) struct Tagged<'t, D> {
    tag: &'t str,
    payload: D,
    /// Set if the enum has no variant of this name.
    is_unknown: &'t Cell<bool>,
}

impl<'t, D> Tagged<'t, D> {
    pub(super) fn new(tag: &'t str, payload: D, is_unknown: &'t Cell<bool>) -> Self {
        Self { tag, payload, is_unknown }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Tagged<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.payload.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let is_known = variants.contains(&self.tag);
        let tag = if !is_known && variants.contains(&ANY_OTHER) { ANY_OTHER } else { self.tag };
        visitor.visit_enum(Tagged { tag, ..self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.payload.deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

impl<'t, 'de, D: Deserializer<'de>> EnumAccess<'de> for Tagged<'t, D> {
    type Error = D::Error;
    type Variant = Content<D>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<D>), D::Error> {
        let variant = seed.deserialize(StrDeserializer::<D::Error>::new(self.tag));
        self.is_unknown.set(variant.is_err());
        Ok((variant?, Content(self.payload)))
    }
}

/// The payload, as a variant's content.
pub(super) struct Content<D>(D);

impl<'de, D: Deserializer<'de>> VariantAccess<'de> for Content<D> {
    type Error = D::Error;

    fn unit_variant(self) -> Result<(), D::Error> {
        self.0.deserialize_ignored_any(IgnoredAny).map(|_| ())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, D::Error> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct("", fields, visitor)
    }
}
