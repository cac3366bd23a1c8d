//! The outside keys of a journal, from the first one to the one in force.
//!
//! The first key is the file that the configuration names, `kek.key`. Those that replaced it stand beside, in
//! `kek.key.d`, one file each: `<instant>-<id>.key`, `20261123T065500Z-0123456789abcdef.key`. The last one by its
//! instant is in force. A process that runs needs no restart to learn of a new one: it reads the folder again
//! each time it makes a key, and when it meets a key under an outside key it does not know.

use super::kek::file_error;
use super::{Kek, KekError};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The end of the name of a file that holds a key.
const EXTENSION: &str = "key";
/// How an instant is written in the name of a file.
const INSTANT: &str = "%Y%m%dT%H%M%SZ";

/// An outside key, and since when it is in force.
#[derive(Debug)]
pub struct Dated {
    /// The key.
    pub kek: Kek,
    /// When it came into force: what its file's name says, and for the first one when its file was written.
    pub since: Timestamp,
    /// Its file.
    pub path: PathBuf,
}

/// The outside keys.
pub struct Keks {
    first: Option<PathBuf>,
    known: RwLock<Known>,
}

/// The keys at hand, the one in force last. Never empty.
#[derive(Clone)]
struct Known {
    current: Arc<Kek>,
    former: Vec<Arc<Kek>>,
}

impl Known {
    fn of(dated: Vec<Dated>) -> Option<Known> {
        let mut keys: Vec<Arc<Kek>> = dated.into_iter().map(|one| Arc::new(one.kek)).collect();
        Some(Known { current: keys.pop()?, former: keys })
    }

    fn find(&self, id: &str) -> Option<Arc<Kek>> {
        std::iter::once(&self.current).chain(&self.former).find(|kek| kek.id() == id).cloned()
    }
}

impl std::fmt::Debug for Keks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keks")
            .field("first", &self.first)
            .field("current", &self.current())
            .finish_non_exhaustive()
    }
}

impl From<Kek> for Keks {
    /// That one and no other.
    fn from(kek: Kek) -> Keks {
        Keks { first: None, known: RwLock::new(Known { current: Arc::new(kek), former: Vec::new() }) }
    }
}

impl Keks {
    /// Those of that first file, and of the folder beside it.
    ///
    /// # Errors
    ///
    /// [`KekError::File`] when there is none or one cannot be read, [`KekError::Malformed`] when one holds
    /// something else.
    pub fn read(first: &Path) -> Result<Keks, KekError> {
        let known = Known::of(list(first)?).ok_or_else(|| missing(first))?;
        Ok(Keks { first: Some(first.to_owned()), known: RwLock::new(known) })
    }

    /// Also reads what is wrapped under `former`.
    #[must_use]
    pub fn with_former(self, former: Kek) -> Keks {
        self.known.write().unwrap_or_else(PoisonError::into_inner).former.push(Arc::new(former));
        self
    }

    /// The one in force.
    #[must_use]
    pub fn current(&self) -> Arc<Kek> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).current.clone()
    }

    /// The one in force, as the files say now. Those at hand stay when the files cannot be read.
    pub(super) fn current_now(&self) -> Arc<Kek> {
        self.read_again();
        self.current()
    }

    /// The one of that id, looked for in the files when it is not at hand.
    pub(super) fn find(&self, id: &str) -> Option<Arc<Kek>> {
        let at_hand = self.known.read().unwrap_or_else(PoisonError::into_inner).find(id);
        at_hand.or_else(|| {
            self.read_again();
            self.known.read().unwrap_or_else(PoisonError::into_inner).find(id)
        })
    }

    fn read_again(&self) {
        let Some(first) = &self.first else { return };
        if let Some(known) = list(first).ok().and_then(Known::of) {
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        }
    }
}

/// The outside keys of that first file, the oldest first: the last one is in force.
///
/// # Errors
///
/// Those of [`Keks::read`]; none at all is no error.
pub fn list(first: &Path) -> Result<Vec<Dated>, KekError> {
    let mut all = Vec::new();
    match fs::metadata(first).and_then(|file| file.modified()) {
        Ok(written) => {
            let since = Timestamp::try_from(written).unwrap_or(Timestamp::UNIX_EPOCH);
            all.push(Dated { kek: Kek::read(first)?, since, path: first.to_owned() });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(file_error(first, error)),
    }
    let mut later = Vec::new();
    let folder = folder(first);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>().map_err(|error| file_error(&folder, error))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(file_error(&folder, error)),
    };
    for entry in entries {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            let since = instant_of(&path).ok_or_else(|| KekError::Malformed(path.clone()))?;
            later.push(Dated { kek: Kek::read(&path)?, since, path });
        }
    }
    later.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
    all.extend(later);
    Ok(all)
}

/// Makes a new outside key, in force from now on: every process that makes a key finds it.
///
/// # Errors
///
/// [`KekError::File`] when it cannot be written.
pub fn add(first: &Path, now: Timestamp) -> Result<Dated, KekError> {
    let folder = folder(first);
    fs::create_dir_all(&folder).map_err(|error| file_error(&folder, error))?;
    // Written whole under a name that nobody reads, then given its own in one step.
    let draft = folder.join(format!("{}.new", compact(now)));
    let _ = fs::remove_file(&draft);
    let kek = Kek::generate_file(&draft)?;
    let path = folder.join(format!("{}-{}.{EXTENSION}", compact(now), kek.id()));
    fs::rename(&draft, &path).map_err(|error| file_error(&path, error))?;
    fs::File::open(&folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| file_error(&folder, error))?;
    Ok(Dated { kek, since: now, path })
}

/// Overwrites the file of an outside key, then removes it.
///
/// What a file system, a disk or its backups keep of a file that was overwritten is out of reach from here: the
/// folder of outside keys belongs on a medium that is not backed up.
///
/// # Errors
///
/// [`KekError::File`] when it cannot be.
pub fn remove(dated: &Dated) -> Result<(), KekError> {
    let overwrite = || {
        let length = usize::try_from(fs::metadata(&dated.path)?.len()).unwrap_or(128);
        let mut file = fs::OpenOptions::new().write(true).open(&dated.path)?;
        io::Write::write_all(&mut file, &vec![b'0'; length])?;
        file.sync_all()?;
        fs::remove_file(&dated.path)
    };
    overwrite().map_err(|error| file_error(&dated.path, error))
}

fn folder(first: &Path) -> PathBuf {
    let mut name = first.as_os_str().to_owned();
    name.push(".d");
    PathBuf::from(name)
}

fn missing(first: &Path) -> KekError {
    file_error(first, io::Error::from(io::ErrorKind::NotFound))
}

/// `20261123T065500Z`.
fn compact(now: Timestamp) -> String {
    now.strftime(INSTANT).to_string()
}

/// The instant that the name of the file begins with.
fn instant_of(path: &Path) -> Option<Timestamp> {
    let text = path.file_stem()?.to_str()?.split('-').next()?;
    DateTime::strptime(INSTANT, text).ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{Keks, add, list, remove};
    use crate::Kek;
    use jiff::{Timestamp, ToSpan as _};
    use std::path::PathBuf;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("sealing-keks-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn first(&self) -> PathBuf {
            self.0.join("kek.key")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn now() -> Timestamp {
        "2026-11-23T06:55:00Z".parse().unwrap()
    }

    #[test]
    fn the_last_key_by_its_instant_is_in_force_and_the_others_are_still_found() {
        let folder = Folder::new("order");
        assert!(Keks::read(&folder.first()).is_err(), "no key at all");
        let first = Kek::generate_file(&folder.first()).unwrap();
        let keks = Keks::read(&folder.first()).unwrap();
        assert_eq!(keks.current().id(), first.id());

        let third = add(&folder.first(), now() + 20.hours()).unwrap();
        let second = add(&folder.first(), now()).unwrap();
        assert_eq!(keks.current().id(), first.id(), "nothing was read again yet");
        assert_eq!(keks.current_now().id(), third.kek.id());
        for id in [first.id(), second.kek.id(), third.kek.id()] {
            assert_eq!(keks.find(id).map(|kek| kek.id().to_owned()).as_deref(), Some(id));
        }
        assert!(keks.find("0000000000000000").is_none());
        let all = list(&folder.first()).unwrap();
        assert_eq!(
            all.iter().map(|one| one.kek.id()).collect::<Vec<_>>(),
            [first.id(), second.kek.id(), third.kek.id()]
        );
        assert_eq!((all[1].since, all[2].since), (now(), now() + 20.hours()));
        let name = all[1].path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(name, format!("20261123T065500Z-{}.key", second.kek.id()));
    }

    #[test]
    fn a_key_that_a_process_does_not_know_is_looked_for_in_the_files() {
        let folder = Folder::new("late");
        Kek::generate_file(&folder.first()).unwrap();
        let keks = Keks::read(&folder.first()).unwrap();
        let later = add(&folder.first(), now()).unwrap();
        assert!(keks.find(later.kek.id()).is_some());
    }

    #[test]
    fn a_key_removed_is_no_more_and_the_first_may_go_too() {
        let folder = Folder::new("removed");
        let first = Kek::generate_file(&folder.first()).unwrap();
        let later = add(&folder.first(), now()).unwrap();
        let keks = Keks::read(&folder.first()).unwrap();
        remove(&list(&folder.first()).unwrap()[0]).unwrap();
        assert!(!folder.first().exists());
        assert_eq!(keks.current_now().id(), later.kek.id());
        assert!(keks.find(first.id()).is_none());
        assert_eq!(Keks::read(&folder.first()).unwrap().current().id(), later.kek.id());
    }

    #[test]
    fn what_a_killed_rotation_left_is_no_key_and_what_is_no_key_is_refused() {
        let folder = Folder::new("left");
        Kek::generate_file(&folder.first()).unwrap();
        let beside = folder.0.join("kek.key.d");
        std::fs::create_dir_all(&beside).unwrap();
        std::fs::write(beside.join("20261123T065500Z.new"), "half").unwrap();
        assert_eq!(list(&folder.first()).unwrap().len(), 1);
        add(&folder.first(), now()).unwrap();
        assert_eq!(list(&folder.first()).unwrap().len(), 2);
        std::fs::write(beside.join("20261124T065500Z-0000000000000000.key"), "half").unwrap();
        assert!(list(&folder.first()).is_err());
    }
}
