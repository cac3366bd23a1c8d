//! Policies from a folder: put in force as a whole or not at all, and never without the guards.

use std::{fs, path::PathBuf};

use access::{Policies, UNCERTAIN};
use contracts::{Class, common::v1::Role};

use super::roles::{actor, case};

/// A folder with the policies of the program, the guards aside.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    // What an earlier run left may be there.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let bundled = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies");
    for file in ["roles.cedar", "cases.cedar", "classes.cedar"] {
        fs::copy(bundled.join(file), folder.join(file)).expect("a copy");
    }
    folder
}

#[test]
fn the_same_policies_have_the_same_digest_wherever_they_are_read() {
    let bundled = Policies::load(None).expect("the policies");
    let same = Policies::load(Some(&folder("same"))).expect("the policies");
    assert_eq!(bundled.digest(), same.digest());
    assert!(bundled.digest().len() == 16 && bundled.digest().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(!bundled.reload().expect("again"), "nothing changed");
}

#[test]
fn what_is_broken_is_not_put_in_force_and_the_former_remain() {
    let folder = folder("broken");
    let policies = Policies::load(Some(&folder)).expect("the policies");
    let (digest, cip) = (policies.digest(), actor(Role::CIP));
    let roles = fs::read_to_string(folder.join("roles.cedar")).expect("the roles");
    let permit_all = "permit (principal, action, resource);";
    for (what, file, text) in [
        ("a syntax error", "roles.cedar", roles.replace("permit", "permet")),
        ("an empty file", "roles.cedar", String::new()),
        ("half a file", "roles.cedar", roles[..roles.len() / 2].to_owned()),
        ("no id", "more.cedar", permit_all.to_owned()),
        ("an id taken", "more.cedar", format!("@id(\"use.partner\") {permit_all}")),
        ("a guard's id", "more.cedar", format!("@id(\"guard.health\") {permit_all}")),
        (
            "a word the schema does not know",
            "more.cedar",
            "@id(\"x\") permit (principal, action == Action::\"read\", resource) when { context.inCircel };"
                .to_owned(),
        ),
        (
            "a role that is none",
            "more.cedar",
            "@id(\"x\") permit (principal == Role::\"CHEF\", action, resource);".to_owned(),
        ),
        (
            "a refusal that says nothing",
            "more.cedar",
            "@id(\"x\") forbid (principal, action, resource);".to_owned(),
        ),
        ("other guards", "guards.cedar", "@id(\"x\") permit (principal, action, resource);".to_owned()),
    ] {
        let before = fs::read_to_string(folder.join(file)).ok();
        fs::write(folder.join(file), text).expect("written");
        let error = policies.reload().expect_err(what);
        assert!(!error.to_string().is_empty());
        assert_eq!(policies.digest(), digest, "{what}");
        assert!(policies.may(&cip, "case.read", Some(&case(true, false))).is_ok(), "{what}");
        assert!(policies.may(&cip, "case.read", Some(&case(false, false))).is_err(), "{what}");
        assert!(Policies::load(Some(&folder)).is_err(), "nothing starts with {what}");
        match before {
            Some(before) => fs::write(folder.join(file), before).expect("written"),
            None => fs::remove_file(folder.join(file)).expect("removed"),
        }
    }
    assert!(!policies.reload().expect("whole again"));
    fs::remove_dir_all(&folder).expect("removed");
    policies.reload().expect_err("no folder");
    assert!(policies.may(&cip, "case.read", Some(&case(true, false))).is_ok());
}

#[test]
fn a_folder_may_open_more_but_nothing_that_a_guard_forbids() {
    let folder = folder("more");
    let policies = Policies::load(Some(&folder)).expect("the policies");
    let (shared, before) = (policies.clone(), policies.digest());
    let stranger = case(false, false);
    assert_eq!(policies.classes(&actor(Role::CIP), &stranger), []);
    fs::write(folder.join("more.cedar"), "@id(\"all\") permit (principal, action, resource);")
        .expect("written");
    assert!(policies.reload().expect("read"));
    assert_ne!(before, policies.digest());
    assert_eq!(shared.digest(), policies.digest(), "a clone is the same policies");
    let open = policies.classes(&actor(Role::CIP), &stranger);
    assert_eq!(open, [Class::Identity, Class::Project, Class::Social, Class::Health]);
    assert_eq!(
        policies.classes(&actor(Role::EMPLOYEUR_SIAE), &stranger),
        [Class::Identity, Class::Project, Class::Social]
    );
    for blind in [Role::AUDITEUR, Role::ADMINISTRATEUR, Role::DPO] {
        assert_eq!(policies.classes(&actor(blind), &stranger), [], "{blind:?}");
    }
}

#[test]
fn a_policy_that_cannot_be_evaluated_opens_nothing() {
    let folder = folder("overflow");
    // Well formed, but the sum leaves the numbers.
    let overflows = "@id(\"x\") @says(\"non\") forbid (principal, action == Action::\"read\", resource)
        when { context.now + 9223372036854775807 < 0 };";
    fs::write(folder.join("more.cedar"), overflows).expect("written");
    let policies = Policies::load(Some(&folder)).expect("the policies");
    let denied =
        policies.decide(&actor(Role::CIP), "case.read", Some(&case(true, true))).expect_err("denied");
    assert_eq!(&*denied.policy, UNCERTAIN);
}

#[test]
fn the_situations_to_be_proved_impossible_are_of_the_schema_and_each_has_a_name_of_its_own() {
    use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let schema = fs::read_to_string(crates.join("policies/jalon.cedarschema")).expect("the schema");
    let (schema, _) = Schema::from_cedarschema_str(&schema).expect("a schema");
    let situations =
        fs::read_to_string(crates.join("../policy-proofs/situations.cedar")).expect("situations");
    let situations: PolicySet = situations.parse().expect("they are well formed");
    let found = Validator::new(schema).validate(&situations, ValidationMode::Strict);
    assert!(found.validation_passed(), "{found}");
    let mut names: Vec<&str> = situations.policies().filter_map(|policy| policy.annotation("id")).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == all && all == situations.num_of_policies() && all > 40, "{all}");
}
