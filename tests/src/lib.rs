//! What several tests across services begin with: a small world of organisations, posts and tokens.

use serde_json::{Value, json};
use testkit::stack::{Answer, Api, Stack};
use uuid::Uuid;

mod elsewhere;

pub use elsewhere::{is_told_elsewhere, told_elsewhere};

/// A few organisations and the people in them.
#[derive(Clone, Debug)]
pub struct World {
    /// The API.
    pub api: Api,
    /// The token of an administrator.
    pub administrator: String,
    /// A CHRS.
    pub structure: Uuid,
    /// France Travail.
    pub france_travail: Uuid,
    /// Two ACI.
    pub aci: [Uuid; 2],
    /// An ETTI.
    pub etti: Uuid,
    /// The platform they share.
    pub platform: Uuid,
    /// The post of a CIP of the CHRS.
    pub cip_post: Uuid,
    /// Their token.
    pub cip: String,
    /// The token of an employer of the first ACI.
    pub employer: String,
    /// The token of the platform's animator.
    pub animator: String,
    /// The token of a CIP of an organisation nobody knows here.
    pub stranger: String,
}

impl World {
    /// Builds it through the API.
    pub async fn build(stack: &Stack) -> Self {
        let api = stack.api.clone();
        let administrator = stack.token("ADMINISTRATEUR", None, None).await;
        let organisation = async |name: &str, kind: &str| {
            api.must(&administrator, "/api/v1/organisations", json!({"name": name, "kind": kind})).await.id()
        };
        let structure = organisation("CHRS des Tilleuls", "CHRS").await;
        let france_travail = organisation("France Travail du Vallon", "FT").await;
        let aci =
            [organisation("Atelier du Vallon", "ACI").await, organisation("Jardins du Vallon", "ACI").await];
        let etti = organisation("Intérim du Vallon", "ETTI").await;
        let elsewhere = organisation("CHRS d’ailleurs", "CHRS").await;
        let body = json!({"name": "Plateforme du Vallon", "territory": "Le Vallon", "lead_organisation_id": structure});
        let platform = api.must(&administrator, "/api/v1/platforms", body).await.id();
        let post = async |organisation: Uuid, role: &str, holder: &str| {
            let body = json!({"organisation_id": organisation, "role": role, "title": role});
            let post = api.must(&administrator, "/api/v1/posts", body).await.id();
            let body = json!({"professional_name": holder});
            api.must(&administrator, &format!("/api/v1/posts/{post}/fill"), body).await;
            post
        };
        let cip_post = post(structure, "CIP", "Camille Sorgues").await;
        let employer_post = post(aci[0], "EMPLOYEUR_SIAE", "Dominique Valérian").await;
        let animator_post = post(structure, "ANIMATEUR_PLATEFORME", "Maëlle Quéré").await;
        let stranger_post = post(elsewhere, "CIP", "Noé Brasseur").await;
        Self {
            cip: stack.token("CIP", Some(cip_post), Some(structure)).await,
            employer: stack.token("EMPLOYEUR_SIAE", Some(employer_post), Some(aci[0])).await,
            animator: stack.token("ANIMATEUR_PLATEFORME", Some(animator_post), Some(structure)).await,
            stranger: stack.token("CIP", Some(stranger_post), Some(elsewhere)).await,
            api,
            administrator,
            structure,
            france_travail,
            aci,
            etti,
            platform,
            cip_post,
        }
    }

    /// Opens a case as the CIP.
    pub async fn open_case(&self, family_name: &str, given_name: &str, birth_date: &str) -> Uuid {
        let body = json!({
            "structure_id": self.structure, "platform_id": self.platform, "origin": "SIAO",
            "identity": {"family_name": family_name, "given_name": given_name, "birth_date": birth_date},
        });
        self.must("/api/v1/cases", body).await.id()
    }

    /// A command of the CIP that must succeed.
    pub async fn must(&self, path: &str, body: Value) -> Answer {
        self.api.must(&self.cip, path, body).await
    }

    /// A candidature of that person to that organisation, sent.
    pub async fn send_candidature(&self, case: Uuid, addressee: Uuid) -> Uuid {
        let body = json!({"kind": "CANDIDATURE_IAE", "addressee_id": addressee, "position": {"label": "Agent d’entretien"}});
        let prescription = self.must(&format!("/api/v1/cases/{case}/prescriptions"), body).await.id();
        self.must(&format!("/api/v1/prescriptions/{prescription}/send"), json!({})).await;
        prescription
    }

    /// What the CIP reads, once the read model has reached that position.
    pub async fn read(&self, path: &str, position: i64) -> Value {
        let answer = self.api.get(&self.cip, &format!("{path}?min_position={position}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.body
    }
}
