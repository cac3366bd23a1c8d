//! `jalon invite`: the link by which a professional enters for the first time.

use std::process::ExitCode;

use contracts::events;
use jiff::ToSpan as _;
use service::{Config, Organisation};
use sign_in::{Accounts, Invitation};
use uuid::Uuid;
use vocabulary::{Clock as _, SystemClock};

use crate::{Outcome, runtime};

/// Prints the link, shown once: whoever opens it, and comes from the organisation of the post, is its holder.
pub async fn run(post: Uuid, days: i64) -> Outcome {
    let config = Config::from_env()?;
    let journal = runtime::journal(&config)?;
    let (mut organisation_id, mut holder) = (None, None);
    for fact in journal.stream(post, 1).await? {
        match fact.trace::<events::Post>() {
            Ok(events::Post::PostOpened(opened)) => {
                organisation_id = opened.organisation_id.parse::<Uuid>().ok()
            }
            Ok(events::Post::PostFilled(filled)) => holder = filled.professional_id.parse::<Uuid>().ok(),
            Ok(events::Post::PostVacated(_)) => holder = None,
            _ => {}
        }
    }
    let organisation_id =
        organisation_id.ok_or_else(|| format!("le journal ne connaît pas le poste {post}"))?;
    let professional_id = holder.ok_or("personne ne tient ce poste aujourd’hui : pourvoyez-le d’abord")?;
    let organisation = Organisation::fold(&journal.stream(organisation_id, 1).await?);
    let siret = organisation.map(|organisation| organisation.siret).unwrap_or_default();
    if siret.is_empty() {
        return Err("l’organisation de ce poste n’a pas de SIRET : c’est par lui que le fournisseur d’identité dit d’où vient la personne. Renseignez-le d’abord".into());
    }
    let now = SystemClock.now();
    let until = now.checked_add((days * 24).hours())?;
    let accounts = Accounts::new(runtime::pool(&config.database_url, 1)?);
    let secret = accounts.invite(&Invitation { professional_id, siret, until }).await?;
    let here = config.mail.public_url.unwrap_or_else(|| format!("http://{}", config.listen));
    println!("À remettre en mains propres, valable {days} jours, une seule fois :");
    println!("{}/connexion?invitation={secret}", here.trim_end_matches('/'));
    Ok(ExitCode::SUCCESS)
}
