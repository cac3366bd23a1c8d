//! The providers: one that is right, one that forges.

use std::process::Stdio;

use serde_json::{Value, json};
use testkit::stack::{node, project};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// The SIRET of the organisation that invites; those that begin by 000 are nobody's.
pub const SIRET: &str = "00090001400010";

/// The provider, ended with the test.
pub struct Provider {
    _child: Child,
    pub issuer: String,
}

impl Provider {
    pub async fn start(here: &str, signed: bool) -> Self {
        let people = json!({
            "ana": {"siret": SIRET, "amr": ["pwd", "mfa"], "email": "ana@exemple.fr"},
            "ana-again": {"siret": SIRET, "amr": ["pwd", "mfa"], "email": "ana@exemple.fr"},
            "bob": {"siret": "00090001500017"},
            "eve": {"siret": SIRET},
            "ivo": {"siret": SIRET, "acr": "eidas1", "asked": "eidas1-mfa"},
            "lou": {"siret": SIRET, "acr": "eidas1"},
            "noe": {"siret": SIRET, "acr": "eidas2"},
        });
        let settings = json!({
            "redirect": format!("{here}/connexion/retour"), "left": format!("{here}/connexion"),
            "people": people, "signed": signed,
        });
        Self::run("provider.mjs", &settings).await
    }

    /// One whose word is wrong, each time in another way.
    pub async fn false_one(here: &str) -> Self {
        let settings = json!({"redirect": format!("{here}/connexion/retour"), "siret": SIRET});
        Self::run("forger.mjs", &settings).await
    }

    async fn run(script: &str, settings: &Value) -> Self {
        let mut child = Command::new(node())
            .arg(project().join("tests/browser").join(script))
            .arg(settings.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Node is there: « make setup-tests » installs it");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        loop {
            let line = lines.next_line().await.expect("read").expect("the provider says where it is");
            if let Ok(said) = serde_json::from_str::<Value>(&line) {
                let issuer = said["issuer"].as_str().expect("an issuer").to_owned();
                return Self { _child: child, issuer };
            }
        }
    }
}
