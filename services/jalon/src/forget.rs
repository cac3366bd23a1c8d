//! `jalon forget`: a person is forgotten, class by class or whole. Fence and destroy the keys, remove what
//! is kept beside the facts, say it in the journal, then read again to prove it. Killed at any instant, it is
//! run again: each step does nothing where it was done.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, Write as _},
    process::ExitCode,
};

use access::Actor;
use case::domain::case::{ForgettingReason, commands::ForgetPerson};
use contracts::{Class, Recorded, Word};
use followup::french::count;
use serde::Serialize;
use service::{Config, Outcome as Done, Request, Runtime, Target, execute};
use uuid::Uuid;

use crate::{Outcome, cli::ForgetOptions, runtime, services};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What is typed to confirm.
const CONFIRMATION: &str = "oublier";

/// What was done, and what was read again afterwards.
#[derive(Debug, Serialize)]
struct Receipt {
    case: Uuid,
    classes: Vec<&'static str>,
    /// Keys destroyed now; none when they were before.
    keys_destroyed: u64,
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
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == CONFIRMATION)
}

async fn forget(runtime: &Runtime, options: &ForgetOptions, classes: &[Class]) -> Result<Receipt, Error> {
    let forgotten = runtime.sealer.ring().forget(options.case, classes).await?;
    let client = runtime.pool.get().await?;
    for purge in services::all().iter().filter_map(|service| service.purge) {
        purge(&client, options.case).await?;
    }
    let done = state(runtime, options, classes).await?;
    let facts = runtime.journal.of_case(options.case).await?;
    let unreadable = read_again(runtime, &facts, classes).await?;
    Ok(Receipt {
        case: options.case,
        classes: classes.iter().map(|class| class.name()).collect(),
        keys_destroyed: forgotten.destroyed,
        position: done.position,
        facts: facts.len(),
        unreadable,
    })
}

/// Says it in the journal, once for these classes.
async fn state(runtime: &Runtime, options: &ForgetOptions, classes: &[Class]) -> Result<Done, Error> {
    let reason = if options.retention_over {
        ForgettingReason::RETENTION_OVER
    } else {
        ForgettingReason::PERSON_ASKED
    };
    let names: Vec<_> = classes.iter().map(|class| class.name().to_uppercase()).collect();
    let command =
        ForgetPerson { classes: serde_json::from_value(serde_json::json!(names))?, reason: Word(reason) };
    let key = format!("forget {} {}", options.case, names.join(" "));
    let request = Request::keyed(Actor::system("forgetting"), &key, runtime.clock.now());
    let target = Target::Existing(options.case);
    Ok(execute(runtime, target, command, request).await.map_err(|problem| problem.detail.into_owned())?)
}

/// Opens every fact as someone who may read all would, and counts what stays closed for ever.
async fn read_again(
    runtime: &Runtime,
    facts: &[Recorded],
    classes: &[Class],
) -> Result<BTreeMap<&'static str, usize>, Error> {
    let mut unreadable = BTreeMap::new();
    for page in facts.chunks(500) {
        let opened = runtime.open(page, |class| classes.contains(&class)).await?;
        for class in opened.iter().flat_map(|one| &one.forgotten) {
            *unreadable.entry(class.name()).or_insert(0) += 1;
        }
    }
    Ok(unreadable)
}

fn print(receipt: &Receipt) {
    let keys = usize::try_from(receipt.keys_destroyed).unwrap_or(usize::MAX);
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
    println!("  dit au journal à la position {}", receipt.position);
}
