//! Schemes that are another one, but for what they say themselves.

/// Methods of [`Scheme`](super::Scheme) that another scheme answers: `forward!(self => &*RECIPE; name, key, plan)`, or
/// `all` that belong to a recipe.
macro_rules! forward {
    ($self:ident => $to:expr; all) => {
        $crate::scheme::forward! {
            $self => $to;
            name, key, plan, accept, sign, signing_key, event_source, methods, tolerance, body_limit, answers, lease
        }
    };
    ($self:ident => $to:expr; $($method:ident),+ $(,)?) => {
        $($crate::scheme::forward! { @$method $self $to })+
    };
    (@name $self:ident $to:expr) => {
        fn name(&$self) -> &str {
            $crate::Scheme::name($to)
        }
    };
    (@key $self:ident $to:expr) => {
        fn key(&$self, text: &str) -> Result<$crate::key::Key, $crate::key::KeyError> {
            $crate::Scheme::key($to, text)
        }
    };
    (@plan $self:ident $to:expr) => {
        fn plan(
            &$self,
            head: &$crate::scheme::Head<'_>,
            body: Option<&bytes::Bytes>,
        ) -> Result<$crate::scheme::Plan, $crate::scheme::Refusal> {
            $crate::Scheme::plan($to, head, body)
        }
    };
    (@accept $self:ident $to:expr) => {
        fn accept(
            &$self,
            proven: &$crate::scheme::Proven<'_>,
        ) -> Result<$crate::scheme::Outcome, $crate::scheme::Refusal> {
            $crate::Scheme::accept($to, proven)
        }
    };
    (@sign $self:ident $to:expr) => {
        fn sign(
            &$self,
            request: &mut http::Request<bytes::Bytes>,
            key: &$crate::key::SigningKey,
            now: $crate::time::Timestamp,
        ) -> Result<(), $crate::scheme::CannotSign> {
            $crate::Scheme::sign($to, request, key, now)
        }
    };
    (@signing_key $self:ident $to:expr) => {
        fn signing_key(&$self, text: &str) -> Result<$crate::key::SigningKey, $crate::key::KeyError> {
            $crate::Scheme::signing_key($to, text)
        }
    };
    (@event_source $self:ident $to:expr) => {
        fn event_source(&$self) -> Option<&$crate::schemes::Source> {
            $crate::Scheme::event_source($to)
        }
    };
    (@methods $self:ident $to:expr) => {
        fn methods(&$self) -> &[http::Method] {
            $crate::Scheme::methods($to)
        }
    };
    (@tolerance $self:ident $to:expr) => {
        fn tolerance(&$self) -> std::time::Duration {
            $crate::Scheme::tolerance($to)
        }
    };
    (@body_limit $self:ident $to:expr) => {
        fn body_limit(&$self) -> usize {
            $crate::Scheme::body_limit($to)
        }
    };
    (@answers $self:ident $to:expr) => {
        fn answers(&$self) -> $crate::scheme::Answers {
            $crate::Scheme::answers($to)
        }
    };
    (@lease $self:ident $to:expr) => {
        fn lease(&$self) -> std::time::Duration {
            $crate::Scheme::lease($to)
        }
    };
    (@scheme_type $self:ident $to:expr) => {
        fn scheme_type(&$self, sealed: $crate::scheme::Sealed) -> std::any::TypeId {
            $crate::Scheme::scheme_type($to, sealed)
        }
    };
}
pub(crate) use forward;
