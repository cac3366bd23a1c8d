//! Where communes are: those of the territories Jalon knows, from `data/communes.csv` (INSEE code, name,
//! latitude and longitude of the centre of the town, to some hundred metres). A commune that is not in the
//! list has no distance, and whoever reads is told so.

use std::{collections::HashMap, sync::LazyLock};

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
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub place: Place,
}

static COMMUNES: LazyLock<HashMap<&'static str, Commune>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut cells = line.split(';');
        let (code, name) = (cells.next()?, cells.next()?);
        let place = Place::at(cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
        Some((code, Commune { name, place }))
    };
    include_str!("../data/communes.csv").lines().filter_map(line).collect()
});

/// The commune of that INSEE code, when the list has it.
pub fn by_code(code: &str) -> Option<&'static Commune> {
    COMMUNES.get(code)
}

/// The commune of that name, whatever its accents and capitals, when the list has exactly one.
pub fn by_name(name: &str) -> Option<&'static Commune> {
    let wanted = plain(name);
    let mut found = COMMUNES.values().filter(|commune| plain(commune.name) == wanted);
    found.next().filter(|_| found.next().is_none() && !wanted.is_empty())
}

/// Letters only, small, without accents.
fn plain(name: &str) -> String {
    let letters = name.trim().chars().flat_map(char::to_lowercase);
    letters
        .filter_map(|letter| match letter {
            'à' | 'â' | 'ä' => Some('a'),
            'ç' => Some('c'),
            'é' | 'è' | 'ê' | 'ë' => Some('e'),
            'î' | 'ï' => Some('i'),
            'ô' | 'ö' => Some('o'),
            'ù' | 'û' | 'ü' => Some('u'),
            letter => letter.is_alphanumeric().then_some(letter),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        let lines = include_str!("../data/communes.csv").lines().count();
        assert_eq!(COMMUNES.len(), lines);
        for code in COMMUNES.keys() {
            assert!(vocabulary::codes::is_commune(code), "{code}");
        }
    }

    #[test]
    fn distances_are_those_of_the_map() {
        let km = |one: &str, other: &str| {
            by_code(one).expect("known").place.km_to(&by_code(other).expect("known").place)
        };
        assert!((36.0..42.0).contains(&km("30007", "30189")), "Alès to Nîmes: {}", km("30007", "30189"));
        assert!(
            (235.0..245.0).contains(&km("31555", "30189")),
            "Toulouse to Nîmes: {}",
            km("31555", "30189")
        );
        assert!(km("30007", "30007") < 0.001);
        assert_eq!(by_code("75056"), None);
    }

    #[test]
    fn a_commune_is_found_by_its_name_however_it_is_written() {
        for name in ["Alès", "ALES", " ales "] {
            assert_eq!(by_name(name).map(|commune| commune.name), Some("Alès"), "{name}");
        }
        assert!(by_name("Saint Privat des Vieux").is_some());
        for name in ["", "Ailleurs"] {
            assert_eq!(by_name(name), None);
        }
    }
}
