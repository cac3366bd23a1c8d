//! The policies that may have something to say of a question, by their heads: what is asked is known by its
//! name alone, nothing is in anything.

use cedar_policy::{ActionConstraint, EntityUid, Policy, PolicySet, PrincipalConstraint, ResourceConstraint};

use super::{PolicyError, bundle::wrong};

/// The policies whose head may be about that action on that resource, by that asker or by any.
pub(super) fn slice(
    all: &PolicySet,
    asker: Option<&EntityUid>,
    action: &EntityUid,
    resource: &EntityUid,
) -> Result<PolicySet, PolicyError> {
    let about = |policy: &&Policy| {
        asker.is_none_or(|asker| by(policy, asker)) && does(policy, action) && on(policy, resource)
    };
    PolicySet::from_policies(all.policies().filter(about).cloned()).map_err(wrong)
}

fn by(policy: &Policy, asker: &EntityUid) -> bool {
    match policy.principal_constraint() {
        PrincipalConstraint::Any => true,
        PrincipalConstraint::Eq(one) | PrincipalConstraint::In(one) => one == *asker,
        PrincipalConstraint::Is(kind) => kind == *asker.type_name(),
        PrincipalConstraint::IsIn(kind, one) => kind == *asker.type_name() && one == *asker,
    }
}

fn does(policy: &Policy, action: &EntityUid) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => one == *action,
        ActionConstraint::In(several) => several.contains(action),
    }
}

fn on(policy: &Policy, resource: &EntityUid) -> bool {
    match policy.resource_constraint() {
        ResourceConstraint::Any => true,
        ResourceConstraint::Eq(one) | ResourceConstraint::In(one) => one == *resource,
        ResourceConstraint::Is(kind) => kind == *resource.type_name(),
        ResourceConstraint::IsIn(kind, one) => kind == *resource.type_name() && one == *resource,
    }
}
