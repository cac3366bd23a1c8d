//! Plays a story through HTTP, as its people would have, and picks it up where it was left.

use std::{
    collections::HashMap,
    ops::Range,
    path::Path,
    time::{Duration, Instant},
};

use access::Actor;
use contracts::{buffa::Enumeration as _, common::v1::Role, events};
use futures::future::join_all;
use jiff::ToSpan as _;
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::Runtime;
use uuid::Uuid;

use super::{
    Error,
    script::{Step, Story, resolve, resolve_path},
    time::Time,
    waves::Ties,
};

/// How far a story was told.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// What tells it from any other: its name, and what it told when it was begun.
    story: String,
    /// The next step.
    pub next: usize,
    /// What the steps before it say, in short: a story that says something else there is another one.
    #[serde(default)]
    said: Uuid,
    /// The last position.
    position: i64,
    /// The ids behind aliases.
    pub ids: HashMap<String, Uuid>,
}

impl Told {
    /// How far that story was told, as that file says; not at all when what was told is not how it begins.
    pub fn read(file: &Path, story: &Story) -> Self {
        let told: Option<Self> =
            std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        told.filter(|told| told.next > 0 && told.said == story.said(told.next)).unwrap_or_else(|| Self {
            story: format!("{} {}", story.name, story.said(story.steps.len())),
            ..Self::default()
        })
    }

    /// Keeps it for the next start.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, file: &Path, story: &Story) -> Result<(), Error> {
        self.said = story.said(self.next);
        std::fs::write(file, serde_json::to_vec(self)?)?;
        Ok(())
    }
}

/// Waits until the services are ready.
///
/// # Errors
/// When they are not within a minute.
pub async fn wait_ready(http: &str) -> Result<(), Error> {
    let until = Instant::now() + Duration::from_secs(60);
    let client = Client::new();
    loop {
        let ready = client.get(format!("{http}/readyz")).send().await;
        if ready.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        if Instant::now() > until {
            return Err("les services ne sont pas prêts après une minute".into());
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Plays what was not played yet.
///
/// # Errors
/// Says which step was refused, and why.
pub async fn play(story: &Story, http: &str, runtime: &Runtime, dir: &Path) -> Result<Told, Error> {
    let file = dir.join("demonstration.json");
    let mut told = Told::read(&file, story);
    let mut player = Player { http, runtime, client: Client::new(), tokens: HashMap::new() };
    let time = Time::of(runtime);
    let bar = crate::keep::bar(i64::try_from(story.steps.len())?, "L’histoire se raconte");
    bar.set_position(told.next as u64);
    let (steps, ties, mut day) = (&story.steps, Ties::of(&story.steps), None);
    while let Some(step) = steps.get(told.next) {
        let first = told.next;
        let new_day = day.replace(step.at.date()) != Some(step.at.date());
        if new_day {
            // Nobody is reminded at night of what was answered in the evening.
            time.follow(told.position).await?;
        }
        time.reach(step.instant()).await?;
        // What the night brought is done before the day begins.
        if new_day {
            time.settle(step.instant(), told.position).await?;
        }
        let wave = ties.together(steps, first);
        if let Err((index, error)) = player.wave(steps, first..first + wave, &mut told).await {
            told.write(&file, story)?;
            let (at, post) = (steps[index].at, &steps[index].post);
            return Err(format!("étape {} de l’histoire ({at} {post}) : {error}", index + 1).into());
        }
        told.next = first + wave;
        bar.inc(wave as u64);
        if first / 50 < told.next / 50 {
            told.write(&file, story)?;
        }
    }
    if let Some(last) = story.steps.last() {
        time.reach(last.instant()).await?;
        time.settle(last.instant(), told.position).await?;
    }
    bar.finish_and_clear();
    told.write(&file, story)?;
    time.is_real().await?;
    Ok(told)
}

struct Player<'a> {
    http: &'a str,
    runtime: &'a Runtime,
    client: Client,
    tokens: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    id: Option<Uuid>,
    #[serde(default)]
    position: i64,
}

/// One command of a step, ready to leave.
struct Asked {
    path: String,
    body: Value,
    key: String,
    authorization: String,
}

impl Player<'_> {
    /// Tells steps that have nothing to do with each other at once; those of one that is refused were told for some, and
    /// are found there when the wave is told again.
    async fn wave(
        &mut self,
        steps: &[Step],
        which: Range<usize>,
        told: &mut Told,
    ) -> Result<(), (usize, Error)> {
        let mut all = Vec::with_capacity(which.len());
        for index in which.clone() {
            all.push(self.asked(&steps[index], index, told).await.map_err(|error| (index, error))?);
        }
        let player = &*self;
        let answers = join_all(
            which.clone().zip(all).map(async |(index, asked)| player.tell(&steps[index], asked).await),
        )
        .await;
        for (index, answer) in which.zip(answers) {
            let answer = answer.map_err(|error| (index, error))?;
            self.learn(&steps[index], &answer, told).await.map_err(|error| (index, error))?;
        }
        Ok(())
    }

    /// What a step asks: once as a rule, for each of its list otherwise.
    async fn asked(&mut self, step: &Step, index: usize, told: &mut Told) -> Result<Vec<Asked>, Error> {
        let mut all = Vec::new();
        for (round, id) in step.rounds(&told.ids).into_iter().enumerate() {
            let mut key = format!("{}/{index}", told.story);
            if let Some(id) = id {
                told.ids.insert("each".into(), id);
                key = format!("{key}/{round}");
            }
            let (body, path) = (resolve(&step.body, &told.ids)?, resolve_path(&step.post, &told.ids)?);
            let authorization = self.authorization(&step.by, told).await?;
            all.push(Asked { path, body, key: key_of(&key), authorization });
        }
        Ok(all)
    }

    /// Its commands one after the other; the last answer.
    async fn tell(&self, step: &Step, asked: Vec<Asked>) -> Result<Answer, Error> {
        let mut last = Answer { id: None, position: 0 };
        for one in asked {
            let answer = self.ask(step, &one).await?;
            last = Answer { position: answer.position.max(last.position), ..answer };
        }
        Ok(last)
    }

    async fn ask(&self, step: &Step, asked: &Asked) -> Result<Answer, Error> {
        let mut pause = Duration::from_millis(50);
        loop {
            let request = self
                .client
                .post(format!("{}{}", self.http, asked.path))
                .header("authorization", &asked.authorization)
                .header("idempotency-key", &asked.key)
                .header("jalon-demonstration-time", step.instant().to_string());
            let answer = request.json(&asked.body).send().await?;
            let status = answer.status();
            if status == StatusCode::SERVICE_UNAVAILABLE && pause < Duration::from_secs(5) {
                tokio::time::sleep(pause).await;
                pause *= 2;
                continue;
            }
            let value: Value = answer.json().await.unwrap_or_default();
            if !status.is_success() {
                return Err(format!("{status} {}", value["detail"].as_str().unwrap_or_default()).into());
            }
            return Ok(serde_json::from_value(value)?);
        }
    }

    /// Keeps what the answer gives to the steps after it.
    async fn learn(&mut self, step: &Step, answer: &Answer, told: &mut Told) -> Result<(), Error> {
        told.position = told.position.max(answer.position);
        if step.post.ends_with("/fill") || step.post.ends_with("/vacate") {
            // Another holds the post: whoever acts from it is someone else.
            self.tokens.clear();
        }
        if let (Some(alias), Some(id)) = (&step.named, answer.id) {
            told.ids.insert(alias.clone(), id);
        }
        if step.takes.is_empty() {
            return Ok(());
        }
        let facts = self.runtime.journal.at(&[answer.position]).await?;
        let fact = facts.first().ok_or("le fait attendu n’est pas là")?;
        let (clear, _) = sealing::wire::take_parts(&fact.payload)?;
        let said = contracts::to_json(fact.kind, &clear)?;
        let before = told.ids.len();
        told.ids.extend(step.taken(&said));
        if told.ids.len() < before + step.takes.len() {
            return Err("le fait enregistré n’a pas tous les identifiants attendus".into());
        }
        Ok(())
    }

    async fn authorization(&mut self, by: &str, told: &Told) -> Result<String, Error> {
        if by == "immersion-facilitee" {
            return Ok(self.runtime.config.immersion_facilitee_secret.clone().unwrap_or_default());
        }
        if let Some(token) = self.tokens.get(by) {
            return Ok(token.clone());
        }
        let actor = if by == "administrator" {
            Actor { role: Role::ADMINISTRATEUR, system: None, ..Actor::system("") }
        } else {
            let post =
                *told.ids.get(by).ok_or_else(|| format!("aucune étape n’a donné le poste « {by} »"))?;
            actor_of(self.runtime, post).await?
        };
        let token = format!("Bearer {}", issue(self.runtime, &actor).await?);
        self.tokens.insert(by.to_owned(), token.clone());
        Ok(token)
    }
}

/// A header holds ASCII only: the key is a digest of what it says.
fn key_of(text: &str) -> String {
    vocabulary::ids::derived(&[text.as_bytes()]).to_string()
}

/// A token of a month for that actor.
///
/// # Errors
/// When the database refuses.
pub async fn issue(runtime: &Runtime, actor: &Actor) -> Result<String, Error> {
    let now = runtime.clock.now();
    Ok(runtime.tokens.issue(actor, false, now, now + (24 * 30).hours()).await?)
}

/// Who holds a post, from its facts, signed in with a second factor.
///
/// # Errors
/// When the journal cannot be read.
pub async fn actor_of(runtime: &Runtime, post: Uuid) -> Result<Actor, Error> {
    let mut actor = Actor { post_id: Some(post), second_factor: true, system: None, ..Actor::system("") };
    for fact in runtime.journal.stream(post, 1).await? {
        match fact.trace()? {
            events::Post::PostOpened(opened) => {
                actor.organisation_id = opened.organisation_id.parse().ok();
                actor.role = opened.role.as_known().unwrap_or_default();
            }
            events::Post::PostFilled(filled) => actor.professional_id = filled.professional_id.parse().ok(),
            events::Post::PostVacated(_) => actor.professional_id = None,
            events::Post::MissionOpened(_) | events::Post::MissionEnded(_) => {}
        }
    }
    Ok(actor)
}

/// The code of a role.
pub fn role_code(role: Role) -> &'static str {
    role.proto_name()
}
