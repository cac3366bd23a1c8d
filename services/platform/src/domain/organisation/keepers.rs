//! Who keeps the card of an organisation, its mandates and its posts.

use contracts::common::v1::Role;
use service::{Context, Needs};
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use crate::views::{MEMBERSHIPS, Membership};

/// An animator keeps the organisations of their platforms, and no other.
pub const KEPT_BY: Rule = Rule::strict(
    "organisation.hors-plateforme",
    "Un animateur tient à jour son organisation et celles dont toutes les plateformes sont les siennes.",
    "usage",
);
/// Those who read the health of hosted persons are named by who answers for them.
pub const COLLEAGUES: Rule = Rule::strict(
    "poste.secret",
    "Un poste d’accompagnement d’une structure tenue au secret est ouvert, pourvu et libéré par un référent social de cette structure ou par un administrateur.",
    "secret professionnel, CASF L. 345-1",
);
/// Where people are hosted is said by an administrator.
pub const HOSTS: Rule = Rule::strict(
    "organisation.accueil",
    "Une structure d’accueil, d’hébergement ou d’insertion est inscrite par un administrateur.",
    "CASF, L. 345-1",
);
/// Professionals sign in by the SIRET of their organisation.
pub const SIRET_BY: Rule = Rule::strict(
    "organisation.siret-administrateur",
    "Le SIRET d’une organisation inscrite est changé par un administrateur : c’est par lui qu’on y entre.",
    "usage",
);
/// Two organisations of one SIRET would open each to the other’s professionals.
pub const ONE_SIRET: Rule = Rule::strict(
    "organisation.siret-unique",
    "Un SIRET est celui d’une seule organisation.",
    "Code de commerce, R. 123-221",
);
/// A directory may say otherwise: it is kept, and marked.
pub const SIRET_TWICE: Rule = Rule::soft(
    "organisation.siret-en-double",
    "Un répertoire publie un SIRET qui est déjà celui d’une autre organisation.",
    "data·inclusion, schéma v1",
);

/// What tells of which platforms an organisation is a member, and that of whoever asks.
pub fn needs(organisation: Option<Uuid>) -> Needs {
    Needs { documents: Some((MEMBERSHIPS, organisation.into_iter().collect())), ..Needs::default() }
}

/// What tells who holds that SIRET already, as far as read models know: to take someone’s is refused, which was there
/// before.
pub fn needs_siret(siret: Option<&str>, needs: Needs) -> Needs {
    let siret = siret.and_then(super::siret::figures);
    Needs { with_member: siret.map(|siret| ("platform_references", "siret", siret)), ..needs }
}

/// Refuses a SIRET that is another organisation’s.
///
/// # Errors
/// When it is.
pub fn only_theirs(context: &Context) -> Result<(), Refusal> {
    if context.with_member().iter().all(|holder| *holder == context.stream_id) {
        return Ok(());
    }
    if context.actor.system.is_some() {
        context.warn(&SIRET_TWICE);
        return Ok(());
    }
    Err(ONE_SIRET
        .refuse("Ce SIRET est déjà celui d’une organisation inscrite. Vérifiez-le, ou servez-vous de celle qui existe.")
        .at("/siret"))
}

/// Refuses whoever is no administrator.
///
/// # Errors
/// When a professional who is none asks.
pub fn by_an_administrator(rule: &Rule, detail: &'static str, context: &Context) -> Result<(), Refusal> {
    if context.actor.role == Role::ADMINISTRATEUR || context.actor.system.is_some() {
        return Ok(());
    }
    Err(rule.refuse(detail))
}

/// Refuses an animator who is at home in none of its platforms, or only in some: an organisation brought into a
/// platform stays the business of those it was in before. A référent social keeps their own, and no other.
///
/// # Errors
/// When that organisation is not theirs to keep.
pub fn kept(organisation: Option<Uuid>, context: &Context) -> Result<(), Refusal> {
    let own = context.actor.organisation_id;
    let theirs = own.is_some() && own == organisation;
    if theirs || ![Role::ANIMATEUR_PLATEFORME, Role::REFERENT_SOCIAL].contains(&context.actor.role) {
        return Ok(());
    }
    let all = context.documents::<Membership>();
    let of = |id: Option<Uuid>| {
        let found = all.iter().find(|(key, _)| Some(*key) == id);
        found.map(|(_, membership)| membership.platforms.clone()).unwrap_or_default()
    };
    let (mine, asked) = (of(own), of(organisation));
    let animates = context.actor.role == Role::ANIMATEUR_PLATEFORME;
    if animates && !asked.is_empty() && asked.is_subset(&mine) {
        return Ok(());
    }
    Err(KEPT_BY.refuse(
        "Cette organisation n’est pas, ou pas seulement, de vos plateformes. Demandez-le à un administrateur, ou faites-la d’abord entrer dans votre plateforme si elle n’est d’aucune.",
    ))
}

/// Refuses, of a post around persons where professional secrecy is shared, whoever neither is a référent social there
/// nor administers Jalon; and of a référent social, any other post than those.
///
/// # Errors
/// When it is not theirs to say who holds it.
pub fn named(role: Role, organisation: Option<Uuid>, context: &Context) -> Result<(), Refusal> {
    let actor = &context.actor;
    if actor.role == Role::ADMINISTRATEUR || actor.system.is_some() {
        return Ok(());
    }
    let around = [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER].contains(&role);
    let house = organisation.and_then(|id| context.organisation(id));
    let secret = house.is_some_and(|house| house.asking(context.today).shares_secrecy);
    let colleague = actor.role == Role::REFERENT_SOCIAL && actor.organisation_id == organisation;
    match (around && secret, colleague) {
        (true, true) => Ok(()),
        (true, false) => Err(COLLEAGUES.refuse(
            "Demandez-le à un référent social de cette structure, ou à un administrateur.",
        )),
        (false, _) if actor.role == Role::REFERENT_SOCIAL => Err(COLLEAGUES.refuse(
            "Un référent social ne tient que les postes d’accompagnement de sa structure. Demandez celui-ci à un administrateur.",
        )),
        (false, _) => Ok(()),
    }
}
