//! Local resources for an obstacle: which thématiques of data·inclusion address it, and how near a service is.

use contracts::diagnostic::v1::Dimension;
use matching::communes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::ServiceBody;

/// Near enough to be met in person, in kilometres as the crow flies.
const NEAR_KM: f64 = 15.0;

/// The thématiques of a dimension: those that address it, then those that help beside it. Addiction is never
/// widened to other health without the person's word; age has no theme of its own.
pub fn themes_of(dimension: Dimension) -> (&'static [&'static str], &'static [&'static str]) {
    match dimension {
        Dimension::MOBILITE => (
            &[
                "mobilite--acceder-a-un-vehicule",
                "mobilite--entretenir-reparer-son-vehicule",
                "mobilite--etre-accompagne-dans-son-parcours-mobilite",
                "mobilite--financer-ma-mobilite",
                "mobilite--preparer-un-permis",
                "mobilite--mobilite-douce-partagee-collective",
            ],
            &[],
        ),
        Dimension::SANTE => (
            &[
                "sante--acces-aux-soins",
                "sante--sante-mentale",
                "sante--sante-sexuelle",
                "sante--constituer-un-dossier-mdph-invalidite",
            ],
            &[
                "remobilisation--bien-etre-confiance-en-soi",
                "remobilisation--activites-sportives-et-culturelles",
            ],
        ),
        Dimension::ADDICTION => (&["sante--addictions"], &[]),
        Dimension::LANGUE => (
            &["lecture-ecriture-calcul--maitriser-le-francais"],
            &["lecture-ecriture-calcul--maitriser-le-calcul"],
        ),
        Dimension::FINANCES => (
            &[
                "difficultes-financieres--acquerir-une-autonomie-budgetaire",
                "difficultes-financieres--ameliorer-sa-gestion-budgetaire",
                "difficultes-financieres--mettre-en-place-une-mesure-de-protection-financiere",
                "difficultes-financieres--prevenir-une-degradation-de-la-situation-financiere",
                "difficultes-financieres--situation-dendettement-surendettement",
            ],
            &[
                "equipement-et-alimentation--alimentation",
                "equipement-et-alimentation--habillement",
                "equipement-et-alimentation--electromenager",
                "equipement-et-alimentation--aide-menagere",
            ],
        ),
        Dimension::FAMILLE => (
            &["famille--garde-denfants"],
            &[
                "famille--soutien-a-la-parentalite-et-a-leducation",
                "famille--prise-en-charge-personne-dependante",
                "famille--soutien-aidants",
                "famille--surmonter-conflits-separation-violence",
            ],
        ),
        other => themes_of_rights(other),
    }
}

fn themes_of_rights(dimension: Dimension) -> (&'static [&'static str], &'static [&'static str]) {
    match dimension {
        Dimension::LOGEMENT => (
            &[
                "logement-hebergement--acheter-un-logement",
                "logement-hebergement--changer-de-logement",
                "logement-hebergement--louer-un-logement",
                "logement-hebergement--rechercher-une-solution-dhebergement-temporaire",
                "logement-hebergement--reduire-les-impayes-de-loyer",
                "logement-hebergement--se-maintenir-dans-le-logement",
                "logement-hebergement--sinformer-sur-les-demarches-liees-a-lacces-au-logement",
            ],
            &[],
        ),
        Dimension::JUDICIAIRE => (
            &["difficultes-administratives-ou-juridiques--prendre-en-compte-une-problematique-judiciaire"],
            &[],
        ),
        Dimension::NUMERIQUE => (
            &[
                "numerique--acceder-a-des-services-en-ligne",
                "numerique--acceder-a-une-connexion-internet",
                "numerique--acquerir-un-equipement",
                "numerique--maitriser-les-fondamentaux-du-numerique",
            ],
            &[],
        ),
        Dimension::ADMINISTRATIF => (
            &[
                "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives",
                "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-a-la-citoyennete",
                "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits",
                "difficultes-administratives-ou-juridiques--beneficier-dune-mesure-daccompagnement-adapte",
                "difficultes-administratives-ou-juridiques--connaitre-ses-droits-face-a-une-discrimination",
            ],
            &[],
        ),
        Dimension::FORMATION => {
            (&["se-former--monter-son-dossier-de-formation", "se-former--trouver-sa-formation"], &[])
        }
        _ => (&[], &[]),
    }
}

/// How well a service fits what was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relevance {
    /// It addresses what was asked.
    #[default]
    Exact,
    /// It helps beside it.
    Beside,
}

/// How a service is placed in a list: what addresses the need first, then near and in person, then free,
/// then the freshest.
#[derive(Clone, Debug, PartialEq)]
pub struct Rank {
    /// How well it fits.
    pub relevance: Relevance,
    /// Kilometres from the commune that was given, as the crow flies; nothing when it is not known.
    pub distance_km: Option<u32>,
    near: bool,
    free: bool,
    updated_on: Option<jiff::civil::Date>,
}

impl Rank {
    /// Of a service, for those themes and from that commune.
    pub fn of(service: &ServiceBody, exact: &[&str], from: Option<&communes::Commune>) -> Self {
        let addresses =
            exact.is_empty() || service.themes.iter().any(|theme| exact.contains(&theme.as_str()));
        let place = communes::by_code(&service.insee_code).and_then(|commune| commune.place);
        let km = from.and_then(|from| from.place).zip(place).map(|(from, place)| from.km_to(&place));
        let in_person = service.reception_modes.iter().any(|mode| mode == "en-presentiel");
        Self {
            relevance: if addresses { Relevance::Exact } else { Relevance::Beside },
            distance_km: km.map(|km| km.round() as u32),
            near: in_person && km.is_some_and(|km| km <= NEAR_KM),
            free: service.fees == "gratuit",
            updated_on: service.updated_on,
        }
    }

    /// What comes first is smaller.
    pub fn key(&self) -> impl Ord + use<> {
        use std::cmp::Reverse;
        let distance = self.distance_km.unwrap_or(u32::MAX);
        (self.relevance, Reverse(self.near), Reverse(self.free), distance, Reverse(self.updated_on))
    }
}

#[cfg(test)]
mod tests {
    use contracts::WordEnum as _;

    use super::*;

    #[test]
    fn every_dimension_but_age_has_its_own_themes() {
        let mut seen = std::collections::HashSet::new();
        for (number, name, _) in Dimension::TEXTS {
            let dimension = contracts::EnumValue::<Dimension>::from(*number).as_known().expect("known");
            let (exact, beside) = themes_of(dimension);
            assert_eq!(exact.is_empty(), dimension == Dimension::AGE, "{name}");
            for theme in exact.iter().chain(beside) {
                assert!(seen.insert(*theme), "{theme} is in two dimensions");
                assert!(theme.contains("--"), "{theme}");
            }
        }
    }

    #[test]
    fn what_addresses_the_need_comes_first_then_what_is_near_free_and_fresh() {
        let service = |theme: &str, insee: &str, fees: &str, day: &str| ServiceBody {
            themes: vec![theme.into()],
            insee_code: insee.into(),
            fees: fees.into(),
            reception_modes: vec!["en-presentiel".into()],
            updated_on: vocabulary::dates::parse(day),
            ..ServiceBody::default()
        };
        let exact = ["famille--garde-denfants"];
        let in_order = [
            service(exact[0], "30007", "gratuit", "2026-05-01"),
            service(exact[0], "30007", "gratuit", "2026-01-01"),
            service(exact[0], "30007", "payant", "2026-05-01"),
            service(exact[0], "30189", "gratuit", "2026-05-01"),
            service(exact[0], "30001", "gratuit", "2026-05-01"),
            service("famille--soutien-aidants", "30007", "gratuit", "2026-05-01"),
        ];
        let from = communes::by_code("30007");
        let ranks: Vec<_> = in_order.iter().map(|service| Rank::of(service, &exact, from)).collect();
        assert!(ranks.windows(2).all(|pair| pair[0].key() < pair[1].key()), "{ranks:?}");
        assert_eq!(ranks[4].distance_km, None);
    }
}
