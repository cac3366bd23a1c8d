//! The key from outside that wraps all others.

use crate::{Randomness, SystemRandomness};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const ID_LABEL: &[u8] = b"jalon/kek-id/v1\0";

/// An outside key that cannot be read or written. Messages hold the path, never the content.
#[derive(Debug, thiserror::Error)]
pub enum KekError {
    /// The file cannot be read or written.
    #[error("the outside key {path} cannot be read or written")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file does not hold 32 bytes in hexadecimal or base64.
    #[error("the outside key {0} is not 32 bytes in hexadecimal or base64")]
    Malformed(PathBuf),
}

/// The key that wraps the keys of persons: 32 bytes from outside the database, wiped when dropped.
pub struct Kek {
    id: String,
    key: Zeroizing<[u8; 32]>,
}

impl Kek {
    /// A key made of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Kek {
        let key = Zeroizing::new(bytes);
        let digest = Sha256::new_with_prefix(ID_LABEL).chain_update(*key).finalize();
        Kek { id: hex(&digest[..8]), key }
    }

    /// Reads the key from a file: 64 hexadecimal digits, or base64 (standard, or URL-safe unpadded),
    /// with or without blanks around.
    ///
    /// # Errors
    ///
    /// [`KekError::File`] when the file cannot be read, [`KekError::Malformed`] when it holds
    /// something else.
    pub fn read(path: &Path) -> Result<Kek, KekError> {
        read_secret(path).map(Kek::from_bytes)
    }

    /// Makes a new random key and writes it to a new file that only its owner can read. For development:
    /// in production the key comes from where its backups are.
    ///
    /// # Errors
    ///
    /// [`KekError::File`] when the file exists already or cannot be written.
    pub fn generate_file(path: &Path) -> Result<Kek, KekError> {
        let mut key = Zeroizing::new([0; 32]);
        SystemRandomness.fill(&mut *key);
        let text = Zeroizing::new(hex(&*key) + "\n");
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|source| file_error(path, source))?;
        Ok(Kek::from_bytes(*key))
    }

    /// The id of the key, derived from it and telling nothing of it: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.key
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kek").field("id", &self.id).finish_non_exhaustive()
    }
}

/// 32 secret bytes, as a file holds them.
pub(super) fn read_secret(path: &Path) -> Result<[u8; 32], KekError> {
    let text = fs::read(path).map(Zeroizing::new).map_err(|source| file_error(path, source))?;
    decode(text.trim_ascii()).ok_or_else(|| KekError::Malformed(path.to_owned()))
}

pub(super) fn file_error(path: &Path, source: io::Error) -> KekError {
    KekError::File { path: path.to_owned(), source }
}

fn decode(text: &[u8]) -> Option<[u8; 32]> {
    if text.len() == 64 {
        return unhex(text);
    }
    let mut bytes = Zeroizing::new([0; 33]);
    let length = BASE64_STANDARD
        .decode_slice(text, &mut *bytes)
        .or_else(|_| BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes))
        .ok()?;
    bytes[..length].try_into().ok()
}

fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Kek, KekError, decode, hex};
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_read_from_hexadecimal_and_from_both_base64() {
        let key: [u8; 32] = std::array::from_fn(|i| 255 - i as u8);
        assert_eq!(decode(hex(&key).as_bytes()), Some(key));
        assert_eq!(decode(hex(&key).to_uppercase().as_bytes()), Some(key));
        assert_eq!(decode(BASE64_STANDARD.encode(key).as_bytes()), Some(key));
        assert_eq!(decode(BASE64_URL_SAFE_NO_PAD.encode(key).as_bytes()), Some(key));
    }

    #[test]
    fn keys_of_another_size_or_alphabet_are_refused() {
        for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &BASE64_STANDARD.encode([0; 33]), "é"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_generated_file_is_private_reads_back_and_is_never_overwritten() {
        let path = std::env::temp_dir().join(format!("sealing-kek-{}", std::process::id()));
        let kek = Kek::generate_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = Kek::read(&path).unwrap();
        assert_eq!((kek.id(), kek.bytes()), (read.id(), read.bytes()));
        assert!(matches!(Kek::generate_file(&path), Err(KekError::File { .. })));
        assert_eq!(Kek::read(&path).unwrap().bytes(), kek.bytes());
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_a_key_prints_says_nothing_of_it() {
        let kek = Kek::from_bytes([0xab; 32]);
        let printed = format!("{kek:?}");
        assert!(printed.contains(kek.id()));
        assert!(!printed.contains("abab") && !printed.contains("171"));
    }
}
