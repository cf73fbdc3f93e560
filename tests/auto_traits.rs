//! What the public types promise to the code that moves them: checked by the compiler.
#![cfg(all(feature = "memory", feature = "providers"))]
#![allow(missing_docs)]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use std::{convert::Infallible, future::Ready};
use tower::util::BoxService;
use tower_webhook::{
    PublicUrl, Rejection, ResponseBody, ResponseFuture, Scheme, Sign, SignError, SignFuture, SignLayer,
    Verified, VerifiedBody, VerifySignature, VerifySignatureLayer,
    key::{Key, KeyLookup, KeySet, SigningKey, Tenants},
    providers::GitHub,
    replay::{MemoryStore, Replay, ReplayKey, Reservation, StoreError},
    scheme::{ByPath, DynScheme, Plan, Verdict, Verifier},
    schemes::{Signed, Token},
};

fn send<T: Send>() {}
fn sync<T: Sync>() {}
fn unpin<T: Unpin>() {}
fn clone<T: Clone>() {}
fn lasting<T: 'static>() {}

/// A service that is cheap to name and does nothing.
#[derive(Clone)]
struct Inner;

impl tower::Service<Request<VerifiedBody>> for Inner {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
        std::future::ready(Ok(Response::new(Empty::new())))
    }
}

macro_rules! promises {
    ($($promise:ident for [$($type:ty),* $(,)?];)*) => {
        #[test]
        fn the_public_types_keep_their_promises() {
            $($($promise::<$type>();)*)*
        }
    };
}

promises! {
    send for [
        VerifySignatureLayer<GitHub>, VerifySignature<Inner, GitHub>, ResponseFuture<Inner, GitHub, Full<Bytes>>,
        ResponseBody<Empty<Bytes>>, VerifiedBody, Verified, Verified<GitHub>, Verdict, Verifier, Plan, Key, KeySet,
        KeyLookup, SigningKey, Tenants, Rejection, Replay, ReplayKey, Reservation, StoreError, MemoryStore, PublicUrl,
        ByPath, DynScheme, Signed, Token, Box<dyn Scheme>, SignLayer<GitHub>, Sign<Inner, GitHub>,
        SignFuture<Ready<()>>, SignError<Infallible>,
    ];
    sync for [
        VerifySignatureLayer<GitHub>, VerifySignature<Inner, GitHub>, ResponseBody<Empty<Bytes>>, VerifiedBody,
        Verified, Verified<GitHub>, Key, KeySet, SigningKey, Tenants, Rejection, Replay, ReplayKey, Reservation,
        StoreError, MemoryStore, PublicUrl, ByPath, DynScheme, Signed, Token, Box<dyn Scheme>, SignLayer<GitHub>,
        Sign<Inner, GitHub>,
    ];
    unpin for [
        VerifySignatureLayer<GitHub>, VerifySignature<Inner, GitHub>, ResponseFuture<Inner, GitHub, Full<Bytes>>,
        ResponseBody<Empty<Bytes>>, VerifiedBody, Verified, Key, KeySet, KeyLookup, Rejection, MemoryStore,
        Box<dyn Scheme>, SignLayer<GitHub>, Sign<Inner, GitHub>, SignFuture<Ready<()>>,
    ];
    clone for [
        VerifySignatureLayer<GitHub>, VerifySignatureLayer<Box<dyn Scheme>>, VerifySignature<Inner, GitHub>,
        VerifiedBody, Verified, Verified<GitHub>, Key, KeySet, SigningKey, Tenants, Rejection, Replay, ReplayKey,
        Reservation, PublicUrl, ByPath, DynScheme, Signed, Token, SignLayer<DynScheme>, Sign<Inner, DynScheme>,
    ];
    lasting for [VerifySignature<Inner, DynScheme>, ResponseFuture<Inner, DynScheme, Full<Bytes>>];
}

type Boxed = BoxService<Request<Full<Bytes>>, Response<ResponseBody<Empty<Bytes>>>, Infallible>;

/// Tower's own boxes take the service, behind any scheme.
#[test]
fn the_service_can_be_boxed() {
    fn boxed<S: Scheme>(service: VerifySignature<Inner, S>) -> Boxed {
        BoxService::new(service)
    }
    let _ = boxed::<GitHub>;
    let _ = boxed::<DynScheme>;
    let _ = boxed::<Box<dyn Scheme>>;
}
