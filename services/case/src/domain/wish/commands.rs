//! What can be asked of a wish, each intent with its rule right below. The person decides: nothing is
//! asked before, and not to wish to work for now is a wish like another.

use contracts::{Word, common::v1 as words};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{
    Refusal, Rule,
    codes::{is_commune, is_naf, is_rome},
};

use super::{
    aggregate::{State, Wished},
    *,
};
use crate::domain::open_on;

/// A wish says something.
pub const SAID: Rule =
    Rule::strict("envie.contenu", "Une envie dit un type d’activité, ou les mots de la personne.", "usage");
/// A job of the ROME is a letter and four digits.
pub const ROME: Rule = Rule::strict(
    "envie.rome",
    "Un code ROME de métier s’écrit avec une lettre de A à N et quatre chiffres.",
    "répertoire ROME de France Travail",
);
/// A job has a code or a name.
pub const JOB: Rule = Rule::strict("envie.metier", "Un métier porte un code ROME ou un nom.", "usage");
/// A sector of the NAF.
pub const NAF: Rule = Rule::strict(
    "envie.naf",
    "Un secteur s’écrit comme dans la NAF : une section de A à U, deux chiffres, ou un code complet comme 81.21Z.",
    "nomenclature d’activités française, INSEE",
);
/// A commune by its INSEE code.
pub const COMMUNE: Rule = Rule::strict(
    "envie.commune",
    "Une commune est donnée par son code INSEE, de cinq caractères.",
    "code officiel géographique, INSEE",
);
/// The hours wished for.
pub const HOURS: Rule = Rule::strict(
    "envie.heures",
    "Les heures souhaitées par semaine vont du moins au plus, jusqu’à 48 heures.",
    "Code du travail, L. 3121-20",
);
/// What was set aside stays as it was.
pub const SET_ASIDE: Rule = Rule::strict(
    "envie.de-cote",
    "Une envie mise de côté reste telle quelle ; une autre peut être exprimée à tout moment.",
    "usage",
);
/// Days come in their order.
pub const DATES: Rule =
    Rule::strict("envie.dates", "Une envie se précise ou se met de côté après avoir été exprimée.", "usage");

/// What the person wishes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wishing {
    /// The kinds of activity; `PAS_POUR_L_INSTANT` when the person does not wish to work for now.
    pub kinds: Vec<Word<WishKind>>,
    /// Sectors of the NAF.
    pub naf_codes: Vec<String>,
    /// Jobs.
    pub jobs: Vec<WishedJob>,
    /// The least hours a week, in minutes.
    pub min_weekly_minutes: u32,
    /// The most hours a week, in minutes.
    pub max_weekly_minutes: u32,
    /// How far, in kilometres.
    pub distance_km: u32,
    /// INSEE code of the commune the distance is counted from.
    pub commune_code: String,
    /// In the person's words.
    pub words: String,
}

/// A job the person thinks of.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WishedJob {
    /// Code of the ROME, when known.
    pub rome_code: String,
    /// How the person calls it.
    pub label: String,
}

impl Wishing {
    fn not_for_now(&self) -> bool {
        self.kinds.contains(&Word(WishKind::PAS_POUR_L_INSTANT))
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.kinds.is_empty() && self.words.trim().is_empty() {
            return Err(SAID
                .refuse("Cette envie ne dit rien encore. Choisissez un type d’activité, ou écrivez les mots de la personne.")
                .at("/wish/kinds"));
        }
        self.check_jobs()?;
        if !self.naf_codes.iter().all(|code| is_naf(code)) {
            return Err(NAF
                .refuse("Un de ces secteurs n’a pas la forme d’un code NAF. Corrigez-le, ou retirez-le.")
                .at("/wish/naf_codes"));
        }
        if !self.commune_code.is_empty() && !is_commune(&self.commune_code) {
            return Err(COMMUNE
                .refuse(
                    "Ce code n’a pas la forme d’un code INSEE de commune. Corrigez-le, ou laissez-le vide.",
                )
                .at("/wish/commune_code"));
        }
        let most = self.max_weekly_minutes;
        if self.min_weekly_minutes.max(most) > 48 * 60 || most > 0 && self.min_weekly_minutes > most {
            return Err(HOURS
                .refuse("Ces heures ne tiennent pas dans une semaine. Corrigez le moins ou le plus.")
                .at("/wish/max_weekly_minutes"));
        }
        Ok(())
    }

    fn check_jobs(&self) -> Result<(), Refusal> {
        for job in &self.jobs {
            if job.rome_code.is_empty() && job.label.trim().is_empty() {
                return Err(JOB
                    .refuse("Un métier est vide. Donnez-lui un nom, ou retirez-le.")
                    .at("/wish/jobs"));
            }
            if !job.rome_code.is_empty() && !is_rome(&job.rome_code) {
                return Err(ROME
                    .refuse(
                        "Un de ces codes n’a pas la forme d’un code ROME. Corrigez-le, ou laissez-le vide.",
                    )
                    .at("/wish/jobs"));
            }
        }
        Ok(())
    }

    fn stated(&self) -> Wish {
        let job = |job: &WishedJob| words::Job {
            rome_code: job.rome_code.clone(),
            label: job.label.trim().to_owned(),
            ..Default::default()
        };
        Wish {
            kinds: self.kinds.iter().map(|kind| kind.0.into()).collect(),
            naf_codes: self.naf_codes.clone(),
            jobs: self.jobs.iter().map(job).collect(),
            min_weekly_minutes: self.min_weekly_minutes,
            max_weekly_minutes: self.max_weekly_minutes,
            distance_km: self.distance_km,
            commune_code: self.commune_code.clone(),
            words: self.words.trim().to_owned(),
            ..Default::default()
        }
    }
}

/// Says what the person would like to do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpressWish {
    /// On which day; today when absent.
    #[serde(default)]
    pub expressed_on: Option<Day>,
    /// What the person wishes.
    pub wish: Wishing,
    /// What would help, the French level for instance: never a reason to exclude.
    #[serde(default)]
    pub support: String,
}

impl Command for ExpressWish {
    type Aggregate = Wished;
    const NAME: &'static str = "case.express-wish";
    const SUMMARY: &'static str = "Enregistrer une envie";
    const DAY: fn(&Self) -> Option<Date> = |command| command.expressed_on.map(|day| day.0);

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let expressed_on = self.expressed_on.map_or(context.today, |day| day.0);
        open_on(context, expressed_on)?;
        self.wish.check()?;
        let expressed = WishExpressed {
            expressed_on: expressed_on.to_string(),
            not_for_now: self.wish.not_for_now(),
            wish: self.wish.stated().into(),
            support: self.support.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![expressed.into()])
    }
}

/// The day of what follows, not before it was expressed.
fn after(day: Option<Day>, state: &State, context: &Context, pointer: &'static str) -> Result<Date, Refusal> {
    let day = day.map_or(context.today, |day| day.0);
    if state.expressed_on.is_some_and(|expressed_on| day < expressed_on) {
        return Err(DATES
            .refuse("Cette date précède le jour où l’envie a été exprimée. Corrigez-la.")
            .at(pointer));
    }
    Ok(day)
}

/// Says it more exactly, or otherwise: all of it, as it now stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviseWish {
    /// On which day; today when absent.
    #[serde(default)]
    pub revised_on: Option<Day>,
    /// What the person wishes now.
    pub wish: Wishing,
    /// What would help.
    #[serde(default)]
    pub support: String,
}

impl Command for ReviseWish {
    type Aggregate = Wished;
    const NAME: &'static str = "case.revise-wish";
    const SUMMARY: &'static str = "Préciser une envie";
    const DAY: fn(&Self) -> Option<Date> = |command| command.revised_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.aside {
            return Err(SET_ASIDE.refuse("Cette envie a été mise de côté. Exprimez-en une nouvelle."));
        }
        self.wish.check()?;
        let revised = WishRevised {
            revised_on: after(self.revised_on, state, context, "/revised_on")?.to_string(),
            not_for_now: self.wish.not_for_now(),
            wish: self.wish.stated().into(),
            support: self.support.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![revised.into()])
    }
}

/// Sets the wish aside: the person decides so.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetWishAside {
    /// On which day; today when absent.
    #[serde(default)]
    pub set_aside_on: Option<Day>,
    /// Why, in a few words.
    #[serde(default)]
    pub comment: String,
}

impl Command for SetWishAside {
    type Aggregate = Wished;
    const NAME: &'static str = "case.set-wish-aside";
    const SUMMARY: &'static str = "Mettre une envie de côté";
    const DAY: fn(&Self) -> Option<Date> = |command| command.set_aside_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.aside {
            return Ok(Vec::new());
        }
        let set_aside = WishSetAside {
            set_aside_on: after(self.set_aside_on, state, context, "/set_aside_on")?.to_string(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![set_aside.into()])
    }
}
