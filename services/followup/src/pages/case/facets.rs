//! The facets of a case: what stands now, and stood.

use super::Facet;
use crate::{
    french::{count, hours},
    pages::lines::{Line, Told},
    read::case::Case,
    views::status::PrescriptionState,
};

/// Lines shown before the others are folded away.
const SHOWN: usize = 4;

fn facet(name: &'static str, count: String, mut lines: Vec<Line>, empty: &'static str) -> Facet {
    let more = if lines.len() > SHOWN + 1 { lines.split_off(SHOWN) } else { Vec::new() };
    Facet { name, count, lines, more, empty }
}

pub(super) fn facets(case: &Case, told: Told<'_>) -> Vec<Facet> {
    let status = &case.status;
    let mut prescriptions: Vec<_> = status.prescriptions.values().collect();
    prescriptions.sort_by_key(|one| {
        (!one.state.is_awaiting(), one.state != PrescriptionState::Prepared, std::cmp::Reverse(one.sent_on))
    });
    let awaiting = prescriptions.iter().filter(|one| one.state.is_awaiting()).count();
    let mut immersions: Vec<_> = status.immersions.values().collect();
    immersions.sort_by_key(|one| std::cmp::Reverse(one.starts_on));
    let done = status.immersions().filter(|(_, one)| one.state.is_past()).count();
    let mut employments: Vec<_> = status.employments.values().collect();
    employments.sort_by_key(|one| (one.ended_on.is_some(), std::cmp::Reverse(one.started_on)));
    let working = employments.iter().filter(|one| one.ended_on.is_none()).count();
    let mut diagnostics: Vec<_> = status.diagnostics.values().collect();
    diagnostics.sort_by_key(|one| std::cmp::Reverse(one.started_on.or(one.completed_on)));
    let eligibility = status.eligibility.iter().map(|one| told.eligibility(one));
    let diagnostics = diagnostics.into_iter().map(|one| told.diagnostic(one)).chain(eligibility).collect();
    let mut all = vec![
        facet(
            "Emplois",
            if working > 0 { count(working, "en cours", "en cours") } else { String::new() },
            employments.into_iter().map(|one| told.employment(one)).collect(),
            "Pas encore de contrat ici.",
        ),
        facet(
            "Immersions",
            if done > 0 { count(done, "faite", "faites") } else { String::new() },
            immersions.into_iter().map(|one| told.immersion(one)).collect(),
            "Pas encore d’immersion.",
        ),
        facet(
            "Prescriptions",
            if awaiting > 0 {
                count(awaiting, "réponse attendue", "réponses attendues")
            } else {
                String::new()
            },
            prescriptions.into_iter().map(|one| told.prescription(one)).collect(),
            "Rien n’a encore été envoyé.",
        ),
        facet(
            "Diagnostic",
            obstacles(case),
            diagnostics,
            "Pas de diagnostic. Il n’est la condition d’aucune démarche.",
        ),
    ];
    all.extend(around(case, told));
    all
}

/// The facets that are shown only when there is something in them.
fn around(case: &Case, told: Told<'_>) -> Vec<Facet> {
    let status = &case.status;
    let mut activities: Vec<_> = status.activities.values().collect();
    activities.sort_by_key(|one| (one.ended_on.is_some(), std::cmp::Reverse(one.started_on)));
    let week = status.activity_weekly_minutes();
    let week = if week > 0 { format!("{} par semaine", hours(week)) } else { String::new() };
    let mut agreements: Vec<_> = status.agreements.values().collect();
    agreements.sort_by_key(|one| one.until);
    let mut matches: Vec<_> = status.matches.values().collect();
    matches.sort_by_key(|one| std::cmp::Reverse(one.since));
    let mut passes: Vec<_> = status.passes.values().collect();
    passes.sort_by_key(|one| std::cmp::Reverse(one.ends_on));
    let resources = status.resources.values().filter(|one| one.ended_on.is_none()).count();
    let resources = if resources > 0 {
        count(resources, "solution en cours", "solutions en cours")
    } else {
        String::new()
    };
    let all = [
        facet("Activités", week, activities.into_iter().map(|one| told.activity(one)).collect(), ""),
        facet("PASS IAE", String::new(), passes.into_iter().map(|one| told.pass(one)).collect(), ""),
        facet("Solutions", resources, status.resources.values().map(|one| told.resource(one)).collect(), ""),
        facet("Offres", String::new(), matches.into_iter().map(|one| told.offer(one)).collect(), ""),
        facet("Accords", String::new(), agreements.into_iter().map(|one| told.agreement(one)).collect(), ""),
    ];
    all.into_iter().filter(|facet| !facet.lines.is_empty()).collect()
}

fn obstacles(case: &Case) -> String {
    let all = case.status.obstacles();
    let mut parts = Vec::new();
    if all.open > 0 {
        parts.push(count(all.open, "obstacle repéré", "obstacles repérés"));
    }
    if all.eased > 0 {
        parts.push(count(all.eased, "obstacle levé", "obstacles levés"));
    }
    parts.join(", ")
}
