//! The typed events.
use super::*;
use tower_webhook::providers::bloonio::{AgentStatus, EscalationReason, Event, WebhookEvent};

fn typed(slug: &str, body: &Value) -> Event {
    verdict(callback(slug, body.to_string())).unwrap().parse_tagged().unwrap()
}

#[test]
fn each_event_is_a_variant_of_its_own() {
    let variants: Vec<String> = all_nine()
        .iter()
        .map(|(slug, body)| {
            let debug = format!("{:?}", typed(slug, body));
            debug.split('(').next().unwrap().to_owned()
        })
        .collect();
    let names: Vec<String> = EventName::ALL.iter().map(|name| format!("{name:?}")).collect();
    assert_eq!(variants, names);
}

#[test]
fn a_modelled_body_is_read_and_what_it_adds_survives() {
    let mut body = modelled("ticket_created");
    body["severity"] = json!({"level": 3});
    let Event::TicketCreated(ticket) = typed("ticket-created", &body) else { panic!("another event") };
    assert_eq!(ticket.event_type, "ticket_created");
    assert_eq!(ticket.tenant_id, TENANT);
    assert_eq!(ticket.occurred_at, "2026-09-10T01:46:40Z");
    assert_eq!(ticket.conversation_id.as_deref(), Some("c1"));
    assert_eq!(ticket.ticket_number.as_deref(), Some("LOK-000123"));
    assert_eq!(ticket.escalation_reason, Some(EscalationReason::UserRequested));
    assert_eq!((ticket.agent_user_id, ticket.message_id), (None, None), "null, and absent");
    assert_eq!(ticket.extra, json!({"priority": "p1"}));
    assert_eq!(Value::Object(ticket.unknown), json!({"severity": {"level": 3}}));
}

#[test]
fn an_agent_body_is_read_as_documented() {
    let mut body = documented("ASSIGNED");
    body["operator_display_name"] = json!("Robin Example");
    body["shift"] = json!("night");
    let Event::AgentAssigned(agent) = typed("agent-assigned", &body) else { panic!("another event") };
    assert_eq!(agent.tenant_id, TENANT);
    assert_eq!(agent.conversation_id.as_deref(), Some("68d0c1f2a3b4c5d6e7f80910"));
    assert_eq!(agent.status, Some(AgentStatus::Assigned));
    assert_eq!(agent.operator_id.as_deref(), Some("019e4ae7-3c4d-7e5f-8a6b-7c8d9e0f1a2b"));
    assert_eq!(agent.operator_display_name.as_deref(), Some("Robin Example"));
    assert_eq!(agent.visitor_session_id.as_deref(), Some("vs_c29tZSBzZXNzaW9u"));
    assert_eq!(agent.escalation_reason, None);
    assert_eq!(agent.claim_count, Some(1));
    assert_eq!(agent.claimed_at.as_deref(), Some("2026-05-22T12:34:56Z"));
    assert_eq!((agent.released_at, agent.resolved_at, agent.event_type), (None, None, None));
    assert_eq!(Value::Object(agent.unknown), json!({"shift": "night"}));

    let mut body = documented("RESOLVED");
    body["claimed_at"] = Value::Null;
    body["released_at"] = json!("2026-05-22T12:40:00Z");
    body["resolved_at"] = json!("2026-05-22T12:50:00Z");
    let Event::AgentResolved(agent) = typed("agent-resolved", &body) else { panic!("another event") };
    assert_eq!((agent.claimed_at, agent.operator_display_name), (None, None));
    assert_eq!(agent.released_at.as_deref(), Some("2026-05-22T12:40:00Z"));
    assert_eq!(agent.resolved_at.as_deref(), Some("2026-05-22T12:50:00Z"));
}

#[test]
fn an_agent_body_is_read_as_modelled() {
    let mut body = modelled("agent_released");
    body["agent_user_id"] = json!("u1");
    let Event::AgentReleased(agent) = typed("agent-released", &body) else { panic!("another event") };
    assert_eq!(agent.event_type.as_deref(), Some("agent_released"));
    assert_eq!(agent.occurred_at.as_deref(), Some("2026-09-10T01:46:40Z"));
    assert_eq!(agent.agent_user_id.as_deref(), Some("u1"));
    assert_eq!(agent.extra, json!({"priority": "p1"}));
    assert_eq!(agent.status, None);
}

#[test]
fn a_reason_or_status_that_is_new_survives() {
    let reason = |text: &str| serde_json::from_value::<EscalationReason>(json!(text)).unwrap();
    assert_eq!(reason("low_confidence"), EscalationReason::LowConfidence);
    assert_eq!(reason("restricted_topic"), EscalationReason::RestrictedTopic);
    assert_eq!(reason("user_request"), EscalationReason::UserRequested);
    assert_eq!(reason("user_requested"), EscalationReason::UserRequested);
    assert_eq!(reason("direct"), EscalationReason::Direct);

    let mut body = modelled("agent_assigned");
    body["escalation_reason"] = json!("full_moon");
    body["status"] = json!("PAUSED");
    let Event::AgentAssigned(agent) = typed("agent-assigned", &body) else { panic!("another event") };
    assert_eq!(agent.escalation_reason, Some(EscalationReason::Other("full_moon".to_owned())));
    assert_eq!(agent.status, Some(AgentStatus::Other("PAUSED".to_owned())));
}

#[test]
fn an_event_that_is_new_survives() {
    let body = modelled("conversation_archived");
    assert_eq!(typed("conversation-archived", &body), Event::Other(body));
}

#[test]
fn what_does_not_fit_says_where() {
    let mut body = modelled("ticket_created");
    body["ticket_number"] = json!(123);
    let verified = verdict(callback("ticket-created", body.to_string())).unwrap();
    assert!(verified.parse_tagged::<Event>().unwrap_err().path().unwrap().ends_with("ticket_number"));
    assert_eq!(verified.parse::<WebhookEvent>().unwrap_err().path(), Some("ticket_number"));
    let verified = verdict(callback("ticket-created", r#"{"event_type":"ticket_created"}"#)).unwrap();
    let error = verified.parse_tagged::<Event>().unwrap_err();
    assert!(error.to_string().contains("tenant_id"), "{error}");
}
