//! What is erased, and what is kept.

use contracts::{case::v1::StorePurged, events::Case, label_of};

use super::{Names, count, finished, list, name, on, person, quoted, until};

/// What a fact about erasing or keeping says; what the person is handed otherwise.
pub(super) fn told(fact: Case, names: &Names) -> String {
    let by = |post: &str| name(post, names).map(|by| format!(" par {by}")).unwrap_or_default();
    match fact {
        Case::ForgettingRequested(asked) => {
            let whole = asked.classes.len() == 6;
            let what = if whole { "tout ce qui est personnel".to_owned() } else { list(&asked.classes) };
            let why = label_of(asked.ground);
            format!("{}{}", finished(&format!("{what}, {why}{}", by(&asked.post_id))), quoted(&asked.comment))
        }
        Case::ForgettingApproved(approved) => finished(by(&approved.post_id).trim()),
        Case::ForgettingDeclined(declined) => {
            format!("{}{}", finished(by(&declined.post_id).trim()), quoted(&declined.comment))
        }
        Case::ForgettingSuspended(_) => {
            "Ces données sont fermées à tous, et gardées le temps de la conservation.".to_owned()
        }
        Case::ForgettingBegun(begun) => finished(&list(&begun.classes)),
        Case::ForgettingCompleted(done) => finished(&stores(&done.stores)),
        Case::LegalHoldPlaced(placed) => {
            let why = label_of(placed.ground);
            format!("{}{}", finished(&format!("{why}{}", until(&placed.until_day))), quoted(&placed.comment))
        }
        Case::RecipientTold(told) => {
            let who = name(&told.organisation_id, names).unwrap_or("une organisation");
            let classes =
                if told.classes.is_empty() { String::new() } else { format!(" ({})", list(&told.classes)) };
            finished(&format!("{who} : {}{classes}", label_of(told.matter)))
        }
        Case::LegalHoldLifted(lifted) => finished(on(&lifted.lifted_on).trim()),
        Case::DataNeedStated(stated) => {
            finished(&format!("{}{}", label_of(stated.class), until(&stated.needed_until)))
        }
        other => person::told(other, names),
    }
}

fn stores(stores: &[StorePurged]) -> String {
    let removed: u32 = stores.iter().map(|store| store.removed).sum();
    count(removed as usize, "élément retiré", "éléments retirés")
}
