//! What calls for someone, as things stand today. Nothing here is stored: what was cancelled, answered or
//! held meanwhile reminds of nothing.

mod asked;
mod immersions;
mod mandates;

pub use asked::answered_before;

use contracts::{common::v1::Role, platform::v1::EmployerAnswer};
use jiff::{ToSpan as _, civil::Date};
use serde::Serialize;
use service::forgettings::{Forgetting, Standing};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{
    Rule,
    dates::{days_after, in_french},
};

use crate::{
    rules,
    status::{Employment, Match, MatchState, PrescriptionState, Status},
};

pub use mandates::{Mandate, mandates};

/// What calls for someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// An answer did not come on its day.
    AnswerOverdue,
    /// An employer did not answer on its day.
    EmployerSilent,
    /// A PMSMP that everyone signed is not validated.
    ValidationWaits,
    /// An immersion ended without review.
    ReviewMissing,
    /// A check-in is due.
    CheckInDue,
    /// The PASS IAE ends soon.
    PassEnds,
    /// The follow-up after a Convergence path goes on.
    ConvergenceFollowUp,
    /// The diagnostic expires soon.
    DiagnosticExpires,
    /// An agreement to share ends soon.
    AgreementEnds,
    /// Nobody told what became of an appointment.
    AppointmentUntold,
    /// The person asks for something to be put right.
    RectificationWaits,
    /// The person objects.
    ObjectionWaits,
    /// An erasure waits for an agreement.
    ErasureWaits,
    /// Someone opened the case in an emergency, and nobody looked back on it.
    EmergencyToReview,
    /// Nobody saw the person for two years.
    NoContact,
    /// A mandate to prescribe ends soon, or just ended.
    MandateEnds,
}

impl Call {
    /// In French.
    pub const fn text(self) -> &'static str {
        match self {
            Self::AnswerOverdue => "réponse à relancer",
            Self::EmployerSilent => "employeur à relancer",
            Self::ValidationWaits => "PMSMP signée à faire valider",
            Self::ReviewMissing => "bilan d’immersion à faire",
            Self::CheckInDue => "point de maintien à faire",
            Self::PassEnds => "fin du PASS IAE à préparer",
            Self::ConvergenceFollowUp => "suivi après Convergence",
            Self::DiagnosticExpires => "diagnostic à relire ensemble",
            Self::AgreementEnds => "accord à renouveler avec la personne",
            Self::AppointmentUntold => "rendez-vous à raconter",
            Self::RectificationWaits => "correction demandée par la personne",
            Self::ObjectionWaits => "opposition à examiner",
            Self::ErasureWaits => "effacement à approuver",
            Self::EmergencyToReview => "accès en urgence à relire",
            Self::NoContact => "plus de contact depuis deux ans",
            Self::MandateEnds => "mandat de prescription à revoir",
        }
    }

    /// The rule it comes from; an appointment of which nothing is told comes from none.
    pub const fn rule(self) -> Option<&'static Rule> {
        Some(match self {
            Self::AnswerOverdue => &rules::ANSWER,
            Self::EmployerSilent => &rules::EMPLOYER,
            Self::ValidationWaits => &rules::VALIDATION,
            Self::ReviewMissing => &rules::REVIEW,
            Self::CheckInDue => &rules::CHECK_IN,
            Self::PassEnds => &rules::PASS,
            Self::ConvergenceFollowUp => &rules::CVG,
            Self::DiagnosticExpires => &rules::DIAGNOSTIC,
            Self::AgreementEnds => &rules::AGREEMENT,
            Self::RectificationWaits => &rules::RECTIFICATION,
            Self::ObjectionWaits => &rules::OBJECTION,
            Self::ErasureWaits => &rules::ERASURE,
            Self::EmergencyToReview => &rules::EMERGENCY,
            Self::NoContact => &rules::CONTACT,
            Self::MandateEnds => &rules::MANDATE,
            Self::AppointmentUntold => return None,
        })
    }

    /// Whether it pushes the person towards work, and so stays silent when they rest or do not wish to
    /// work for now.
    pub const fn pushes(self) -> bool {
        matches!(
            self,
            Self::AnswerOverdue
                | Self::EmployerSilent
                | Self::ValidationWaits
                | Self::PassEnds
                | Self::DiagnosticExpires
        )
    }
}

/// Something that calls for someone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Prompt {
    /// Since when it calls.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// What calls.
    pub what: Call,
    /// The aggregate it is about.
    pub about: Option<Uuid>,
    /// A sentence in French that says what to do.
    pub text: String,
    /// The id of the rule it comes from.
    pub rule: Option<&'static str>,
}

/// Who accompanies someone, and so looks back on how their case was opened in an emergency.
const ACCOMPANYING: [Role; 4] = [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER];
/// Months before the end of a PASS IAE at which it is prepared.
const PASS_MONTHS: i32 = 3;
/// Months before the end of a diagnostic or an agreement at which it is looked at.
const EXPIRY_MONTHS: i32 = 1;
/// Years without contact after which closing is proposed.
const CONTACT_YEARS: i32 = 2;
/// Months at which someone who left Convergence is called.
const CVG_MONTHS: [i32; 4] = [3, 6, 9, 12];
/// Days during which a check-in still calls once the case is closed.
const CLOSED_DAYS: i32 = 90;
/// Days during which a silence that was stated still calls.
const SILENT_DAYS: i32 = 30;

/// What calls for someone in that case, that day; what calls longest first.
pub fn prompts(status: &Status, today: Date) -> Vec<Prompt> {
    let mut all = Prompts { today, found: Vec::new() };
    asked::rectifications(status, &mut all);
    asked::objections(status, &mut all);
    erasures(status, &mut all);
    emergencies(status, &mut all);
    // What is left alone calls for nothing else.
    if !status.restrictions.hold() {
        follow(status, &mut all);
    }
    all.found.sort();
    all.found
}

/// What the path of the person calls for.
fn follow(status: &Status, all: &mut Prompts) {
    for (id, one) in &status.employments {
        check_in((*id, one), status.open, all);
        after_convergence(*id, one, all);
    }
    if !status.open {
        return;
    }
    answers(status, all);
    employers(status, all);
    immersions::immersions(status, all);
    expiries(status, all);
    appointments(status, all);
    no_contact(status, all);
    if status.is_paused(all.today) || status.is_not_for_now() {
        all.found.retain(|one| !one.what.pushes());
    }
}

/// What calls for that post of the circle: some of it waits for some of them only.
pub fn prompts_for(status: &Status, post: Uuid, today: Date) -> Vec<Prompt> {
    let mut found = prompts(status, today);
    found.retain(|one| match one.what {
        Call::ValidationWaits => validates(status, one.about, post),
        Call::EmergencyToReview => looks_back(status, one.about, post),
        _ => true,
    });
    found
}

/// Whether that post is of the organisation that prescribes; when none of the circle is, everyone calls it.
fn validates(status: &Status, convention: Option<Uuid>, post: Uuid) -> bool {
    let known = convention.and_then(|id| status.validations.get(&id));
    let prescribes = |post: &Uuid| {
        let own = status.circle.get(post).and_then(|member| member.organisation_id);
        own.is_some() && own == known.and_then(|known| known.prescriber_id)
    };
    prescribes(&post) || !status.circle.keys().any(prescribes)
}

/// Whether that post may look back on that access: one that accompanies the person, and did not open it.
fn looks_back(status: &Status, access: Option<Uuid>, post: Uuid) -> bool {
    let opened = access.and_then(|id| status.emergencies.get(&id)).and_then(|one| one.by);
    let role = status.circle.get(&post).and_then(|member| member.role.as_known());
    opened != Some(post) && role.is_some_and(|role| ACCOMPANYING.contains(&role))
}

struct Prompts {
    today: Date,
    found: Vec<Prompt>,
}

impl Prompts {
    /// Adds it when its day has come.
    fn add(&mut self, on: Date, what: Call, about: Option<Uuid>, text: String) {
        if on <= self.today {
            let rule = what.rule().map(|rule| rule.id);
            self.found.push(Prompt { on, what, about, text, rule });
        }
    }
}

fn months_before(day: Date, months: i32) -> Date {
    day.saturating_sub(months.months())
}

fn answers(status: &Status, all: &mut Prompts) {
    for (id, one) in &status.prescriptions {
        let Some(due) = one.answer_due_on.filter(|due| *due < all.today) else { continue };
        let silent = one.state == PrescriptionState::Unanswered && all.today <= days_after(due, SILENT_DAYS);
        if !silent && !one.state.is_awaiting() {
            continue;
        }
        let reminded = match one.reminders {
            0 => String::new(),
            1 => " Une relance est déjà partie.".to_owned(),
            many => format!(" {many} relances sont déjà parties."),
        };
        let text = format!(
            "La réponse était attendue jusqu’au {}.{reminded} Appelez, ou cherchez une autre piste avec la personne.",
            in_french(due)
        );
        all.add(days_after(due, 1), Call::AnswerOverdue, Some(*id), text);
    }
}

fn employers(status: &Status, all: &mut Prompts) {
    for (id, one) in &status.matches {
        if let Some(due) = one.answer_due_on.filter(|due| *due < all.today && calls(one, *due, all.today)) {
            let text = format!(
                "La réponse de l’employeur était attendue jusqu’au {}. Rappelez-le, ou regardez d’autres offres avec la personne.",
                in_french(due)
            );
            all.add(days_after(due, 1), Call::EmployerSilent, Some(*id), text);
        }
    }
}

/// Whether an employer is still waited for, or its silence is recent.
fn calls(one: &Match, due: Date, today: Date) -> bool {
    match one.state {
        MatchState::PutForward => true,
        MatchState::Answered => {
            one.answer == EmployerAnswer::REPONSE_ABSENTE && today <= days_after(due, SILENT_DAYS)
        }
        _ => false,
    }
}

/// Staying at work is looked after beyond the case: there, each one calls for a time.
fn check_in((id, one): (Uuid, &Employment), open: bool, all: &mut Prompts) {
    if one.suspended_since.is_some() {
        return;
    }
    // The last one that came stands for those before it.
    let last = one.check_ins_to_hold().take_while(|(_, on)| *on <= all.today).last();
    if let Some((step, on)) = last.filter(|(_, on)| open || all.today <= days_after(*on, CLOSED_DAYS)) {
        let text = format!(
            "Le point des {step} jours est à faire, de préférence hors des heures de travail de la personne."
        );
        all.add(on, Call::CheckInDue, Some(id), text);
    }
}

fn after_convergence(id: Uuid, one: &Employment, all: &mut Prompts) {
    let (Some(ended), Some(until)) = (one.ended_on, one.followed_until) else { return };
    if all.today > until {
        return;
    }
    let mut steps = CVG_MONTHS.iter().map(|months| ended.saturating_add(months.months()));
    let on = steps.rfind(|on| *on <= all.today);
    let held = |on: Date| one.check_ins.iter().any(|check_in| check_in.held_on >= Some(on));
    if let Some(on) = on.filter(|on| !held(*on)) {
        let text = format!("Le suivi continue jusqu’au {} : prenez des nouvelles.", in_french(until));
        all.add(on, Call::ConvergenceFollowUp, Some(id), text);
    }
}

fn expiries(status: &Status, all: &mut Prompts) {
    let today = all.today;
    if let Some((id, pass)) = status.pass()
        && let Some(last) = pass.ends_on.filter(|last| *last >= today)
    {
        let text =
            format!("Le PASS IAE prend fin le {} : préparez la suite avec la personne.", in_french(last));
        all.add(months_before(last, PASS_MONTHS), Call::PassEnds, Some(id), text);
    }
    if let Some(last) = status.diagnostic().and_then(|one| one.valid_until).filter(|last| *last >= today) {
        let text = format!("Le diagnostic est valable jusqu’au {}.", in_french(last));
        all.add(months_before(last, EXPIRY_MONTHS), Call::DiagnosticExpires, None, text);
    }
    for (id, one) in &status.agreements {
        let others = status.agreements.values();
        let renewed = others.filter(|other| other.organisation_id == one.organisation_id);
        let last = one.until.filter(|last| *last >= today);
        let Some(last) = last.filter(|last| renewed.clone().all(|other| other.until <= Some(*last))) else {
            continue;
        };
        let text = format!(
            "L’accord vaut jusqu’au {}. Demandez à la personne si elle le renouvelle.",
            in_french(last)
        );
        all.add(months_before(last, EXPIRY_MONTHS), Call::AgreementEnds, Some(*id), text);
    }
}

/// Also of a case that is closed: what was read was read.
fn emergencies(status: &Status, all: &mut Prompts) {
    for (id, one) in &status.emergencies {
        let Some(day) = one.on else { continue };
        let text = format!(
            "Ce dossier a été ouvert en urgence le {}. Relisez la raison donnée, et dites si elle était justifiée.",
            in_french(day)
        );
        all.add(day, Call::EmergencyToReview, Some(*id), text);
    }
}

/// Also of a case that is closed: its time ends all the same.
fn erasures(status: &Status, all: &mut Prompts) {
    let waits = |one: &&Forgetting| one.standing == Standing::Asked;
    for one in status.forgettings.requests.values().filter(waits) {
        let (Some(asked), Some(due)) = (one.asked_on, one.due_on) else { continue };
        let text = if one.is_retention() {
            format!(
                "Des données arrivent au terme de leur conservation le {} : donnez votre accord, ou dites pourquoi les garder.",
                in_french(due)
            )
        } else {
            format!(
                "Un effacement a été demandé le {} : un autre professionnel de la structure doit donner son accord.",
                in_french(asked)
            )
        };
        all.add(asked, Call::ErasureWaits, None, text);
    }
}

fn appointments(status: &Status, all: &mut Prompts) {
    for (id, one) in &status.appointments {
        if let Some(day) = one.day {
            let text = format!("Dites ce qu’il est advenu du rendez-vous du {}.", in_french(day));
            all.add(days_after(day, 1), Call::AppointmentUntold, Some(*id), text);
        }
    }
}

fn no_contact(status: &Status, all: &mut Prompts) {
    let Some(last) = status.last_contact else { return };
    let text = format!(
        "Le dernier contact connu date du {}. Proposez à la personne de clore le dossier, ou reprenez contact.",
        in_french(last)
    );
    all.add(last.saturating_add(CONTACT_YEARS.years()), Call::NoContact, None, text);
}
