//! One line for each delivery.
use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use std::{fmt, sync::Arc, time::Instant};
use tower_webhook::{Answered, Rejection, Verified};

/// Where the lines go.
pub(crate) type Report = Arc<dyn Fn(Line) + Send + Sync>;

/// What became of a delivery.
pub(crate) struct Line {
    pub(crate) verdict: String,
    pub(crate) status: u16,
    provider: String,
    seen: Option<Seen>,
    micros: u128,
}

/// What a handler saw of a delivery. It hands it out in the response's extensions.
#[derive(Clone)]
pub(crate) struct Seen {
    event: Option<String>,
    id: Option<String>,
    detail: String,
}

impl Seen {
    /// With a word on what the event was about, which is what a real handler would act on.
    pub(crate) fn of<S>(verified: &Verified<S>, detail: String) -> Extension<Self> {
        let [event, id] = [verified.event(), verified.id()].map(|text| text.map(str::to_owned));
        Extension(Self { event, id, detail })
    }
}

/// The outermost layer: sees every answer, and the reason for it.
pub(crate) async fn report(State(report): State<Report>, request: Request, next: Next) -> Response {
    let provider = request.uri().path().split('/').nth(1).unwrap_or_default().to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    let extensions = response.extensions();
    let verdict =
        match (extensions.get::<Rejection>(), extensions.get::<Answered>(), extensions.get::<Seen>()) {
            (Some(rejection), _, _) => format!("{:?}", rejection.kind()),
            (_, Some(answered), _) => format!("{answered:?}"),
            (_, _, Some(_)) => "Handled".to_owned(),
            _ => "NotHandled".to_owned(),
        };
    report(Line {
        verdict,
        status: response.status().as_u16(),
        provider,
        seen: extensions.get().cloned(),
        micros: began.elapsed().as_micros(),
    });
    response
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:<20} {:<18}", self.status, self.verdict, self.provider)?;
        if let Some(Seen { event, id, detail }) = &self.seen {
            let [event, id] = [event, id].map(|text| text.as_deref().unwrap_or("-"));
            write!(f, " event={event} id={id} {detail}")?;
        }
        write!(f, " ({} us)", self.micros)
    }
}
