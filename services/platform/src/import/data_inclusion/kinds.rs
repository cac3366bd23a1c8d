//! From the networks of data·inclusion to Jalon's kinds of organisation.

use contracts::common::v1::OrganisationKind::{self, *};

/// The networks that say what an organisation is, the most telling first.
const KINDS: [(&str, OrganisationKind); 33] = [
    ("chrs", CHRS),
    ("chu", CHU),
    ("cph", CPH),
    ("cada", CADA),
    ("huda", HUDA),
    ("aci", ACI),
    ("ai", AI),
    ("ei", EI),
    ("eiti", EITI),
    ("etti", ETTI),
    ("geiq", GEIQ),
    ("eatt", EATT),
    ("ea", EA),
    ("esat", ESAT),
    ("france-travail", FT),
    ("mission-locale", ML),
    ("cap-emploi-reseau-cheops", CAP_EMPLOI),
    ("plie", PLIE),
    ("epide", EPIDE),
    ("ecoles-de-la-deuxieme-chance", E2C),
    ("csapa", CSAPA),
    ("caarud", CAARUD),
    ("creches-avip", CRECHE_AVIP),
    ("mdph", MDPH),
    ("maison-departementale-de-lautonomie", MDPH),
    ("mobin", PLATEFORME_MOBILITE),
    ("wimoov", PLATEFORME_MOBILITE),
    ("departements", DEPT),
    ("delegataire-conseil-departemental", DEPT),
    ("fabrique-de-territoire", TIERS_LIEU),
    ("face", FACE),
    ("federation-des-acteurs-de-la-solidarite", FAS),
    ("afpa", ORGANISME_FORMATION),
];

/// The kind of an organisation of these networks; « autre » when none says.
pub fn of(networks: &[String]) -> OrganisationKind {
    let says = |network: &str| networks.iter().any(|own| own == network);
    KINDS.iter().find(|(network, _)| says(network)).map_or(AUTRE, |(_, kind)| *kind)
}
