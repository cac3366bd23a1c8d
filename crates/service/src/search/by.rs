//! By what people are found: what is digested of an identity, and of what is looked for.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sealing::{
    IndexKey,
    keys::index::{Field, Index},
};
use vocabulary::names::{sound, ways};

use super::Sought;

/// Who a person is, as far as they can be found by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Birth date.
    pub birth_date: Option<Date>,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
}

/// All by which that person is found. Given and family names are often taken for one another: with the whole birth
/// date, both count.
pub fn all(key: &IndexKey, who: &Who) -> Vec<(Field, Index)> {
    let mut digests = exact(key, who);
    if let Some(birth) = who.birth_date {
        digests.extend(sounds(key, &who.family_name, birth.year()));
    }
    digests
}

/// What is exact of it: no name by its sound.
pub fn exact(key: &IndexKey, who: &Who) -> Vec<(Field, Index)> {
    let names = ways(&who.family_name).into_iter().chain(ways(&who.given_name));
    let mut digests = Vec::new();
    if let Some(birth) = who.birth_date {
        digests.extend(named(key, names.collect(), birth));
    }
    digests.extend(reached(key, &who.email, &who.phone));
    digests
}

/// What is looked for.
pub fn sought(key: &IndexKey, sought: &Sought) -> Vec<(Field, Index)> {
    let mut digests = Vec::new();
    if let Some(birth) = sought.birth_date {
        digests.extend(named(key, ways(&sought.family_name), birth.0));
    }
    if let Some(year) = sought.birth_date.map(|birth| birth.0.year()).or(sought.birth_year) {
        digests.extend(sounds(key, &sought.family_name, year));
    }
    digests.extend(reached(key, &sought.email, &sought.phone));
    digests
}

fn named(key: &IndexKey, names: BTreeSet<String>, birth: Date) -> impl Iterator<Item = (Field, Index)> {
    let digest = move |name: String| key.index(Field::NameAndBirth, &format!("{name}|{birth}"));
    names.into_iter().map(digest).map(|index| (Field::NameAndBirth, index)).collect::<Vec<_>>().into_iter()
}

fn sounds(key: &IndexKey, name: &str, year: i16) -> Vec<(Field, Index)> {
    let heard: BTreeSet<String> =
        ways(name).iter().map(|way| sound(way)).filter(|heard| !heard.is_empty()).collect();
    let digest = |heard: String| key.index(Field::SoundAndYear, &format!("{heard}|{year}"));
    heard.into_iter().map(digest).map(|index| (Field::SoundAndYear, index)).collect()
}

fn reached(key: &IndexKey, address: &str, number: &str) -> impl Iterator<Item = (Field, Index)> {
    let address = email(address).map(|text| (Field::Email, key.index(Field::Email, &text)));
    let number = phone(number).map(|text| (Field::Phone, key.index(Field::Phone, &text)));
    address.into_iter().chain(number)
}

/// An e-mail address as it is compared; nothing when it is none.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (name, domain) = text.split_once('@')?;
    (!name.is_empty() && domain.contains('.') && !domain.contains('@')).then_some(text)
}

/// A telephone number as E.164 writes it, those without a prefix being French; nothing when it is none.
pub fn phone(text: &str) -> Option<String> {
    let text = text.replace("(0)", "");
    let plus = text.trim_start().starts_with('+');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = match (plus, digits.strip_prefix("00"), digits.strip_prefix('0')) {
        (true, _, _) => digits,
        (false, Some(rest), _) => rest.to_owned(),
        (false, None, Some(rest)) => format!("33{rest}"),
        (false, None, None) => digits,
    };
    matches!(number.len(), 8..=15).then(|| format!("+{number}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Day;

    fn who(family: &str, given: &str) -> Who {
        Who {
            family_name: family.into(),
            given_name: given.into(),
            birth_date: Some(date(1989, 11, 23)),
            email: "Ana.Essai@Exemple.fr".into(),
            phone: "06 12 34 56 78".into(),
        }
    }

    fn finds(sought: &Sought, who: &Who) -> bool {
        let key = IndexKey::from_bytes([7; 32]);
        let known = all(&key, who);
        super::sought(&key, sought).iter().any(|digest| known.contains(digest))
    }

    fn named(name: &str, birth: Date) -> Sought {
        Sought { family_name: name.into(), birth_date: Some(Day(birth)), ..Sought::default() }
    }

    #[test]
    fn someone_is_found_by_a_name_written_otherwise_and_the_birth_date() {
        let birth = date(1989, 11, 23);
        for (recorded, sought) in [("N’Diaye", "NDIAYE"), ("Ben Ali", "benali"), ("Diallo Barry", "BARRY")]
        {
            assert!(finds(&named(sought, birth), &who(recorded, "Ana")), "{recorded} {sought}");
        }
        assert!(finds(&named("Aminata", birth), &who("Diallo", "Aminata")), "names exchanged");
        assert!(!finds(&named("Barry", birth), &who("Diallo", "Aminata")));
        assert!(!finds(&named("Diallo", date(1988, 11, 23)), &who("Diallo", "Aminata")));
    }

    #[test]
    fn someone_is_found_by_how_the_name_sounds_and_the_year() {
        let year = |name: &str, year| Sought {
            family_name: name.into(),
            birth_year: Some(year),
            ..Sought::default()
        };
        assert!(finds(&year("Djallo", 1989), &who("Diallo", "Aminata")));
        assert!(finds(&named("Djallo", date(1989, 1, 1)), &who("Diallo", "Aminata")), "the day is not sure");
        assert!(!finds(&year("Djallo", 1990), &who("Diallo", "Aminata")));
        assert!(!finds(&year("Aminata", 1989), &who("Diallo", "Aminata")), "a given name is too common");
        let unknown =
            Who { birth_date: None, email: String::new(), phone: String::new(), ..who("Diallo", "A") };
        assert_eq!(
            all(&IndexKey::from_bytes([7; 32]), &unknown),
            [],
            "a name alone is nothing to be found by"
        );
    }

    #[test]
    fn someone_is_found_by_how_they_are_reached() {
        for sought in [
            Sought { email: " ana.essai@exemple.fr".into(), ..Sought::default() },
            Sought { phone: "+33 (0)6 12 34 56 78".into(), ..Sought::default() },
            Sought { phone: "0033612345678".into(), ..Sought::default() },
        ] {
            assert!(finds(&sought, &who("Essai", "Ana")), "{sought:?}");
        }
        for text in ["", "12", "@", "ana", "+"] {
            assert_eq!((email(text), phone(text)), (None, None), "{text}");
        }
        assert_eq!(phone("+93 70 123 4567").as_deref(), Some("+93701234567"));
    }
}
