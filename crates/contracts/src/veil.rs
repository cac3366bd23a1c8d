//! Kinds that betray: what a fact says by the name of a kind, or by the organisation it names, to those to whom what
//! that tells is closed.

use std::borrow::Cow;

use sealing::Class;
use uuid::Uuid;

use crate::{
    fact::{put_varint, take_varint},
    types::{FactType, FieldType},
};

/// The bytes of a fact for a reader: values that betray a class closed to them are replaced as the contract says, and
/// ids that are hidden from them are left out. Bytes that are no fact are left as they are: they read as nothing.
pub fn veil<'a>(
    kind: &FactType,
    bytes: &'a [u8],
    opens: impl Fn(Class) -> bool,
    hides: impl Fn(Uuid) -> bool,
) -> Cow<'a, [u8]> {
    let mut veiled = Vec::new();
    let mut changed = false;
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((field, after)) = take_field(rest) else { return Cow::Borrowed(bytes) };
        let whole = &rest[..rest.len() - after.len()];
        rest = after;
        match field.shown(kind, &opens, &hides) {
            Shown::AsItIs => veiled.extend_from_slice(whole),
            Shown::As(value) => {
                changed = true;
                put_varint(&mut veiled, field.tag);
                put_varint(&mut veiled, value);
            }
            Shown::Nothing => changed = true,
        }
    }
    if changed { Cow::Owned(veiled) } else { Cow::Borrowed(bytes) }
}

struct Field<'a> {
    tag: u64,
    value: Value<'a>,
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Fixed,
}

enum Shown {
    AsItIs,
    As(u64),
    Nothing,
}

impl Field<'_> {
    fn shown(&self, kind: &FactType, opens: impl Fn(Class) -> bool, hides: impl Fn(Uuid) -> bool) -> Shown {
        let declared = kind.fields.iter().find(|field| u64::from(field.number) == self.tag >> 3);
        let closed = |field: &FieldType, number: u64| {
            let betrays = |one: &&crate::Betrayal| i64::from(one.number).cast_unsigned() == number;
            field.betrays.iter().find(betrays).filter(|one| !opens(one.class())).map(|one| one.instead)
        };
        match (declared, &self.value) {
            (Some(field), Value::Number(number)) => match closed(field, *number) {
                Some(0) => Shown::Nothing,
                Some(instead) => Shown::As(i64::from(instead).cast_unsigned()),
                None => Shown::AsItIs,
            },
            // Several values in one field: one that is closed closes them all.
            (Some(field), Value::Bytes(packed)) if !field.betrays.is_empty() => {
                let mut packed = *packed;
                while let Some((number, after)) = take_varint(packed) {
                    if closed(field, number).is_some() {
                        return Shown::Nothing;
                    }
                    packed = after;
                }
                Shown::AsItIs
            }
            (_, Value::Bytes(text)) if is_hidden(text, hides) => Shown::Nothing,
            _ => Shown::AsItIs,
        }
    }
}

fn is_hidden(text: &[u8], hides: impl Fn(Uuid) -> bool) -> bool {
    text.len() == 36 && Uuid::try_parse_ascii(text).is_ok_and(hides)
}

fn take_field(bytes: &[u8]) -> Option<(Field<'_>, &[u8])> {
    let (tag, rest) = take_varint(bytes)?;
    let (value, rest) = match tag & 7 {
        0 => take_varint(rest).map(|(number, rest)| (Value::Number(number), rest))?,
        1 => (Value::Fixed, rest.get(8..)?),
        2 => {
            let (length, rest) = take_varint(rest)?;
            let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            (Value::Bytes(content), rest)
        }
        5 => (Value::Fixed, rest.get(4..)?),
        _ => return None,
    };
    Some((Field { tag, value }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        EnumValue, Facts as _, by_kind,
        common::v1::OrganisationKind,
        events,
        prescription::v1::{PrescriptionKind, PrescriptionSent},
        to_json,
    };

    const ADDRESSEE: Uuid = Uuid::from_u128(7);

    fn sent(kind: PrescriptionKind) -> Vec<u8> {
        let sent = PrescriptionSent {
            sent_on: "2026-11-02".into(),
            kind: kind.into(),
            addressee_id: ADDRESSEE.to_string(),
            ..Default::default()
        };
        events::Prescription::from(sent).encode().1
    }

    #[test]
    fn a_kind_that_tells_of_health_is_another_service_to_whom_health_is_closed() {
        let kind = by_kind("jalon.prescription.v1.PrescriptionSent").expect("a kind");
        let bytes = sent(PrescriptionKind::MDPH);
        let closed = veil(kind, &bytes, |_| false, |id| id == ADDRESSEE);
        let shown = to_json(kind, &closed).expect("a fact");
        assert_eq!(shown, serde_json::json!({"sent_on": "2026-11-02", "kind": "AUTRE_SERVICE"}));
        assert_eq!(veil(kind, &bytes, |class| class == Class::Health, |_| false), bytes);
        let iae = sent(PrescriptionKind::CANDIDATURE_IAE);
        assert_eq!(veil(kind, &iae, |_| false, |_| false), iae);
    }

    #[test]
    fn every_value_that_betrays_reads_as_another_one_or_as_nothing() {
        let mut told = 0;
        for fact in crate::all_aggregates().iter().flat_map(|aggregate| aggregate.facts) {
            for (field, betrayal) in
                fact.fields.iter().flat_map(|field| field.betrays.iter().map(move |b| (field, b)))
            {
                let mut bytes = Vec::new();
                put_varint(&mut bytes, u64::from(field.number) << 3);
                put_varint(&mut bytes, i64::from(betrayal.number).cast_unsigned());
                let shown = veil(fact, &bytes, |class| class != betrayal.class(), |_| false);
                assert_ne!(shown, bytes, "{} {}", fact.name, field.name);
                assert_eq!(veil(fact, &bytes, |class| class == betrayal.class(), |_| false), bytes);
                told += 1;
            }
        }
        assert!(told > 20, "{told} values");
    }

    #[test]
    fn what_justice_follows_is_not_told_by_the_kind_of_an_organisation() {
        let kind = |kind: OrganisationKind, open: &[Class]| {
            crate::value_for(EnumValue::from(kind), |one| open.contains(&one))
        };
        assert_eq!(kind(OrganisationKind::SPIP, &[Class::Health]), OrganisationKind::AUTRE);
        assert_eq!(kind(OrganisationKind::SPIP, &[Class::Judicial]), OrganisationKind::SPIP);
        assert_eq!(kind(OrganisationKind::CSAPA, &[Class::Judicial]), OrganisationKind::AUTRE);
        assert_eq!(kind(OrganisationKind::CHRS, &[]), OrganisationKind::CHRS);
    }
}
