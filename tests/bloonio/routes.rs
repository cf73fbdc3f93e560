//! The nine routes in one service, and routes of one's own.
use super::*;
use axum::{Router, routing::post};
use http::{Method, header::ALLOW};
use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower_webhook::{
    TaggedEvent, VerifySignatureLayer,
    providers::bloonio::{AgentEvent, Callbacks, Event, HandlerError, WebhookEvent},
    replay::{MemoryStore, Replay},
};

fn callbacks() -> Callbacks {
    Callbacks::new(tenants()).configure(|layer| layer.clock(|| Some(NOW)))
}

fn remembering() -> Callbacks {
    callbacks().configure(|layer| layer.replay(Replay::new(MemoryStore::new(100), "test")))
}

type Seen = Arc<Mutex<Vec<String>>>;

/// Notes what it is called with.
fn noting<T: std::fmt::Debug>(
    seen: &Seen,
) -> impl Fn(T) -> std::future::Ready<Result<(), io::Error>> + Send + Sync + 'static + use<T> {
    let seen = Arc::clone(seen);
    move |event| {
        seen.lock().unwrap().push(format!("{event:?}"));
        std::future::ready(Ok(()))
    }
}

#[tokio::test]
async fn all_nine_are_acknowledged_without_a_handler() {
    let service = callbacks().into_service();
    for (slug, body) in all_nine() {
        assert_received(&send(&service, callback(slug, body.to_string())).await);
    }
}

#[tokio::test]
async fn all_nine_reach_their_handlers_and_no_other() {
    let seen = Seen::default();
    let mut registered = callbacks();
    for event in EventName::ALL {
        let seen = Arc::clone(&seen);
        let handler = move |tenant: Value| {
            seen.lock().unwrap().push(format!("{event} {}", tenant["tenant_id"]));
            std::future::ready(Ok::<_, Infallible>(()))
        };
        registered = registered.on(event, handler).unwrap();
    }
    let service = registered.into_service();
    for (slug, body) in all_nine() {
        assert_received(&send(&service, callback(slug, body.to_string())).await);
    }
    let expected: Vec<String> = EventName::ALL.iter().map(|event| format!("{event} \"{TENANT}\"")).collect();
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn handlers_take_the_type_that_they_name() {
    let (tickets, agents, any) = (Seen::default(), Seen::default(), Seen::default());
    let service = callbacks()
        .on("ticket-created", noting::<WebhookEvent>(&tickets))
        .unwrap()
        .on("agent-assigned", noting::<AgentEvent>(&agents))
        .unwrap()
        .on("ticket-resolved", noting::<Event>(&any))
        .unwrap()
        .on("agent-resolved", noting::<Event>(&any))
        .unwrap()
        .into_service();
    for (slug, body) in all_nine() {
        assert_received(&send(&service, callback(slug, body.to_string())).await);
    }
    let [tickets, agents, any] =
        [tickets, agents, any].map(|seen| std::mem::take(&mut *seen.lock().unwrap()));
    assert!(matches!(&*tickets, [one] if one.starts_with("WebhookEvent")), "{tickets:?}");
    assert!(matches!(&*agents, [one] if one.starts_with("AgentEvent")), "{agents:?}");
    assert!(
        matches!(&*any, [ticket, agent] if ticket.starts_with("TicketResolved") && agent.starts_with("AgentResolved")),
        "{any:?}"
    );
}

#[tokio::test]
async fn handlers_are_registered_by_either_spelling() {
    for name in ["ticket-created", "ticket_created"] {
        let seen = Seen::default();
        let service = callbacks().on(name, noting::<WebhookEvent>(&seen)).unwrap().into_service();
        send(&service, callback("ticket-created", modelled("ticket_created").to_string())).await;
        assert_eq!(seen.lock().unwrap().len(), 1, "{name}");
    }
}

#[test]
fn a_name_that_is_no_events_is_an_error_that_lists_the_nine() {
    for wrong in ["", "ticket", "ticket created", "Ticket-Created", "ticket-created "] {
        let error = callbacks().on(wrong, noting::<Value>(&Seen::default())).unwrap_err();
        assert!(matches!(&error, HandlerError::Unknown(unknown) if unknown.name() == wrong), "{wrong:?}");
        let text = error.to_string();
        assert!(EventName::ALL.iter().all(|name| text.contains(name.slug())), "{text}");
    }
}

#[test]
fn a_second_handler_for_an_event_is_an_error() {
    let once = callbacks().on("ticket-created", noting::<Value>(&Seen::default())).unwrap();
    let twice = once.on("ticket_created", noting::<Value>(&Seen::default()));
    assert_eq!(twice.unwrap_err(), HandlerError::Twice(EventName::TicketCreated));
}

#[tokio::test]
async fn other_paths_are_not_found_and_other_methods_not_allowed() {
    let service = callbacks().into_service();
    for path in ["/", "/ticket-created", "/api/v1/chat-callbacks", "/api/v1/chat-callbacks/ticket-created/"] {
        let mut request = callback("ticket-created", modelled("ticket_created").to_string());
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(send(&service, request).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for slug in ["ticket_created", "something-new", "*"] {
        let answer = send(&service, callback(slug, "{}")).await;
        assert_eq!(answer.rejection, Some(RejectionKind::UnknownPath), "{slug}");
    }
    for method in [Method::GET, Method::PUT, Method::HEAD, Method::OPTIONS] {
        let mut request = callback("ticket-created", modelled("ticket_created").to_string());
        *request.method_mut() = method;
        let answer = send(&service, request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers[ALLOW], "POST");
    }
}

#[tokio::test]
async fn t07_nothing_unverified_reaches_a_handler() {
    let seen = Seen::default();
    let service = callbacks().on("ticket-created", noting::<Value>(&seen)).unwrap().into_service();
    let body = modelled("ticket_created").to_string();
    let forged = callback_of(TENANT, "sk_guessed", "ticket-created", body.clone());
    assert_refused(&send(&service, forged).await, RejectionKind::SignatureMismatch);
    let stranger = callback_of("tnt_stranger", SECRET, "ticket-created", body.clone());
    assert_refused(&send(&service, stranger).await, RejectionKind::UnknownKey);
    let moved = callback("ticket-created", modelled("ticket_resolved").to_string());
    assert_refused(&send(&service, moved).await, RejectionKind::EventMismatch);
    let mut bare = callback("ticket-created", body);
    bare.headers_mut().clear();
    assert_refused(&send(&service, bare).await, RejectionKind::MissingHeader);
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn t37_each_tenant_speaks_for_itself_only() {
    let seen = Seen::default();
    let service = callbacks().on("ticket-created", noting::<Value>(&seen)).unwrap().into_service();
    let body = |tenant: &str| {
        let mut body = modelled("ticket_created");
        body["tenant_id"] = json!(tenant);
        body.to_string()
    };
    for (tenant, secret) in [(TENANT, SECRET), (OTHER_TENANT, OTHER_SECRET)] {
        let request = callback_of(tenant, secret, "ticket-created", body(tenant));
        assert_received(&send(&service, request).await);
    }
    assert_eq!(seen.lock().unwrap().len(), 2);
    // In the header and the body, in the body alone, in the header alone.
    for (header, named, kind) in [
        (OTHER_TENANT, OTHER_TENANT, RejectionKind::SignatureMismatch),
        (TENANT, OTHER_TENANT, RejectionKind::TenantMismatch),
        (OTHER_TENANT, TENANT, RejectionKind::SignatureMismatch),
    ] {
        let request = callback_of(header, SECRET, "ticket-created", body(named));
        assert_refused(&send(&service, request).await, kind);
    }
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn t12_a_replay_is_refused() {
    let seen = Seen::default();
    let service = remembering().on("ticket-created", noting::<Value>(&seen)).unwrap().into_service();
    let request = callback("ticket-created", modelled("ticket_created").to_string());
    assert_received(&send(&service, request.clone()).await);
    assert_refused(&send(&service, request.clone()).await, RejectionKind::Replayed);
    let mut upper = request;
    let signature = upper.headers()["x-bloonio-signature"].to_str().unwrap().to_uppercase();
    upper.headers_mut().insert("x-bloonio-signature", signature.parse().unwrap());
    assert_refused(&send(&service, upper).await, RejectionKind::Replayed);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_failed_handler_answers_500_and_its_retry_gets_through() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let service = remembering()
        .on("ticket-created", move |_: WebhookEvent| {
            let first = counter.fetch_add(1, Ordering::SeqCst) == 0;
            std::future::ready(if first { Err("the database is away") } else { Ok(()) })
        })
        .unwrap()
        .into_service();
    let request = callback("ticket-created", modelled("ticket_created").to_string());
    let failed = send(&service, request.clone()).await;
    assert_eq!((failed.status, &*failed.body), (StatusCode::INTERNAL_SERVER_ERROR, ""), "and no word of why");
    assert_received(&send(&service, request.clone()).await);
    assert_refused(&send(&service, request).await, RejectionKind::Replayed);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_payload_that_does_not_fit_its_handler_is_422_with_its_path() {
    let seen = Seen::default();
    let service = callbacks().on("ticket-created", noting::<WebhookEvent>(&seen)).unwrap().into_service();
    let mut body = modelled("ticket_created");
    body["ticket_id"] = json!([1]);
    let answer = send(&service, callback("ticket-created", body.to_string())).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("`ticket_id`"), "{}", answer.body);
    assert_eq!(answer.headers[CONTENT_TYPE], "text/plain; charset=utf-8");
    let answer = send(&service, callback("ticket-created", "no JSON")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_layers_tolerance_can_be_set() {
    let later = || Some(Timestamp::from_unix_millis(NOW.as_unix_millis() + 40_000));
    let request = callback("ticket-created", modelled("ticket_created").to_string());
    let service = callbacks().configure(|layer| layer.clock(later)).into_service();
    assert_refused(&send(&service, request.clone()).await, RejectionKind::StaleTimestamp);
    let service =
        callbacks().configure(|layer| layer.clock(later).tolerance(Duration::from_secs(60))).into_service();
    assert_received(&send(&service, request).await);
}

#[tokio::test]
async fn the_prefix_can_be_chosen() {
    for prefix in ["/hooks/chat", "hooks/chat/"] {
        let service =
            Callbacks::under(prefix, tenants()).configure(|layer| layer.clock(|| Some(NOW))).into_service();
        let mut request = callback("ticket-created", modelled("ticket_created").to_string());
        assert_eq!(send(&service, request.clone()).await.status, StatusCode::NOT_FOUND);
        *request.uri_mut() = "/hooks/chat/ticket-created".parse().unwrap();
        assert_received(&send(&service, request).await);
    }
}

#[tokio::test]
async fn axum_takes_the_service_as_fallback_and_nested() {
    let fallback = Router::new()
        .route("/health", axum::routing::get(async || "up"))
        .fallback_service(callbacks().into_service());
    let nested = Router::new().nest_service(
        PREFIX,
        Callbacks::under("", tenants()).configure(|layer| layer.clock(|| Some(NOW))).into_service(),
    );
    for app in [fallback, nested] {
        for (slug, body) in all_nine() {
            assert_received(&send(&app, callback(slug, body.to_string())).await);
        }
        assert_eq!(send(&app, callback("something-new", "{}")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn axum_handlers_take_the_tagged_event() {
    async fn on_callback(proof: Verified<BloonioChat>, TaggedEvent(event): TaggedEvent<Event>) -> StatusCode {
        match event {
            Event::TicketCreated(ticket) if proof.tenant() == Some(&ticket.tenant_id) => StatusCode::OK,
            Event::Other(_) => StatusCode::ACCEPTED,
            _ => StatusCode::NOT_IMPLEMENTED,
        }
    }
    let layer = VerifySignatureLayer::new(BloonioChat, tenants()).clock(|| Some(NOW));
    let app = Router::new().route(&format!("{PREFIX}/{{event}}"), post(on_callback)).route_layer(layer);
    assert_received(&send(&app, callback("ticket-created", modelled("ticket_created").to_string())).await);
    let new = send(&app, callback("something-new", modelled("something_new").to_string())).await;
    assert_eq!((new.status, &*new.body), (StatusCode::ACCEPTED, RECEIVED));
}

#[tokio::test]
async fn hyper_serves_it() {
    use hyper_util::{rt::TokioIo, service::TowerToHyperService};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = TowerToHyperService::new(callbacks().into_service());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    });
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = callback("ticket-created", modelled("ticket_created").to_string());
    request.headers_mut().insert("host", "localhost".parse().unwrap());
    let response = sender.send_request(request.map(Full::new)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), RECEIVED);
}
