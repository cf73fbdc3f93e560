//! The settings, from variables.
use super::{
    scheme::{VECTOR_BODY, VECTOR_SIGNATURE},
    *,
};
use std::time::Duration;
use tower_webhook::{
    key::KeyError,
    providers::bloonio::{IdempotencyBackend, Settings, SettingsErrorKind},
    time::Unit,
};

const REQUIRED: [(&str, &str); 3] = [
    ("BLOONIO_CHAT_BASE_URL", "https://chat-relay.example.com"),
    ("BLOONIO_CHAT_TENANT_ID", TENANT),
    ("BLOONIO_CHAT_TENANT_SECRET", SECRET),
];

/// The required variables, and these in their place or beside them.
fn settings(more: &[(&'static str, &'static str)]) -> Result<Settings, (&'static str, SettingsErrorKind)> {
    let replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
    let variables = REQUIRED.iter().filter(|(name, _)| !replaced(name)).chain(more);
    Settings::from_vars(variables.copied()).map_err(|error| (error.variable(), error.kind()))
}

#[test]
fn settings_have_the_documented_defaults() {
    let settings = settings(&[("PATH", "/bin"), ("BLOONIO_CHAT_SOMETHING_ELSE", "")]).unwrap();
    assert_eq!(settings.base_url(), "https://chat-relay.example.com");
    assert_eq!(settings.tenant_id(), TENANT);
    assert_eq!(settings.callback_base_url(), None);
    assert_eq!(settings.callback_path_prefix(), PREFIX);
    assert_eq!(settings.request_timeout(), Duration::from_secs(10));
    assert_eq!(settings.idempotency_backend(), IdempotencyBackend::Memory);
    assert_eq!(settings.idempotency_url(), None);
    assert_eq!(settings.idempotency_ttl(), Duration::from_secs(600));
}

#[test]
fn settings_are_read_in_any_case() {
    let settings = Settings::from_vars([
        ("bloonio_chat_base_url", "http://localhost:8000"),
        ("Bloonio_Chat_Tenant_Id", "tnt_1"),
        ("BLOONIO_CHAT_TENANT_SECRET", SECRET),
        ("bloonio_chat_callback_base_url", "https://backend.example.com"),
        ("bloonio_chat_callback_path_prefix", "/hooks"),
        ("bloonio_chat_request_timeout_seconds", "2.5"),
        ("bloonio_chat_callback_idempotency_backend", "redis"),
        ("bloonio_chat_callback_idempotency_backend_url", "redis://:password@redis.example.com"),
        ("bloonio_chat_callback_idempotency_ttl_seconds", "3600"),
    ])
    .unwrap();
    assert_eq!(settings.base_url(), "http://localhost:8000");
    assert_eq!(settings.tenant_id(), "tnt_1");
    assert_eq!(settings.callback_base_url(), Some("https://backend.example.com"));
    assert_eq!(settings.callback_path_prefix(), "/hooks");
    assert_eq!(settings.request_timeout(), Duration::from_millis(2500));
    assert_eq!(settings.idempotency_backend(), IdempotencyBackend::Redis);
    assert_eq!(settings.idempotency_url(), Some("redis://:password@redis.example.com"));
    assert_eq!(settings.idempotency_ttl(), Duration::from_secs(3600));
    #[cfg(feature = "redis")]
    assert!(settings.callbacks().is_ok(), "Redis may be down until the first callback");
    #[cfg(not(feature = "redis"))]
    assert_eq!(settings.callbacks().unwrap_err().kind(), SettingsErrorKind::RedisDisabled);
}

#[cfg(feature = "redis")]
#[test]
fn a_url_that_is_not_of_a_redis_is_named_and_not_shown() {
    let others = [
        ("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND", "redis"),
        ("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND_URL", "http://:password@redis.example.com"),
    ];
    let error = Settings::from_vars(REQUIRED.into_iter().chain(others)).unwrap().callbacks().unwrap_err();
    assert_eq!(error.variable(), "BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND_URL");
    assert_eq!(error.kind(), SettingsErrorKind::NotARedisUrl);
    assert!(!error.to_string().contains("password@redis.example.com"), "{error}");
}

#[test]
fn a_required_setting_that_is_missing_is_named() {
    for missing in REQUIRED.map(|(name, _)| name) {
        let others = REQUIRED.into_iter().filter(|(name, _)| *name != missing);
        let error = Settings::from_vars(others).unwrap_err();
        assert_eq!((error.variable(), error.kind()), (missing, SettingsErrorKind::Missing));
        assert!(error.to_string().contains(missing), "{error}");
    }
    let redis = settings(&[("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND", "redis")]);
    let url = "BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND_URL";
    assert_eq!(redis.unwrap_err(), (url, SettingsErrorKind::Missing));
}

#[test]
fn a_setting_that_is_wrong_is_named() {
    use SettingsErrorKind as K;
    for (variable, value, kind) in [
        ("BLOONIO_CHAT_BASE_URL", "", K::Blank),
        ("BLOONIO_CHAT_BASE_URL", "chat-relay.example.com", K::NotAUrl),
        ("BLOONIO_CHAT_BASE_URL", "/relative", K::NotAUrl),
        ("BLOONIO_CHAT_BASE_URL", "ftp://chat-relay.example.com", K::NotAUrl),
        ("BLOONIO_CHAT_TENANT_ID", " ", K::Blank),
        ("BLOONIO_CHAT_TENANT_ID", "tnt 1", K::NotAHeaderValue),
        ("BLOONIO_CHAT_TENANT_ID", "tnt_1\n", K::NotAHeaderValue),
        ("BLOONIO_CHAT_TENANT_ID", "tnt_ä", K::NotAHeaderValue),
        ("BLOONIO_CHAT_TENANT_SECRET", "\t\n", K::Blank),
        ("BLOONIO_CHAT_TENANT_SECRET", "sk_", K::Secret(KeyError::OnlyPrefix { prefix: "sk_" })),
        ("BLOONIO_CHAT_TENANT_SECRET", "sk_x\n", K::Secret(KeyError::SurroundingSpace)),
        ("BLOONIO_CHAT_CALLBACK_BASE_URL", "", K::Blank),
        ("BLOONIO_CHAT_CALLBACK_BASE_URL", "http://backend.example.com", K::NotHttps),
        ("BLOONIO_CHAT_CALLBACK_BASE_URL", "https:///hooks", K::NotAUrl),
        ("BLOONIO_CHAT_CALLBACK_PATH_PREFIX", "", K::Blank),
        ("BLOONIO_CHAT_REQUEST_TIMEOUT_SECONDS", "soon", K::NotANumber),
        ("BLOONIO_CHAT_REQUEST_TIMEOUT_SECONDS", "0", K::NotANumber),
        ("BLOONIO_CHAT_REQUEST_TIMEOUT_SECONDS", "-1", K::NotANumber),
        ("BLOONIO_CHAT_REQUEST_TIMEOUT_SECONDS", "inf", K::NotANumber),
        ("BLOONIO_CHAT_REQUEST_TIMEOUT_SECONDS", "NaN", K::NotANumber),
        ("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND", "memcached", K::UnknownBackend),
        ("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND", "Memory", K::UnknownBackend),
        ("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND_URL", " ", K::Blank),
        ("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_TTL_SECONDS", "600.5", K::NotANumber),
        ("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_TTL_SECONDS", "0", K::NotANumber),
        ("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_TTL_SECONDS", "18446744073709551615", K::NotANumber),
    ] {
        assert_eq!(settings(&[(variable, value)]).unwrap_err(), (variable, kind), "{variable}={value:?}");
    }
    let twice = settings(&[("bloonio_chat_tenant_id", "tnt_2")]);
    assert_eq!(twice.unwrap_err(), ("BLOONIO_CHAT_TENANT_ID", K::Twice));
}

#[cfg(unix)]
#[test]
fn a_setting_that_is_not_unicode_is_named() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};
    let garbled = OsString::from_vec(vec![0xff]);
    // Foreign variables may be anything.
    let foreign = [(garbled.clone(), garbled.clone())];
    let required = REQUIRED.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    assert!(Settings::from_vars(foreign.into_iter().chain(required.clone())).is_ok());
    let prefix = (OsString::from("BLOONIO_CHAT_CALLBACK_PATH_PREFIX"), garbled);
    let error = Settings::from_vars(required.into_iter().chain([prefix])).unwrap_err();
    assert_eq!(error.variable(), "BLOONIO_CHAT_CALLBACK_PATH_PREFIX");
    assert_eq!(error.kind(), SettingsErrorKind::NotUnicode);
}

#[test]
fn the_environment_is_read_without_these_variables() {
    let error = Settings::from_env().unwrap_err();
    assert_eq!(error.kind(), SettingsErrorKind::Missing);
}

#[test]
fn t24_settings_show_no_secret() {
    let settings = settings(&[(
        "BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND_URL",
        "redis://:correct-horse@redis.example.com",
    )])
    .unwrap();
    let shown = format!("{settings:?} {settings:#?} {:?}", settings.callbacks().unwrap());
    assert!(!shown.contains(SECRET) && !shown.contains("correct-horse"), "{shown}");
    assert!(shown.contains(TENANT), "{shown}");
    let error = Settings::from_vars([("BLOONIO_CHAT_TENANT_SECRET", "sk_hidden ")]).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hidden"));
}

#[tokio::test]
async fn settings_make_the_nine_routes() {
    let at = |settings: &Settings| {
        settings.callbacks().unwrap().configure(|layer| layer.clock(|| Some(NOW))).into_service()
    };
    let request = callback("ticket-created", modelled("ticket_created").to_string());

    let remembers = at(&settings(&[]).unwrap());
    assert_received(&send(&remembers, request.clone()).await);
    assert_refused(&send(&remembers, request.clone()).await, RejectionKind::Replayed);
    let stranger =
        callback_of(OTHER_TENANT, OTHER_SECRET, "ticket-created", modelled("ticket_created").to_string());
    assert_refused(&send(&remembers, stranger).await, RejectionKind::UnknownKey);

    let forgets = at(&settings(&[("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND", "none")]).unwrap());
    assert_received(&send(&forgets, request.clone()).await);
    assert_received(&send(&forgets, request.clone()).await);

    let elsewhere = at(&settings(&[("BLOONIO_CHAT_CALLBACK_PATH_PREFIX", "/hooks")]).unwrap());
    assert_eq!(send(&elsewhere, request.clone()).await.status, StatusCode::NOT_FOUND);
    let mut moved = request;
    *moved.uri_mut() = "/hooks/ticket-created".parse().unwrap();
    assert_received(&send(&elsewhere, moved).await);
}

#[test]
fn the_memory_remembers_for_as_long_as_is_set() {
    let ttl = [("BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_TTL_SECONDS", "3600")];
    let callbacks = settings(&ttl).unwrap().callbacks().unwrap();
    assert!(format!("{callbacks:?}").contains("retention: Some(3600s)"), "{callbacks:?}");
}

#[test]
fn requests_to_the_relay_are_signed_by_the_same_recipe() {
    let settings = settings(&[]).unwrap();
    let mut request = Request::post("https://chat-relay.example.com/api/v1/relay/create/conversation")
        .header("X-Bloonio-Tenant-Id", "left over")
        .body(Bytes::from_static(VECTOR_BODY.as_bytes()))
        .unwrap();
    settings.sign(&mut request, NOW).unwrap();
    let value = |name: &str| request.headers().get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(value("x-bloonio-tenant-id"), [TENANT]);
    assert_eq!(value("x-bloonio-timestamp"), [&*Unit::Milliseconds.format(NOW)]);
    assert_eq!(value("x-bloonio-signature"), [VECTOR_SIGNATURE]);
}
