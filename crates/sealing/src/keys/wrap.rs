//! Keys of persons wrapped under a key from outside.
//!
//! `wrapped = nonce[12] ‖ AES-256-GCM-SIV(kek, nonce, key[32]; aad)`, 60 bytes, with
//! `aad = key_id[16] ‖ subject[16] ‖ u8 class ‖ u32 epoch ‖ kek_id`, big-endian: a wrapped key
//! cannot be moved to another person, class or epoch.

use super::{ClassKey, Kek, KeyError, KeyId};
use crate::part::cipher;
use crate::{Class, Randomness};
use aes_gcm_siv::{AeadInOut, Nonce};
use uuid::Uuid;
use zeroize::Zeroizing;

const NONCE: usize = 12;
const TAG: usize = 16;
/// Bytes of a wrapped key.
#[cfg(test)]
const WRAPPED: usize = NONCE + 32 + TAG;

/// Whose key it is, and which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub key_id: KeyId,
    pub subject: Uuid,
    pub class: Class,
    pub epoch: i32,
}

impl Owner {
    fn aad(&self, kek: &Kek) -> Vec<u8> {
        let mut aad = Vec::with_capacity(64);
        aad.extend_from_slice(self.key_id.0.as_bytes());
        aad.extend_from_slice(self.subject.as_bytes());
        aad.push(self.class.code());
        aad.extend_from_slice(&self.epoch.to_be_bytes());
        aad.extend_from_slice(kek.id().as_bytes());
        aad
    }
}

/// Makes a new key.
pub(super) fn mint(dice: &dyn Randomness) -> ClassKey {
    let mut key = Zeroizing::new([0; 32]);
    dice.fill(&mut *key);
    ClassKey::from_bytes(*key)
}

/// Wraps the key of `owner`.
pub(super) fn wrap(kek: &Kek, owner: &Owner, key: &ClassKey, dice: &dyn Randomness) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    dice.fill(&mut nonce);
    let mut sealed = Zeroizing::new(Vec::with_capacity(32 + TAG));
    sealed.extend_from_slice(key.bytes());
    cipher(kek.bytes())
        .encrypt_in_place(&Nonce::from(nonce), &owner.aad(kek), &mut *sealed)
        .expect("32 bytes are within what the cipher takes");
    [&nonce, sealed.as_slice()].concat()
}

/// Unwraps the key of `owner`.
///
/// # Errors
///
/// [`KeyError::Altered`] when the bytes were not wrapped for this owner under this outside key.
pub(super) fn unwrap(kek: &Kek, owner: &Owner, wrapped: &[u8]) -> Result<ClassKey, KeyError> {
    let altered = || KeyError::Altered(owner.key_id);
    let (nonce, sealed) = wrapped.split_first_chunk::<NONCE>().ok_or_else(altered)?;
    let mut key = Zeroizing::new(sealed.to_vec());
    cipher(kek.bytes())
        .decrypt_in_place(&Nonce::from(*nonce), &owner.aad(kek), &mut *key)
        .map_err(|_| altered())?;
    key.as_slice().try_into().map(ClassKey::from_bytes).map_err(|_| altered())
}

#[cfg(test)]
mod tests {
    use super::{Owner, WRAPPED, mint, unwrap, wrap};
    use crate::{Class, Kek, KeyError, KeyId, SystemRandomness};
    use uuid::Uuid;

    #[test]
    fn a_wrapped_key_opens_for_its_owner_and_its_outside_key_only() {
        let owner = Owner {
            key_id: KeyId(Uuid::from_u128(1)),
            subject: Uuid::from_u128(2),
            class: Class::Health,
            epoch: 3,
        };
        let (kek, key) = (Kek::from_bytes([1; 32]), mint(&SystemRandomness));
        let wrapped = wrap(&kek, &owner, &key, &SystemRandomness);
        assert_eq!(wrapped.len(), WRAPPED);
        assert_eq!(unwrap(&kek, &owner, &wrapped).unwrap().bytes(), key.bytes());

        let others = [
            Owner { key_id: KeyId(Uuid::from_u128(9)), ..owner },
            Owner { subject: Uuid::from_u128(9), ..owner },
            Owner { class: Class::Identity, ..owner },
            Owner { epoch: 4, ..owner },
        ];
        for other in others {
            assert!(matches!(unwrap(&kek, &other, &wrapped), Err(KeyError::Altered(_))));
        }
        assert!(unwrap(&Kek::from_bytes([2; 32]), &owner, &wrapped).is_err());
        for bit in 0..8 * WRAPPED {
            let mut flipped = wrapped.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(unwrap(&kek, &owner, &flipped).is_err());
        }
        for length in 0..WRAPPED {
            assert!(unwrap(&kek, &owner, &wrapped[..length]).is_err());
        }
    }
}
