//! Writing a convention. Nothing but the convention itself is looked at: no diagnostic, no obstacle.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Refusal;

use super::{Details, Objects, Terms, text};
use crate::domain::{
    aggregate::{Convention, State},
    past::{CONVENTIONS_BY_CASE, Conventions, Past},
    rules::*,
    {ConventionDrafted, ConventionKind, ConventionRenewed, Event, ImmersionObject},
};

/// Writes a convention, for days to come as a rule.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftConvention {
    /// A PMSMP, or the structure's own convention.
    pub kind: Word<ConventionKind>,
    /// Its one object; not asked of a structure's own convention.
    #[serde(default)]
    pub object: Objects,
    /// Dates and hours.
    pub terms: Terms,
    /// The host, when it is known to Jalon.
    #[serde(default)]
    pub host_id: Option<Uuid>,
    /// Who prescribes; the organisation of whoever writes when absent.
    #[serde(default)]
    pub prescriber_id: Option<Uuid>,
    /// The structure that accompanies, when it is not the prescriber.
    #[serde(default)]
    pub accompanying_structure_id: Option<Uuid>,
    /// Whether the person is employed: the current employer then signs too.
    #[serde(default)]
    pub has_current_employer: bool,
    /// The earlier convention this one renews.
    #[serde(default)]
    pub renews_convention_id: Option<Uuid>,
    /// Why it is renewed.
    #[serde(default)]
    pub renewal_justification: String,
    /// What the immersion is made of.
    #[serde(default)]
    pub details: Option<Details>,
}

impl Command for DraftConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.draft";
    const SUMMARY: &'static str = "Rédiger une convention d’immersion";

    fn needs(&self, _: &State) -> Needs {
        let named = [self.prescriber_id, self.accompanying_structure_id, self.host_id];
        Needs {
            organisations: named.into_iter().flatten().collect(),
            own_organisation: true,
            streams: self.renews_convention_id.into_iter().collect(),
            birth_date: true,
            case_document: Some(CONVENTIONS_BY_CASE),
            fresh: self.renews_convention_id.is_some(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.frame.is_some() {
            return Ok(Vec::new());
        }
        let (kind, frame) = (self.kind.0, self.terms.frame());
        // An immersion of before the closing may still be told.
        let day = frame.starts_on.min(context.today);
        if context.case().is_some_and(|case| case.is_closed_on(day)) {
            return Err(OPEN_CASE
                .refuse("Ce dossier est clos. Rouvrez-le d’abord, tout ce qu’il contient est resté."));
        }
        let object = object_of(kind, &self.object)?;
        check_frame(kind, &frame, context)?;
        let minor = check_age(kind, frame.starts_on, context)?;
        let prescriber = self.prescriber_id.or(context.actor.organisation_id);
        check_known(self.host_id, "/host_id", context)?;
        check_known(self.accompanying_structure_id, "/accompanying_structure_id", context)?;
        check_prescriber(kind, prescriber, context.today, context)?;
        let accompanying = self.accompanying_structure_id.filter(|id| Some(*id) != prescriber);
        if let Some(earlier) = self.renews_convention_id {
            check_renewal(kind, object, earlier, context)?;
        }
        self.check_other_conventions(kind, object, context);

        let drafted = ConventionDrafted {
            kind: kind.into(),
            object: object.into(),
            terms: frame.stated().into(),
            host_id: text(self.host_id),
            prescriber_id: text(prescriber),
            accompanying_structure_id: text(accompanying),
            signatories: signatories(minor, self.has_current_employer, accompanying.is_some())
                .into_iter()
                .map(Into::into)
                .collect(),
            renews_convention_id: text(self.renews_convention_id),
            details: self.details.as_ref().map(Details::stated).into(),
            ..Default::default()
        };
        let renewed = self.renews_convention_id.map(|earlier| ConventionRenewed {
            from_convention_id: earlier.to_string(),
            justification: self.renewal_justification.trim().to_owned(),
            ..Default::default()
        });
        Ok(std::iter::once(drafted.into()).chain(renewed.map(Event::from)).collect())
    }
}

impl DraftConvention {
    fn check_other_conventions(&self, kind: ConventionKind, object: ImmersionObject, context: &Context) {
        let past: Conventions = context.document().unwrap_or_default();
        let new = Past {
            id: context.stream_id,
            host_id: self.host_id,
            object: object as i32,
            starts_on: self.terms.starts_on.0,
            presence_days: self.terms.presence_days,
            renews: self.renews_convention_id,
            closed: false,
            same_as: None,
        };
        if kind == ConventionKind::PMSMP && past.too_much_at_host(&new) {
            context.warn(&SAME_HOST);
        }
    }
}

/// The object: exactly one for a PMSMP, at most one otherwise.
pub(super) fn object_of(kind: ConventionKind, objects: &Objects) -> Result<ImmersionObject, Refusal> {
    if kind != ConventionKind::PMSMP && objects.0.is_empty() {
        return Ok(ImmersionObject::default());
    }
    objects.one()
}

fn check_known(id: Option<Uuid>, pointer: &'static str, context: &Context) -> Result<(), Refusal> {
    if id.is_some_and(|id| context.organisation(id).is_none()) {
        return Err(KNOWN
            .refuse("Jalon ne connaît pas cette organisation. Inscrivez-la, ou donnez seulement son nom.")
            .at(pointer));
    }
    Ok(())
}

/// Who prescribes may do so that day.
pub(super) fn check_prescriber(
    kind: ConventionKind,
    prescriber: Option<Uuid>,
    day: Date,
    context: &Context,
) -> Result<(), Refusal> {
    if kind != ConventionKind::PMSMP {
        return check_known(prescriber, "/prescriber_id", context);
    }
    let refuse = |detail: &'static str| Err(PRESCRIBER.refuse(detail).at("/prescriber_id"));
    let Some(prescriber) = prescriber else {
        return refuse("Le prescripteur manque. Indiquez l’organisation qui prescrit cette PMSMP.");
    };
    match context.organisation(prescriber) {
        None => refuse("Jalon ne connaît pas ce prescripteur. Inscrivez-le d’abord."),
        Some(organisation) if !may_prescribe(organisation, day) => refuse(
            "Cette organisation ne prescrit pas de PMSMP par elle-même, et n’a pas de mandat valable ce jour-là. Choisissez un prescripteur habilité, ou enregistrez son mandat.",
        ),
        Some(_) => Ok(()),
    }
}

/// Once, for the same object; only a warning when the earlier one came from another tool.
pub(super) fn check_renewal(
    kind: ConventionKind,
    object: ImmersionObject,
    earlier_id: Uuid,
    context: &Context,
) -> Result<(), Refusal> {
    let pointer = "/renews_convention_id";
    let of_the_case = context.recorded(earlier_id).iter().all(|fact| fact.case_id == context.case_id);
    let earlier = State::of(context.facts::<Event>(earlier_id));
    if earlier.frame.is_none() || !of_the_case {
        return Err(RENEWAL
            .refuse("Jalon ne connaît pas, dans ce dossier, la convention à renouveler. Vérifiez-la, ou rédigez une convention nouvelle.")
            .at(pointer));
    }
    if earlier.kind != kind {
        return Err(OWN_KIND
            .refuse("Une PMSMP et la convention de stage d’une structure ne se renouvellent pas l’une l’autre. Rédigez une convention nouvelle.")
            .at(pointer));
    }
    if kind != ConventionKind::PMSMP {
        return Ok(());
    }
    let past: Conventions = context.document().unwrap_or_default();
    let twice = earlier.renews.is_some() || past.is_renewed(earlier_id);
    if !twice && earlier.object == object {
        return Ok(());
    }
    if earlier.heard.is_some() {
        context.warn(&RENEWAL_OUTSIDE);
        return Ok(());
    }
    Err(if twice {
        RENEWAL
            .refuse("Cette PMSMP a déjà été renouvelée, ou renouvelle elle-même une autre : une seule fois est permise. Rédigez une convention nouvelle.")
            .at(pointer)
    } else {
        RENEWAL
            .refuse("Une PMSMP se renouvelle pour le même objet. Reprenez celui de la première convention, ou rédigez une convention nouvelle.")
            .at("/object")
    })
}
