//! Proves, for every world there may be and not only for those that tests draw, that the access policies never
//! allow what they must never allow: each situation of `situations.cedar` is handed to an SMT solver (cvc5)
//! together with the policies. `make prove`; with a folder of former policies as argument, it also says
//! which questions the present ones answer yes to more often than the former.

use std::{error::Error, fs, path::Path, process::ExitCode, str::FromStr as _, time::Instant};

use cedar_policy::{Policy, PolicyId, PolicySet, RequestEnv, Schema, ValidationMode, Validator};
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet, solver::LocalSolver};

type Failed = Box<dyn Error>;
type Prover = CedarSymCompiler<LocalSolver>;

const POLICIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../access/policies");
const SITUATIONS: &str = include_str!("../situations.cedar");
/// How the controls begin: what must be found possible.
const POSSIBLE: &str = "possible.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match prove().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("Erreur : {error}");
            ExitCode::FAILURE
        }
    }
}

async fn prove() -> Result<bool, Failed> {
    let folder = Path::new(POLICIES);
    let schema = fs::read_to_string(folder.join("jalon.cedarschema"))?;
    let (schema, _) = Schema::from_cedarschema_str(&schema)?;
    let policies = read(folder)?;
    checked(&schema, &policies)?;
    let envs: Vec<RequestEnv> = schema.request_envs().collect();
    println!("{} politiques, {} sortes de questions", policies.num_of_policies(), envs.len());

    let mut prover = CedarSymCompiler::new(LocalSolver::cvc5()?)?;
    let mut sound = true;
    let started = Instant::now();
    let certain = never_fail(&mut prover, &policies, &envs, &schema).await?;
    sound &= said("chaque politique peut toujours être évaluée", certain, "prouvé", "FAUX", started);
    for situation in named(PolicySet::from_str(SITUATIONS)?)? {
        let (id, started) = (situation.id().to_string(), Instant::now());
        let situation = PolicySet::from_policies([situation])?;
        checked(&schema, &situation)?;
        let impossible = impossible(&mut prover, &policies, &situation, &envs, &schema).await?;
        sound &= match id.strip_prefix(POSSIBLE) {
            Some(control) => said(control, !impossible, "possible, comme il se doit", "IMPOSSIBLE", started),
            None => said(&id, impossible, "prouvé impossible", "POSSIBLE", started),
        };
    }
    if let Some(former) = std::env::args_os().nth(1) {
        let former = read(Path::new(&former))?;
        checked(&schema, &former)?;
        widened(&mut prover, (&policies, &former), &envs, &schema).await?;
    }
    println!("{}", if sound { "Tout est prouvé." } else { "Une preuve manque : voir ci-dessus." });
    Ok(sound)
}

fn said(what: &str, holds: bool, yes: &str, no: &str, started: Instant) -> bool {
    let millis = started.elapsed().as_millis();
    println!("{} {what} : {} ({millis} ms)", if holds { "✓" } else { "✗" }, if holds { yes } else { no });
    holds
}

/// All the policies of a folder, each under the id it bears.
fn read(folder: &Path) -> Result<PolicySet, Failed> {
    let mut all = PolicySet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "cedar") {
            for policy in named(PolicySet::from_str(&fs::read_to_string(&path)?)?)? {
                all.add(policy)?;
            }
        }
    }
    Ok(all)
}

fn named(policies: PolicySet) -> Result<Vec<Policy>, Failed> {
    let mut named = Vec::new();
    for policy in policies.policies() {
        let id = policy.annotation("id").ok_or("une politique n’a pas de @id")?;
        named.push(policy.new_id(PolicyId::new(id)));
    }
    named.sort_by_key(|policy| policy.id().to_string().starts_with(POSSIBLE));
    Ok(named)
}

fn checked(schema: &Schema, policies: &PolicySet) -> Result<(), Failed> {
    match Validator::new(schema.clone()).validate(policies, ValidationMode::Strict).validation_errors().next()
    {
        Some(error) => Err(error.to_string().into()),
        None => Ok(()),
    }
}

/// Whether no policy ever fails on a question of the shape of the schema.
async fn never_fail(
    prover: &mut Prover,
    policies: &PolicySet,
    envs: &[RequestEnv],
    schema: &Schema,
) -> Result<bool, Failed> {
    for env in envs {
        for policy in policies.policies() {
            let compiled = CompiledPolicy::compile(policy, env, schema)?;
            if !prover.check_never_errors_opt(&compiled).await? {
                println!("  {} peut ne pas pouvoir être évaluée", policy.id());
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether no question of that situation is ever answered yes.
async fn impossible(
    prover: &mut Prover,
    policies: &PolicySet,
    situation: &PolicySet,
    envs: &[RequestEnv],
    schema: &Schema,
) -> Result<bool, Failed> {
    let mut happens = false;
    for env in envs {
        let policies = CompiledPolicySet::compile(policies, env, schema)?;
        let situation = CompiledPolicySet::compile(situation, env, schema)?;
        happens |= !prover.check_always_denies_opt(&situation).await?;
        if !prover.check_disjoint_opt(&policies, &situation).await? {
            return Ok(false);
        }
    }
    // What no question is about would be proved of anything.
    if happens { Ok(true) } else { Err("une situation n’arrive jamais : elle ne prouve rien".into()) }
}

/// Says which kinds of questions the present policies open wider than the former.
async fn widened(
    prover: &mut Prover,
    (present, former): (&PolicySet, &PolicySet),
    envs: &[RequestEnv],
    schema: &Schema,
) -> Result<(), Failed> {
    for env in envs {
        let present = CompiledPolicySet::compile(present, env, schema)?;
        let former = CompiledPolicySet::compile(former, env, schema)?;
        let narrower = prover.check_implies_opt(&present, &former).await?;
        let change = if narrower { "n’ouvre rien de plus" } else { "OUVRE DAVANTAGE" };
        println!("  {} {} {} : {change}", env.principal(), env.action(), env.resource());
    }
    Ok(())
}
