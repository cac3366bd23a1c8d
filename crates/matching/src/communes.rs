//! Where communes are: every commune of France, and the centre of its town where it is known, from
//! `data/communes.csv` (see the README beside it). Without a centre there is no distance, and whoever reads
//! is told so.

use std::sync::LazyLock;

/// The mean radius of the Earth, in kilometres.
const EARTH_KM: f64 = 6371.0;

/// A place on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    latitude: f64,
    longitude: f64,
    cosine: f64,
}

impl Place {
    /// The place at that latitude and longitude, in degrees.
    pub fn at(latitude: f64, longitude: f64) -> Self {
        let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
        Self { latitude, longitude, cosine: latitude.cos() }
    }

    /// Kilometres between two places, as the crow flies.
    pub fn km_to(&self, other: &Self) -> f64 {
        let latitude = ((other.latitude - self.latitude) / 2.0).sin();
        let longitude = ((other.longitude - self.longitude) / 2.0).sin();
        let chord = latitude * latitude + self.cosine * other.cosine * longitude * longitude;
        2.0 * EARTH_KM * chord.sqrt().min(1.0).asin()
    }
}

/// A commune.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Commune {
    /// Its INSEE code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Where its town is, when that is known.
    pub place: Option<Place>,
}

/// All of them, in the order of their codes: the file is in that order. Texts stay in the file.
static COMMUNES: LazyLock<Vec<Commune>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut cells = line.split(';');
        let (code, name) = (cells.next()?, cells.next()?);
        let degrees = cells.next()?.parse().ok().zip(cells.next()?.parse().ok());
        Some(Commune {
            code,
            name,
            place: degrees.map(|(latitude, longitude)| Place::at(latitude, longitude)),
        })
    };
    include_str!("../data/communes.csv").lines().filter_map(line).collect()
});

/// Their names as they are looked for, each with its place in the list, in order.
static NAMES: LazyLock<Vec<(Box<str>, usize)>> = LazyLock::new(|| {
    let names = COMMUNES.iter().enumerate().map(|(index, one)| (plain(one.name).into_boxed_str(), index));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
});

/// The commune of that INSEE code, when there is one.
pub fn by_code(code: &str) -> Option<&'static Commune> {
    COMMUNES.binary_search_by(|one| one.code.cmp(code)).ok().and_then(|index| COMMUNES.get(index))
}

/// The commune of that name, whatever its accents and capitals, when France has exactly one.
pub fn by_name(name: &str) -> Option<&'static Commune> {
    let wanted = plain(name);
    let first = NAMES.partition_point(|(name, _)| **name < *wanted);
    let mut same = NAMES.iter().skip(first).take_while(|(name, _)| **name == *wanted);
    let (_, index) = same.next().filter(|_| !wanted.is_empty())?;
    if same.next().is_some() { None } else { COMMUNES.get(*index) }
}

/// Letters only, small, without accents.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.trim().chars().flat_map(char::to_lowercase) {
        match letter {
            'à' | 'â' | 'ä' => plain.push('a'),
            'ç' => plain.push('c'),
            'é' | 'è' | 'ê' | 'ë' => plain.push('e'),
            'î' | 'ï' => plain.push('i'),
            'ô' | 'ö' => plain.push('o'),
            'ù' | 'û' | 'ü' => plain.push('u'),
            'ÿ' => plain.push('y'),
            'œ' => plain.push_str("oe"),
            'æ' => plain.push_str("ae"),
            letter if letter.is_alphanumeric() => plain.push(letter),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read_and_in_the_order_of_codes() {
        let lines = include_str!("../data/communes.csv").lines().count();
        assert_eq!((COMMUNES.len(), lines), (34_969, 34_969));
        assert!(COMMUNES.is_sorted_by(|one, other| one.code < other.code));
        for one in COMMUNES.iter() {
            assert!(vocabulary::codes::is_commune(one.code), "{}", one.code);
            assert!(!one.name.contains('\''), "{}", one.name);
        }
        assert!(COMMUNES.iter().filter(|one| one.place.is_some()).count() > 14_000);
    }

    #[test]
    fn distances_are_those_of_the_map() {
        let place = |code: &str| by_code(code).and_then(|one| one.place).expect("known");
        let km = |one: &str, other: &str| place(one).km_to(&place(other));
        assert!((36.0..42.0).contains(&km("30007", "30189")), "Alès to Nîmes: {}", km("30007", "30189"));
        assert!(
            (235.0..245.0).contains(&km("31555", "30189")),
            "Toulouse to Nîmes: {}",
            km("31555", "30189")
        );
        assert!(km("30007", "30007") < 0.001);
        // La Réunion is in the list too.
        assert!((8_000.0..9_500.0).contains(&km("97411", "30007")));
        for code in ["", "99999", "3000", "30007 "] {
            assert_eq!(by_code(code), None);
        }
    }

    #[test]
    fn codes_have_their_official_names() {
        for (code, name) in [
            ("31091", "Bruguières"),
            ("31588", "Villeneuve-Tolosane"),
            ("31088", "Brax"),
            ("31557", "Tournefeuille"),
            ("30132", "La Grand-Combe"),
            ("2A004", "Ajaccio"),
        ] {
            assert_eq!(by_code(code).map(|one| one.name), Some(name));
        }
    }

    #[test]
    fn a_commune_is_found_by_its_name_however_it_is_written() {
        for name in ["Alès", "ALES", " ales "] {
            assert_eq!(by_name(name).map(|commune| commune.name), Some("Alès"), "{name}");
        }
        assert!(by_name("Saint Privat des Vieux").is_some());
        assert_eq!(by_name("L'Union").map(|commune| commune.code), Some("31561"));
        // Six communes are called Saint-Gilles: nobody guesses which.
        for name in ["", "Ailleurs", "Saint-Gilles"] {
            assert_eq!(by_name(name), None, "{name}");
        }
    }
}
