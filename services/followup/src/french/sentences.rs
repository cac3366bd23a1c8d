//! The case and the diagnostic.

use contracts::{
    diagnostic::v1::Situation,
    events::{Case, Diagnostic, Resource},
    label_of,
};

use super::{Names, around, capital, date, finished, label, name, on, quoted, sent::avip, until};

pub(super) fn case(fact: Case, names: &Names) -> String {
    match fact {
        Case::CaseOpened(opened) => {
            let by = name(&opened.structure_id, names).unwrap_or("la structure d’hébergement");
            let how = label_of(opened.origin);
            let how = if how.is_empty() { String::new() } else { format!(", {how}") };
            let shared = name(&opened.platform_id, names)
                .map(|platform| format!(" Le dossier est partagé sur {platform}."))
                .unwrap_or_default();
            format!("{}{shared}", finished(&format!("ouvert par {by}{}{how}", on(&opened.opened_on))))
        }
        Case::IdentityRecorded(one) => identity(&one.given_name, &one.family_name, &one.birth_date),
        Case::IdentityCorrected(one) => identity(&one.given_name, &one.family_name, &one.birth_date),
        Case::CircleMemberJoined(joined) => {
            let who = name(&joined.post_id, names).map_or_else(|| label(joined.role), str::to_owned);
            let since = date(&joined.since).map(|since| format!(" à compter du {since}")).unwrap_or_default();
            let frame = label_of(joined.frame);
            let frame = if frame.is_empty() { String::new() } else { format!(", {frame}") };
            finished(&format!("{who}{since}{frame}{}", quoted(&joined.reason)))
        }
        Case::CircleMemberLeft(left) => {
            let who = name(&left.post_id, names).unwrap_or("ce poste");
            finished(&format!("{who},{}{}", until(&left.until), quoted(&left.reason)))
        }
        Case::CaseClosed(closed) => {
            let why = label_of(closed.reason);
            let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
            finished(&format!("clos{}{why}{}", on(&closed.closed_on), quoted(&closed.comment)))
        }
        Case::CaseReopened(reopened) => {
            let day = on(&reopened.reopened_on);
            format!("Rouvert{day} ; tout ce qui précède reste visible.")
        }
        other => around::standing(other, names),
    }
}

fn identity(given: &str, family: &str, birth: &str) -> String {
    let birth = date(birth).map(|day| format!(", date de naissance : {day}")).unwrap_or_default();
    finished(&format!("{given} {family}{birth}"))
}

/// The situation that was opened, of the several a fact can hold.
fn described<const N: usize>(all: [Option<&Situation>; N]) -> String {
    let Some(one) = all.into_iter().flatten().next() else { return String::new() };
    finished(&format!("{}{}", capital(label_of(one.dimension)), quoted(&one.text)))
}

pub(super) fn diagnostic(fact: Diagnostic) -> String {
    match fact {
        Diagnostic::DiagnosticStarted(started) => {
            let frame = label_of(started.frame);
            let frame = if frame.is_empty() { String::new() } else { format!(", {frame}") };
            finished(&format!("commencé{}{frame}", on(&started.started_on)))
        }
        Diagnostic::ProfessionalSituationAssessed(assessed) => finished(&quoted(&assessed.text)),
        Diagnostic::SocialSituationAssessed(one) => {
            let told = described([one.social.as_option(), one.health.as_option(), one.judicial.as_option()]);
            let decided = one.decisions.iter().map(|decision| {
                let until = date(&decision.until_day).map(|day| format!(", jusqu’au {day}"));
                finished(&capital(&format!("{}{}", label_of(decision.kind), until.unwrap_or_default())))
            });
            std::iter::once(told).chain(decided).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Diagnostic::ObstacleNamed(one) => described([
            one.project.as_option(),
            one.social.as_option(),
            one.health.as_option(),
            one.judicial.as_option(),
        ]),
        Diagnostic::ObstacleEased(eased) => {
            let how = [eased.how_project, eased.how_social, eased.how_health, eased.how_judicial];
            finished(&quoted(&how.concat()))
        }
        Diagnostic::ObstacleReturned(_) => "Un obstacle levé pèse de nouveau.".to_owned(),
        Diagnostic::SkillIdentified(skill) => {
            let origin = label_of(skill.origin);
            let from = if origin.is_empty() { String::new() } else { format!(", venue de : {origin}") };
            finished(&format!("{}{from}", quoted(&skill.label)))
        }
        Diagnostic::DiagnosticCompleted(completed) => {
            let author = label_of(completed.author);
            let author = if author.is_empty() { String::new() } else { format!(" ({author})") };
            let valid = date(&completed.valid_until)
                .map(|day| format!(", valable jusqu’au {day}"))
                .unwrap_or_default();
            let text = format!("terminé{}{author}{valid}", on(&completed.completed_on));
            format!("{}{}", finished(&text), quoted(&completed.conclusion))
        }
        other => revised(other),
    }
}

fn revised(fact: Diagnostic) -> String {
    match fact {
        Diagnostic::DiagnosticRevised(revised) => {
            let text = format!("relu{}{}", on(&revised.revised_on), quoted(&revised.change));
            format!("{}{}", finished(&text), quoted(&revised.conclusion))
        }
        _ => String::new(),
    }
}

pub(super) fn resource(fact: Resource, names: &Names) -> String {
    if let Resource::ResourceMobilised(one) = fact {
        let all = [&one.project, &one.social, &one.health, &one.judicial];
        let Some(service) = all.into_iter().find_map(|one| one.as_option()) else {
            return finished(&format!("un service du territoire intervient{}", on(&one.mobilised_on)));
        };
        let by = name(&service.organisation_id, names).map(|by| format!(" ({by})")).unwrap_or_default();
        let what = label_of(service.dimension);
        let what = if what.is_empty() { String::new() } else { format!(", pour : {what}") };
        let text = format!("{}{by}{what}{}", service.name, on(&one.mobilised_on));
        finished(&format!("{text}{}{}", avip(&service.avip_situations), quoted(&service.text)))
    } else if let Resource::ResourceEnded(over) = fact {
        let said = [over.comment_project, over.comment_social, over.comment_health, over.comment_judicial];
        finished(&format!("{}{}{}", label_of(over.outcome), on(&over.ended_on), quoted(&said.concat())))
    } else {
        String::new()
    }
}
