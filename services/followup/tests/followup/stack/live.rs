//! Facts as they come.

use std::time::Duration;

use contracts::{case::v1::*, common::v1::Role, employment::v1::*, events};
use futures::StreamExt as _;

use super::{super::invented::*, *};

/// An open stream of events, read as it comes, as a browser does.
pub(super) struct Events(tokio::sync::mpsc::UnboundedReceiver<Event>);

/// Its id, its name, its data.
type Event = (i64, String, String);

impl Events {
    pub(super) async fn open(stack: &Stack, token: &str, path: &str, last: Option<i64>) -> Self {
        let mut request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        Self::of(stack, request).await
    }

    /// The same for a reader who says what they read for.
    pub(super) async fn open_for(stack: &Stack, token: &str, path: &str, purpose: &str) -> Self {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        Self::of(stack, request.header("jalon-purpose", purpose)).await
    }

    async fn of(stack: &Stack, request: axum::http::request::Builder) -> Self {
        let response = stack
            .router
            .clone()
            .oneshot(request.body(Body::empty()).expect("a request"))
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            let (mut body, mut read) = (response.into_body().into_data_stream(), String::new());
            while let Some(bytes) = body.next().await {
                read.push_str(std::str::from_utf8(&bytes.expect("bytes")).expect("text"));
                while let Some((block, rest)) = read.split_once("\n\n") {
                    event(block).map(|event| sender.send(event));
                    read = rest.to_owned();
                }
            }
        });
        Self(receiver)
    }

    /// The next event; nothing when the stream ends.
    pub(super) async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(Duration::from_secs(10), self.0.recv()).await.expect("in time")
    }

    /// The names of the next events.
    async fn names(&mut self, count: usize) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(self.next().await.expect("an event").1);
        }
        names
    }
}

fn event(block: &str) -> Option<Event> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    Some((field("id")?.parse().expect("a position"), field("event")?.to_owned(), field("data")?.to_owned()))
}

const EVENTS: &str = "/api/v1/events";

fn hours(story: &mut Story, minutes: u32) -> &Recorded {
    let changed = HoursChanged { weekly_minutes: minutes, ..Default::default() };
    story.tell(500, "2026-11-20", events::Employment::from(changed));
    story.facts.last().expect("a fact")
}

#[tokio::test]
async fn facts_come_once_in_order_to_whoever_may_see_them_and_after_where_they_were() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    path(&mut story);
    let last = stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let shown = story.facts.iter().filter(|fact| fact.case_id.is_some()).count();

    let mut whole = Events::open(&stack, &inside, &format!("{EVENTS}?after=0"), None).await;
    let mut positions = Vec::new();
    for _ in 0..shown {
        let (position, name, data) = whole.next().await.expect("an event");
        let item: serde_json::Value = serde_json::from_str(&data).expect("one line of JSON");
        assert_eq!((item["position"].as_i64(), item["kind"].as_str()), (Some(position), Some(name.as_str())));
        assert!(!data.contains("Tesfay") && !data.contains("bus avant"));
        positions.push(position);
    }
    assert!(positions.is_sorted() && positions.last() == Some(&last));

    let mut resumed = Events::open(&stack, &inside, &format!("{EVENTS}?after=0"), Some(last - 2)).await;
    assert_eq!(resumed.names(2).await, ["EmploymentStarted", "HoursChanged"]);
    let mut live = Events::open(&stack, &inside, EVENTS, None).await;
    let told = hours(&mut story, 1600).clone();
    stack.tell(&[told]).await;
    for events in [&mut whole, &mut resumed, &mut live] {
        let (position, name, data) = events.next().await.expect("an event");
        assert_eq!((position, name.as_str()), (last + 1, "HoursChanged"));
        assert!(data.contains("\"weekly_minutes\":1600"), "{data}");
    }
    stack.runtime.shutdown.cancel();
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn what_one_may_see_follows_the_circle_and_the_platform() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    path(&mut story);
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::CIP, CIP, 99)).await;
    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    let mut circle = Events::open(&stack, &inside, EVENTS, None).await;
    let mut platform = Events::open(&stack, &beside, EVENTS, None).await;
    let mut other = Events::open(&stack, &elsewhere, EVENTS, None).await;
    let before = story.facts.len();
    hours(&mut story, 1500);
    let left = CircleMemberLeft { post_id: id(CIP).to_string(), ..Default::default() };
    story.tell(CASE, "2026-11-20", events::Case::from(left));
    hours(&mut story, 1510);
    let joined =
        CircleMemberJoined { post_id: id(40).to_string(), role: Role::CIP.into(), ..Default::default() };
    story.tell(CASE, "2026-11-20", events::Case::from(joined));
    hours(&mut story, 1520);
    for fact in &story.facts[before..] {
        stack.tell(std::slice::from_ref(fact)).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let all = ["HoursChanged", "CircleMemberLeft", "HoursChanged", "CircleMemberJoined", "HoursChanged"];
    assert_eq!(platform.names(5).await, all);
    assert_eq!(circle.names(1).await, ["HoursChanged"]);
    assert_eq!(other.names(2).await, ["CircleMemberJoined", "HoursChanged"]);
    stack.runtime.shutdown.cancel();
    assert_eq!(circle.next().await, None);
}

#[tokio::test]
async fn a_partner_hears_only_what_is_for_partners_and_nothing_that_betrays() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    path(&mut story);
    let dates = ("2026-11-01", "2026-12-01");
    sent(&mut story, 310, contracts::prescription::v1::PrescriptionKind::AUTRE_SERVICE, CSAPA, dates);
    sent(&mut story, 311, contracts::prescription::v1::PrescriptionKind::MDPH, FT, dates);
    stack.tell(&story.facts).await;
    let partner = stack.token(&actor(Role::PARTENAIRE, 50, FT)).await;
    let mut heard = Events::open_for(&stack, &partner, &format!("{EVENTS}?after=0"), "SUIVI_EMPLOI").await;
    let first = heard.next().await.expect("an event");
    assert_eq!(first.1, "CaseOpened");
    stack.runtime.shutdown.cancel();
    let mut names = Vec::new();
    while let Some((_, name, data)) = heard.next().await {
        assert!(!data.contains(&id(CSAPA).to_string()), "{data}");
        assert!(!data.contains("MDPH"), "{data}");
        names.push(name);
    }
    for name in ["PrescriptionSent", "EmploymentStarted"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    for name in ["IdentityRecorded", "ObstacleNamed", "ConventionDrafted", "PrescriptionPrepared"] {
        assert!(!names.iter().any(|known| known == name), "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let request = Request::get(EVENTS)
        .header(header::AUTHORIZATION, format!("Bearer {inside}"))
        .header("last-event-id", "abc")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(stack.send(request).await.status, 400);
    assert_eq!(stack.get("jal_faux", EVENTS).await.status, 401);
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    assert_eq!(stack.get(&elsewhere, &format!("/dossiers/{}/direct", id(CASE))).await.status, 404);
    assert_eq!(stack.get(&elsewhere, &format!("/plateformes/{}/direct", id(TESA))).await.status, 404);
}

#[tokio::test]
async fn an_open_page_hears_of_its_own_changes_and_of_no_other() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    path(&mut story);
    opening(&mut story, 650, "Ana", "Essai");
    let last = stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let page = |path: String| format!("{path}/direct?depuis={last}");
    let mut case = Events::open(&stack, &inside, &page(format!("/dossiers/{}", id(CASE))), None).await;
    let mut board = Events::open(&stack, &inside, &page(format!("/plateformes/{}", id(TESA))), None).await;
    let mut own = Events::open(&stack, &inside, &page(String::new()), None).await;
    story.tell(650, "2026-11-20", events::Case::from(CaseClosed::default()));
    let closed = story.facts.last().expect("a fact").clone();
    stack.tell(&[closed]).await;
    assert_eq!(
        board.next().await.map(|(position, name, _)| (position, name)),
        Some((last + 1, "change".into()))
    );
    story.case_id = Some(id(CASE));
    let told = hours(&mut story, 1600).clone();
    stack.tell(&[told]).await;
    for events in [&mut case, &mut own, &mut board] {
        assert_eq!(events.next().await.map(|(position, _, _)| position), Some(last + 2));
    }
}
