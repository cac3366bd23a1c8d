//! `jalon forget`: an operator forgets a person, class by class or whole, by the code that carries out what
//! professionals approved; then reads again to prove it. Killed at any instant, it is run again: each step does
//! nothing where it was done. A legal hold refuses.

use std::{collections::BTreeMap, io::BufRead as _, process::ExitCode};

use case::{
    domain::case::{ForgettingReason, commands::Purged},
    erasure,
};
use contracts::{Class, Recorded};
use followup::french::count;
use jiff::{ToSpan as _, civil::Date};
use serde::Serialize;
use service::{Config, Reading, Runtime};
use uuid::Uuid;
use vocabulary::dates::in_french;

use crate::{Outcome, cli::ForgetOptions, runtime};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What is typed to confirm.
const CONFIRMATION: &str = "oublier";

/// What was done, and what was read again afterwards.
#[derive(Debug, Serialize)]
struct Receipt {
    case: Uuid,
    classes: Vec<&'static str>,
    /// Keys destroyed now; none when they were before.
    keys_destroyed: u32,
    /// What was removed, store by store, and whether each could be reached.
    stores: Vec<Purged>,
    /// The day from which no backup can be read either, at the latest.
    backups_mute_on: Date,
    /// Position of the fact that says so.
    position: i64,
    /// Facts about the person in the journal: all are still there.
    facts: usize,
    /// Sealed parts that nobody can read any more, by class.
    unreadable: BTreeMap<&'static str, usize>,
}

/// Forgets.
pub async fn run(options: ForgetOptions) -> Outcome {
    let classes = classes(&options.classes)?;
    let runtime = runtime::build(Config::from_env()?)?;
    if runtime.case_standing(options.case).await?.is_none() {
        return Err(format!("le journal ne connaît pas le dossier {}", options.case).into());
    }
    if !options.yes && !confirmed(&options, &classes)? {
        println!("Rien n’a été effacé.");
        return Ok(ExitCode::FAILURE);
    }
    let receipt = forget(&runtime, &options, &classes).await?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&receipt)?);
    } else {
        print(&receipt);
    }
    Ok(ExitCode::SUCCESS)
}

/// The classes of these names, in the order of their codes; all the personal ones when none is named.
fn classes(names: &[String]) -> Result<Vec<Class>, Error> {
    if let Some(unknown) =
        names.iter().find(|name| !Class::PERSONAL.iter().any(|class| class.name() == **name))
    {
        let known: Vec<_> = Class::PERSONAL.iter().map(|class| class.name()).collect();
        return Err(
            format!("« {unknown} » n’est pas une classe de données ; il y a : {}", known.join(", ")).into()
        );
    }
    let wanted = |class: &Class| names.is_empty() || names.iter().any(|name| name == class.name());
    Ok(Class::PERSONAL.into_iter().filter(wanted).collect())
}

fn confirmed(options: &ForgetOptions, classes: &[Class]) -> Result<bool, Error> {
    let names: Vec<_> = classes.iter().map(|class| class.name()).collect();
    println!(
        "Dossier {} : les clés de ces classes de données seront détruites : {}.",
        options.case,
        names.join(", ")
    );
    println!("Personne ne pourra plus lire ce qu’elles ferment. C’est sans retour.");
    print!("Pour confirmer, écrivez « {CONFIRMATION} » : ");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == CONFIRMATION)
}

async fn forget(runtime: &Runtime, options: &ForgetOptions, classes: &[Class]) -> Result<Receipt, Error> {
    let reason = if options.retention_over {
        ForgettingReason::RETENTION_OVER
    } else {
        ForgettingReason::PERSON_ASKED
    };
    let done = erasure::by_hand(runtime, options.case, classes, reason).await;
    let done = done.map_err(|problem| problem.detail.into_owned())?;
    let facts = runtime.journal.of_case(options.case).await?;
    let unreadable = read_again(runtime, &facts, classes).await?;
    let keys = done.stores.iter().find(|store| store.store == "keys").map_or(0, |store| store.removed);
    Ok(Receipt {
        case: options.case,
        classes: classes.iter().map(|class| class.name()).collect(),
        keys_destroyed: keys,
        stores: done.stores,
        backups_mute_on: runtime.clock.today().saturating_add(erasure::HORIZON_DAYS.days()),
        position: done.outcome.position,
        facts: facts.len(),
        unreadable,
    })
}

/// Opens every fact as someone who may read all would, and counts what stays closed for ever.
async fn read_again(
    runtime: &Runtime,
    facts: &[Recorded],
    classes: &[Class],
) -> Result<BTreeMap<&'static str, usize>, Error> {
    let mut unreadable = BTreeMap::new();
    let reading = Reading::by_system("forgetting checked");
    for page in facts.chunks(500) {
        let opened = runtime.open(&reading, page, |class| classes.contains(&class)).await?;
        for class in opened.iter().flat_map(|one| &one.forgotten) {
            *unreadable.entry(class.name()).or_insert(0) += 1;
        }
    }
    Ok(unreadable)
}

fn print(receipt: &Receipt) {
    let keys = receipt.keys_destroyed as usize;
    println!("Dossier {} : oublié.", receipt.case);
    println!("  classes      {}", receipt.classes.join(", "));
    println!("  clés         {}", count(keys, "clé détruite", "clés détruites"));
    println!(
        "  faits        {}",
        count(receipt.facts, "fait toujours à sa place", "faits toujours à leur place")
    );
    for (class, parts) in &receipt.unreadable {
        let parts = count(*parts, "partie illisible pour toujours", "parties illisibles pour toujours");
        println!("  {class:<12} {parts}");
    }
    for store in receipt.stores.iter().filter(|store| store.store != "keys") {
        let what = if store.reached {
            count(store.removed as usize, "élément retiré", "éléments retirés")
        } else {
            "PAS ATTEINT : lancez la commande à nouveau".to_owned()
        };
        println!("  {:<12} {what}", store.store);
    }
    println!(
        "  sauvegardes  muettes au plus tard le {}, si la clé d’enveloppe change chaque semaine",
        in_french(receipt.backups_mute_on)
    );
    println!("  dit au journal à la position {}", receipt.position);
}
