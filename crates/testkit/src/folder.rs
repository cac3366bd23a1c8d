//! A folder of one test, under `target/stacks`.

use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
};

use crate::stack::project;

/// How many times what a server still writes as it stops is removed again.
const TRIES: usize = 5;

/// A folder that is removed with its test; a test that fails leaves it to be looked at. A hundred stacks would
/// otherwise fill the disk.
#[derive(Debug)]
pub struct Folder(PathBuf);

/// An empty folder of that name for one test.
///
/// # Panics
/// When it cannot be made.
pub fn folder(name: &str) -> Folder {
    let dir = project().join("target/stacks").join(name);
    if dir.exists() {
        fs::remove_dir_all(&dir).expect("an old folder can be removed");
    }
    fs::create_dir_all(&dir).expect("a folder can be made");
    Folder(dir)
}

impl Folder {
    /// Leaves it where it is.
    pub fn keep(mut self) -> PathBuf {
        std::mem::take(&mut self.0)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let kept = self.0.as_os_str().is_empty();
        if kept || std::thread::panicking() {
            return;
        }
        let _removed = (0..TRIES).any(|_| fs::remove_dir_all(&self.0).is_ok());
    }
}
