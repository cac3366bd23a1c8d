use super::{HEADER, Part, PartError, SALT, cipher, commitment, content_length, index, seal, subkey};
use crate::{Class, ClassKey, KeyId, Place, Randomness, log_id};
use aes_gcm_siv::{AeadInOut, Nonce};
use std::array::from_fn;
use uuid::Uuid;

/// Gives the same bytes each time: the salt 40‥5f, then the nonce a0‥ab.
#[derive(Debug)]
struct FixedDice;

impl Randomness for FixedDice {
    fn fill(&self, bytes: &mut [u8]) {
        let (salt, nonce) = bytes.split_at_mut(SALT);
        salt.copy_from_slice(&rising::<32>(0x40));
        nonce.copy_from_slice(&rising::<12>(0xa0));
    }
}

const PLAINTEXT: &[u8] = br#"{"categorie":"mobilite","etat":"declare"}"#;

fn rising<const N: usize>(first: u8) -> [u8; N] {
    from_fn(|i| first + i as u8)
}

fn place() -> Place {
    Place {
        log_id: log_id("jalon.example/journal/1"),
        subject: Uuid::from_bytes(rising(0)),
        revision: 0,
        event_id: Uuid::parse_str("018f9a2e-0000-7000-8000-000000000001").unwrap(),
        type_code: 0x0101,
        schema_version: 1,
    }
}

fn key() -> ClassKey {
    ClassKey::from_bytes(rising(0x60))
}

fn sealed() -> Vec<u8> {
    let key_id = KeyId(Uuid::from_bytes(rising(0x30)));
    seal(&place(), Class::Trace, (key_id, &key()), PLAINTEXT, &FixedDice).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_known_answers_are_reproduced() {
    assert_eq!(hex(&place().log_id), "a178a114cfa1e4bc");
    assert_eq!(
        hex(&commitment(&rising::<32>(0x40), Class::Trace, PLAINTEXT)),
        "b47473c63d616dff1e3475fc172bedb34704c1d70db0db236482d311575616cb"
    );
    assert_eq!(
        hex(&*subkey(&key(), place().event_id, index(Class::Trace))),
        "83045355c63f742d07d31c89caf20e790c941f9abca975105a6d1cde36bc0219"
    );
    let sealed = sealed();
    let part = Part::parse(&sealed).unwrap();
    assert_eq!(part.ciphertext.len(), 144);
    assert_eq!(hex(&part.ct_digest()), "b0fa236fdb23f7ab146b82521a4ade0e65e64f88fb4d3e279bc8858447469dfb");
}

#[test]
fn an_opened_part_discloses_its_content_and_the_salt_of_its_commitment() {
    let sealed = sealed();
    let part = Part::parse(&sealed).unwrap();
    let disclosed = part.open(&place(), &key()).unwrap();
    assert_eq!(disclosed.plaintext(), PLAINTEXT);
    assert_eq!(commitment(disclosed.salt(), Class::Trace, disclosed.plaintext()), part.commitment);
    assert!(!format!("{disclosed:?}").contains("mobilite"));
}

#[test]
fn a_part_that_opens_but_does_not_hold_what_it_committed_to_is_refused() {
    let mut sealed = sealed();
    sealed[HEADER - 1] ^= 1;
    let refused = Part::parse(&sealed).unwrap().open(&place(), &key());
    assert_eq!(refused.unwrap_err(), PartError::Commitment(Class::Trace));
}

#[test]
fn a_well_encrypted_message_with_a_false_length_or_padding_is_refused() {
    for spoiled in [SALT, SALT + 3, 127] {
        let mut forged = sealed();
        let part = Part::parse(&forged).unwrap();
        let (nonce, aad) = (Nonce::from(part.nonce), place().aad(part.class, part.key_id));
        let cipher = cipher(&subkey(&key(), place().event_id, index(Class::Trace)));
        let mut message = part.ciphertext.to_vec();
        cipher.decrypt_in_place(&nonce, &aad, &mut message).unwrap();
        message[spoiled] ^= 0x80;
        cipher.encrypt_in_place(&nonce, &aad, &mut message).unwrap();
        forged[HEADER..].copy_from_slice(&message);
        let refused = Part::parse(&forged).unwrap().open(&place(), &key());
        assert_eq!(refused.unwrap_err(), PartError::Commitment(Class::Trace));
    }
}

#[test]
fn a_message_has_one_padding_only() {
    assert_eq!(content_length(&[0; 64]), Some(0));
    assert_eq!(content_length(&[0; 128]), None);
    assert_eq!(content_length(&[0; 35]), None);
}

#[test]
fn parts_of_other_versions_classes_and_shapes_are_refused() {
    let refused = |change: fn(&mut Vec<u8>)| {
        let mut part = sealed();
        change(&mut part);
        Part::parse(&part).unwrap_err()
    };
    assert_eq!(refused(|part| part[0] = 2), PartError::Version(2));
    assert_eq!(refused(|part| part[1] = 7), PartError::Class(7));
    assert_eq!(refused(|part| part.clear()), PartError::Malformed);
    assert_eq!(refused(|part| part.truncate(HEADER)), PartError::Malformed);
    assert_eq!(refused(|part| part.truncate(HEADER + 16)), PartError::Malformed);
    assert_eq!(refused(|part| part.push(0)), PartError::Malformed);
}
