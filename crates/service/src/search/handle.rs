//! A match, so that it can be opened in an emergency by whoever was shown it, without which case it is being said:
//! sealed, for them alone and for a quarter of an hour.

use access::Actor;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::Runtime;

/// How long it opens something.
const LASTS: SignedDuration = SignedDuration::from_mins(15);
/// An id and an instant.
const LENGTH: usize = 24;

fn label(actor: &Actor) -> Vec<u8> {
    format!("jalon/search/found/{}", actor.key()).into_bytes()
}

/// That of a case, for whoever was shown the match.
pub(super) fn give(runtime: &Runtime, actor: &Actor, case_id: Uuid) -> String {
    let until = (runtime.clock.now() + LASTS).as_second();
    let inside = [case_id.as_bytes().as_slice(), &until.to_be_bytes()].concat();
    URL_SAFE_NO_PAD.encode(runtime.sealer.ring().seal_secret(&label(actor), &inside))
}

/// The case it is about; nothing when it is another’s, too old, or none.
pub fn take(runtime: &Runtime, actor: &Actor, handle: &str, now: Timestamp) -> Option<Uuid> {
    let sealed = URL_SAFE_NO_PAD.decode(handle).ok()?;
    let inside = runtime.sealer.ring().open_secret(&label(actor), &sealed).ok()?;
    let inside: &[u8; LENGTH] = inside.as_slice().try_into().ok()?;
    let (id, until) = inside.split_first_chunk::<16>()?;
    let until = i64::from_be_bytes(until.try_into().ok()?);
    (now.as_second() < until).then(|| Uuid::from_bytes(*id))
}
