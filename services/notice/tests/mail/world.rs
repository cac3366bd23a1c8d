//! The service of notices on a private Postgres, and people who have a case.

use std::{sync::Arc, time::Duration};

use access::Actor;
use contracts::{Recorded, case::v1::*, common::v1::Role, events};
use notice::{
    domain::{commands::ChooseMailbox, mailbox_of},
    mailer::Mailer,
    relay::Relay,
};
use service::{Config, Request, Runtime, Target, config::Mail, execute};
use testkit::ground::Ground;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vocabulary::clock::ManualClock;

/// Names of the people of these tests: no message may hold them.
pub const NAMES: [&str; 4] = ["Barthélemy", "Solveig", "La Clairière", "Le Chantier Bleu"];

pub struct World {
    pub runtime: Arc<Runtime>,
    pub clock: ManualClock,
    ground: Ground,
    /// The mailer of this process: another one only sends once the connection of this one has ended.
    mailer: Mutex<Option<Mailer>>,
}

/// The relay on that port, and who messages come from.
pub fn mail(port: u16) -> Mail {
    Mail {
        smtp_url: Some(format!("smtp://jalon:secret@127.0.0.1:{port}")),
        from: Some("avis@jalon.example".into()),
        public_url: Some("https://jalon.example/".into()),
    }
}

impl World {
    /// At that instant, with the relay on that port, or none.
    pub async fn at(instant: &str, port: Option<u16>) -> Self {
        // Time is what the clock says here, not what a demonstration tells.
        let configure = |config| {
            let mail = port.map(mail).unwrap_or_default();
            Config { mail, demonstration: false, ..config }
        };
        // What the digest is counted from is kept by another service.
        let service = notice::service()
            .with_projection(projections::erased(situation::live_status::LiveStatus))
            .with_projection(situation::received::model());
        let ground = Ground::with(service, instant, Vec::new(), configure).await;
        Self {
            runtime: ground.runtime.clone(),
            clock: ground.clock.clone(),
            ground,
            mailer: Mutex::default(),
        }
    }

    /// It is that instant.
    pub fn now(&self, instant: &str) {
        self.clock.set(instant.parse().expect("an instant"));
    }

    /// The case of someone, with these posts in its circle.
    pub async fn case(&self, posts: &[Uuid]) -> Uuid {
        let case_id = Uuid::now_v7();
        let opened = CaseOpened { structure_id: Uuid::nil().to_string(), ..Default::default() };
        let identity = IdentityRecorded {
            family_name: NAMES[0].into(),
            given_name: NAMES[1].into(),
            ..Default::default()
        };
        let mut facts: Vec<events::Case> = vec![opened.into(), identity.into()];
        facts.extend(posts.iter().map(|post| {
            let role = Role::CIP.into();
            CircleMemberJoined { post_id: post.to_string(), role, ..Default::default() }.into()
        }));
        self.say(case_id, case_id, posts.first().copied(), facts).await;
        case_id
    }

    /// Someone in that post, or a system, states these facts in that case.
    pub async fn say<E: contracts::Facts>(
        &self,
        stream: Uuid,
        case_id: Uuid,
        by: Option<Uuid>,
        facts: Vec<E>,
    ) {
        self.ground.append(stream, (!case_id.is_nil()).then_some(case_id), by, facts).await;
    }

    /// Who holds that post.
    pub fn holder(&self, post: Uuid, professional: Uuid) -> Actor {
        let anyone = testkit::scenario::actor(Role::CIP, 7, 1);
        Actor { professional_id: Some(professional), post_id: Some(post), ..anyone }
    }

    /// Whoever holds that post chooses.
    pub async fn choose(&self, post: Uuid, choice: ChooseMailbox) {
        use vocabulary::Clock as _;
        let actor = self.holder(post, post);
        let request = Request::keyed(actor, &Uuid::now_v7().to_string(), self.clock.now());
        let target = Target::Begun { id: mailbox_of(post) };
        execute(&self.runtime, target, choice, request).await.expect("chosen");
    }

    /// Immediate notices only, at that address.
    pub async fn at_once(&self, post: Uuid, email: &str) {
        let choice = ChooseMailbox { email: email.into(), digest: false, digest_hour: 8, immediate: true };
        self.choose(post, choice).await;
    }

    /// A digest only, at that hour.
    pub async fn daily(&self, post: Uuid, hour: u32) {
        let email = "equipe@chrs.example".into();
        self.choose(post, ChooseMailbox { email, digest: true, digest_hour: hour, immediate: false }).await;
    }

    /// Raises what is to be raised, until the read models show it all.
    pub async fn settle(&self) {
        let service = notice::service();
        loop {
            self.ground.up_to_date().await;
            let done = service::agenda::clock::round(&service.agendas, &self.runtime).await;
            if done.expect("a round") == 0 {
                return;
            }
        }
    }

    pub fn mailer(&self) -> Mailer {
        let relay = Relay::of(&self.runtime.config.mail).expect("it is read").expect("a relay");
        Mailer::new(self.runtime.clone(), relay)
    }

    /// One round of the mailer of this process, as [`World::round`].
    pub async fn sends(&self) -> usize {
        let mut mailer = self.mailer.lock().await;
        self.round(mailer.get_or_insert_with(|| self.mailer())).await
    }

    /// One round of a mailer, after everything was raised and read.
    pub async fn round(&self, mailer: &mut Mailer) -> usize {
        self.settle().await;
        mailer.round(&CancellationToken::new()).await.expect("a round")
    }

    /// Rounds of a mailer until one settles something.
    pub async fn takes_over(&self, mailer: &mut Mailer) {
        for _ in 0..500 {
            if mailer.round(&CancellationToken::new()).await.expect("a round") > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing was sent");
    }

    /// What is recorded in the mailbox of that post.
    pub async fn mailbox(&self, post: Uuid) -> Vec<Recorded> {
        self.runtime.journal.stream(mailbox_of(post), 1).await.expect("read")
    }

    /// The kinds of those facts.
    pub async fn kinds(&self, post: Uuid) -> Vec<&'static str> {
        self.mailbox(post).await.iter().map(|fact| fact.kind.name).collect()
    }

    /// A token of that actor.
    pub async fn token(&self, actor: &Actor) -> String {
        self.ground.token(actor).await
    }
}
