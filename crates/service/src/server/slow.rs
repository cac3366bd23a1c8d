//! A body that comes so slowly that it never ends is given up.

use std::{
    future::Future as _,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http_body::{Frame, SizeHint};
use tokio::time::Sleep;

use crate::Problem;

/// Around each request: its body has that long to come.
pub(super) async fn hurry(limit: Duration, request: Request, next: Next) -> Response {
    let late = Arc::new(AtomicBool::new(false));
    let given_up = late.clone();
    let request = request.map(|body| Body::new(Timed { body, deadline: None, limit, late }));
    let response = next.run(request).await;
    if !given_up.load(Ordering::Relaxed) {
        return response;
    }
    let mut response = Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "/problemes/lenteur",
        "Demande trop lente",
        "Le corps de la demande n’est pas arrivé à temps. Rien n’a été enregistré : renvoyez la même demande, avec la même clé d’idempotence.",
    )
    .into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

struct Timed {
    body: Body,
    /// Set when the body is first asked for.
    deadline: Option<Pin<Box<Sleep>>>,
    limit: Duration,
    late: Arc<AtomicBool>,
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = self.limit;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        if deadline.as_mut().poll(context).is_ready() {
            self.late.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err("the body is too slow".into())));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn, routing::post};
    use futures::{StreamExt as _, stream};
    use tower_service::Service as _;

    use super::*;

    async fn ask(body: Body) -> Response {
        let limit = Duration::from_millis(300);
        let route = post(|body: Bytes| async move { body.len().to_string() });
        let mut router: Router = Router::new().route("/", route);
        router = router.layer(from_fn(move |request: Request, next: Next| hurry(limit, request, next)));
        router.call(Request::post("/").body(body).expect("a request")).await.expect("an answer")
    }

    fn dripping(drops: usize, pause: u64) -> Body {
        let drop = move |_| async move {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            Ok::<_, std::io::Error>("x")
        };
        Body::from_stream(stream::iter(0..drops).then(drop))
    }

    #[tokio::test]
    async fn a_body_that_drips_is_given_up_however_often_a_drop_comes() {
        let began = std::time::Instant::now();
        let refused = ask(dripping(1_000, 50)).await;
        assert_eq!(refused.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(refused.headers()[header::CONNECTION], "close");
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_eq!(ask(dripping(3, 20)).await.status(), StatusCode::OK);
        assert_eq!(ask(Body::empty()).await.status(), StatusCode::OK);
    }
}
