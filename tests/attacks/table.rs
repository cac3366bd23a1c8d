//! Which roles pass through which routes. The first line that fits a route speaks for it; a route that fits none
//! fails the test, and so does a line that speaks for nothing.

use reqwest::Method;

use crate::routes::Route;

/// Who passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone, without a token.
    Public,
    /// Anyone signed in.
    SignedIn,
    /// These roles.
    Roles(&'static [&'static [&'static str]]),
    /// No token: a secret of its own.
    Secret,
}

impl Who {
    /// Whether that role passes.
    pub fn includes(self, role: &str) -> bool {
        match self {
            Self::Public | Self::SignedIn => true,
            Self::Roles(groups) => groups.iter().any(|group| group.contains(&role)),
            Self::Secret => false,
        }
    }
}

const ACCOMPANY: &[&str] = &["REFERENT_SOCIAL", "CIP", "REFERENT_EMPLOI", "CONSEILLER"];
const EMPLOYER: &[&str] = &["EMPLOYEUR_SIAE"];
const ANIMATOR: &[&str] = &["ANIMATEUR_PLATEFORME"];
const AUDITOR: &[&str] = &["AUDITEUR"];
const ADMINISTRATOR: &[&str] = &["ADMINISTRATEUR"];

const SOCIAL: &[&str] = &["REFERENT_SOCIAL"];

const LOOKERS: Who = Who::Roles(&[SOCIAL, AUDITOR]);
const COMPANIONS: Who = Who::Roles(&[ACCOMPANY]);
const WITH_EMPLOYERS: Who = Who::Roles(&[ACCOMPANY, EMPLOYER]);
const WITH_ANIMATORS: Who = Who::Roles(&[ACCOMPANY, ANIMATOR]);
const READERS: Who = Who::Roles(&[ACCOMPANY, EMPLOYER, ANIMATOR, AUDITOR]);
const DPO: &[&str] = &["DPO"];
const WATCHERS: Who = Who::Roles(&[ANIMATOR, ADMINISTRATOR, DPO]);
const PROTECTORS: Who = Who::Roles(&[ADMINISTRATOR, DPO]);
const KEEPERS: Who = Who::Roles(&[ANIMATOR, ADMINISTRATOR]);
const ADMINISTRATORS: Who = Who::Roles(&[ADMINISTRATOR]);
const PUBLIC: Who = Who::Public;
const SIGNED_IN: Who = Who::SignedIn;

/// Method, template (`*` at the end: whatever follows; `{}`: an id), who passes.
pub const TABLE: &[(&str, &str, Who)] = &[
    // What the process says of itself, and the way in.
    ("GET", "/livez", PUBLIC),
    ("GET", "/readyz", PUBLIC),
    ("GET", "/version", PUBLIC),
    ("GET", "/metrics", ADMINISTRATORS),
    ("GET", "/statique/{}", PUBLIC),
    ("GET", "/connexion", PUBLIC),
    ("POST", "/connexion", PUBLIC),
    ("GET", "/connexion/aller", PUBLIC),
    ("GET", "/connexion/retour", PUBLIC),
    ("POST", "/deconnexion", PUBLIC),
    ("POST", "/finalite", SIGNED_IN),
    // The person themselves, by the sheet they were handed: no token opens it.
    ("POST", "/mon-suivi/entrer", PUBLIC),
    ("POST", "/mon-suivi/code", PUBLIC),
    ("GET", "/mon-suivi/{}", PUBLIC),
    ("GET", "/mon-suivi*", Who::Secret),
    ("POST", "/mon-suivi/*", Who::Secret),
    // Oneself.
    ("GET", "/connexion/postes", SIGNED_IN),
    ("POST", "/connexion/postes", SIGNED_IN),
    ("GET", "/connexion/second-facteur", SIGNED_IN),
    ("POST", "/connexion/second-facteur*", SIGNED_IN),
    ("GET", "/sessions", SIGNED_IN),
    ("POST", "/sessions/*", SIGNED_IN),
    ("GET", "/", SIGNED_IN),
    ("POST", "/", SIGNED_IN),
    ("GET", "/direct", SIGNED_IN),
    ("GET", "/api/v1/openapi.json", SIGNED_IN),
    ("GET", "/api/v1/rules", SIGNED_IN),
    ("GET", "/api/v1/retention", SIGNED_IN),
    ("GET", "/api/v1/me", SIGNED_IN),
    ("GET", "/api/v1/me/mailbox", SIGNED_IN),
    ("POST", "/api/v1/me/mailbox", SIGNED_IN),
    ("GET", "/api/v1/me/notices", SIGNED_IN),
    ("GET", "/api/v1/events", SIGNED_IN),
    ("GET", "/api/v1/organisations", SIGNED_IN),
    ("GET", "/api/v1/platforms", SIGNED_IN),
    // Who looked, and whose access is suspended.
    ("GET", "/dossiers/{}/consultations", LOOKERS),
    ("GET", "/api/v1/cases/{}/readings", LOOKERS),
    ("GET", "/consultations", WATCHERS),
    ("GET", "/api/v1/administration/readings", WATCHERS),
    ("GET", "/protection-des-donnees", PROTECTORS),
    ("GET", "/api/v1/administration/protection", PROTECTORS),
    ("POST", "/consultations/suspendre", ADMINISTRATORS),
    ("POST", "/api/v1/administration/suspensions", ADMINISTRATORS),
    ("POST", "/consultations/{}/retablir", Who::Roles(&[ADMINISTRATOR])),
    ("POST", "/api/v1/professionals/{}/access/restore", Who::Roles(&[ADMINISTRATOR])),
    // Reading about persons, and what is counted of them.
    ("GET", "/recherche", COMPANIONS),
    ("POST", "/recherche*", COMPANIONS),
    ("POST", "/api/v1/search*", COMPANIONS),
    ("GET", "/suivis", READERS),
    ("GET", "/suivis/a-effacer", READERS),
    ("POST", "/suivis/vu", READERS),
    ("GET", "/demandes", READERS),
    ("GET", "/postes/{}/passation", READERS),
    ("GET", "/passations/{}", READERS),
    ("POST", "/passations/{}/reprendre", WITH_ANIMATORS),
    ("GET", "/plateformes/*", READERS),
    ("POST", "/plateformes/{}", READERS),
    ("GET", "/structures/{}/rapport", READERS),
    ("GET", "/dossiers/{}/export", COMPANIONS),
    ("GET", "/dossiers/*", READERS),
    ("POST", "/dossiers/*", COMPANIONS),
    ("GET", "/api/v1/me/followups", READERS),
    ("GET", "/api/v1/me/requests", READERS),
    ("POST", "/api/v1/me/followups/seen", READERS),
    ("GET", "/api/v1/cases/{}/matches", WITH_ANIMATORS),
    ("GET", "/api/v1/cases/{}/export", COMPANIONS),
    ("GET", "/api/v1/cases/*", READERS),
    ("GET", "/api/v1/platforms/*", READERS),
    ("GET", "/api/v1/posts/{}/open-items", READERS),
    ("GET", "/api/v1/structures/{}/report", READERS),
    // What Immersion Facilitée says, and whose it is.
    ("POST", "/api/v1/inbound/immersion-facilitee", Who::Secret),
    ("GET", "/api/v1/inbound/immersion-facilitee/aside", COMPANIONS),
    ("POST", "/api/v1/inbound/immersion-facilitee/aside/{}/attach", COMPANIONS),
    // What is done around a person.
    ("POST", "/api/v1/cases/{}/employments", WITH_EMPLOYERS),
    ("POST", "/api/v1/cases/{}/matches", WITH_ANIMATORS),
    ("POST", "/api/v1/cases/{}/gatherings", WITH_ANIMATORS),
    ("POST", "/api/v1/cases*", COMPANIONS),
    ("POST", "/api/v1/wishes/*", COMPANIONS),
    ("POST", "/api/v1/activities/*", COMPANIONS),
    ("POST", "/api/v1/appointments/*", COMPANIONS),
    ("POST", "/api/v1/reviews/*", COMPANIONS),
    ("POST", "/api/v1/diagnostics/*", COMPANIONS),
    ("POST", "/api/v1/resources/*", COMPANIONS),
    ("POST", "/api/v1/passes/*", COMPANIONS),
    ("POST", "/api/v1/conventions/{}/sign", WITH_EMPLOYERS),
    ("POST", "/api/v1/conventions/{}/review", WITH_EMPLOYERS),
    ("POST", "/api/v1/conventions/*", COMPANIONS),
    ("POST", "/api/v1/prescriptions/{}/send", COMPANIONS),
    ("POST", "/api/v1/prescriptions/{}/withdraw", COMPANIONS),
    ("POST", "/api/v1/prescriptions/{}/no-answer", COMPANIONS),
    ("POST", "/api/v1/prescriptions/{}/remind", COMPANIONS),
    ("POST", "/api/v1/prescriptions/{}/reopen", COMPANIONS),
    ("POST", "/api/v1/prescriptions/*", WITH_EMPLOYERS),
    ("POST", "/api/v1/employments/*", WITH_EMPLOYERS),
    ("POST", "/api/v1/handovers*", WITH_ANIMATORS),
    // What is done together.
    ("GET", "/api/v1/gatherings", WITH_ANIMATORS),
    ("GET", "/api/v1/offers*", WITH_ANIMATORS),
    ("GET", "/api/v1/services", WITH_ANIMATORS),
    ("POST", "/api/v1/matches/*", WITH_ANIMATORS),
    ("POST", "/api/v1/employers/*", WITH_ANIMATORS),
    ("POST", "/api/v1/offers*", WITH_ANIMATORS),
    ("POST", "/api/v1/gatherings*", WITH_ANIMATORS),
    ("POST", "/api/v1/meetings*", WITH_ANIMATORS),
    ("POST", "/api/v1/actions*", WITH_ANIMATORS),
    ("POST", "/api/v1/partnerships*", WITH_ANIMATORS),
    // Organisations, posts, platforms, the directory.
    ("POST", "/api/v1/services*", KEEPERS),
    ("POST", "/api/v1/organisations/{}/secrecy*", ADMINISTRATORS),
    ("POST", "/api/v1/organisations/{}/judicial-access*", ADMINISTRATORS),
    ("POST", "/api/v1/posts/{}/missions*", ADMINISTRATORS),
    ("POST", "/api/v1/organisations*", KEEPERS),
    ("POST", "/api/v1/posts*", Who::Roles(&[SOCIAL, ANIMATOR, ADMINISTRATOR])),
    ("POST", "/api/v1/platforms", ADMINISTRATORS),
    ("POST", "/api/v1/platforms*", KEEPERS),
];

/// The line that speaks for that route.
pub fn line(route: &Route) -> Option<usize> {
    let path = template(&route.path);
    TABLE.iter().position(|(method, pattern, _)| fits(&route.method, &path, method, pattern))
}

fn fits(asked: &Method, path: &str, method: &str, pattern: &str) -> bool {
    let same = match pattern.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => path == pattern,
    };
    same && asked.as_str() == method
}

/// `/cases/{case_id}/notes` as `/cases/{}/notes`.
fn template(path: &str) -> String {
    let tokens = path.split('/').map(|token| if token.starts_with('{') { "{}" } else { token });
    tokens.collect::<Vec<_>>().join("/")
}
