//! The policies in force: read once, asked for every decision, replaced as a whole or not at all.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use cedar_policy::{Context, Decision as Answer};
use contracts::Class;
use uuid::Uuid;

use crate::{Actor, CaseView};

mod bundle;
mod question;
mod slices;

use bundle::{Act, Bundle};
use question::{NOTHING, Question};

/// Policies that cannot be put in force, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(pub(crate) String);

/// What was decided: yes, or why not.
pub type Decision = Result<Allowed, Denied>;

/// What a command says of what it states, as far as policies ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Whether it is about the place of another post than that of whoever asks.
    pub another: bool,
    /// The classes of personal data in it.
    pub classes: Vec<Class>,
}

/// Yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The policy that allowed it.
    pub policy: Arc<str>,
    /// Digest of the policies in force.
    pub digest: Arc<str>,
}

/// No.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The policy that forbade it; [`BY_DEFAULT`] when none allowed it.
    pub policy: Arc<str>,
    /// Why, in French, to follow « Accès refusé : ».
    pub why: Arc<str>,
    /// Whether a second factor, shown anew, is all that is missing.
    pub second_factor: bool,
}

/// What denies when no policy allows.
pub const BY_DEFAULT: &str = "default";
/// What denies when a policy could not be evaluated.
pub const UNCERTAIN: &str = "uncertain";

/// The policies in force. Cheap to clone: all clones share them.
#[derive(Clone, Debug)]
pub struct Policies(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    folder: Option<PathBuf>,
    current: RwLock<Arc<Bundle>>,
}

impl Policies {
    /// Those of the program; or those of a folder, `*.cedar`, under the guards of the program, which are always
    /// in force.
    ///
    /// # Errors
    /// When they cannot be read, are not well formed, do not agree with the schema, have no id of their own,
    /// or leave a question without any policy that could answer yes.
    pub fn load(folder: Option<&Path>) -> Result<Self, PolicyError> {
        let current = RwLock::new(Arc::new(Bundle::load(folder)?));
        Ok(Self(Arc::new(Shared { folder: folder.map(Path::to_owned), current })))
    }

    /// Reads them again. Says whether they changed. When anything is wrong with the new ones, the former
    /// remain in force.
    ///
    /// # Errors
    /// As [`Policies::load`].
    pub fn reload(&self) -> Result<bool, PolicyError> {
        let new = Arc::new(Bundle::load(self.0.folder.as_deref())?);
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let changed = current.digest != new.digest;
        *current = new;
        Ok(changed)
    }

    /// What tells these policies from any others: the beginning of their SHA-256, in hexadecimal.
    pub fn digest(&self) -> Arc<str> {
        self.current().digest.clone()
    }

    fn current(&self) -> Arc<Bundle> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this actor may do that, by the name of the command or of the query, and about that case when it
    /// is about one. A refusal is logged.
    ///
    /// # Errors
    /// Why not, and the policy that says so.
    pub fn decide(&self, actor: &Actor, action: &str, case: Option<&CaseView>) -> Decision {
        self.decide_on(actor, action, case, &Statement::default())
    }

    /// [`Policies::decide`], of what would be stated too.
    ///
    /// # Errors
    /// Why not, and the policy that says so.
    pub fn decide_on(
        &self,
        actor: &Actor,
        action: &str,
        case: Option<&CaseView>,
        statement: &Statement,
    ) -> Decision {
        let mut decision = self.may_on(actor, action, case, statement);
        if let Err(denied) = &mut decision {
            // Whether they might, had they just shown a second factor.
            let strong = Actor { second_factor: true, ..actor.clone() };
            denied.second_factor = !actor.second_factor
                && actor.system.is_none()
                && self.may_on(&strong, action, case, statement).is_ok();
            log(actor, action, denied);
        }
        decision
    }

    /// [`Policies::decide`] for what is only filtered: nothing was refused to anybody, nothing is logged.
    ///
    /// # Errors
    /// Why not, and the policy that says so.
    pub fn may(&self, actor: &Actor, action: &str, case: Option<&CaseView>) -> Decision {
        self.may_on(actor, action, case, &Statement::default())
    }

    /// [`Policies::may`], of what would be stated too.
    ///
    /// # Errors
    /// Why not, and the policy that says so.
    pub fn may_on(
        &self,
        actor: &Actor,
        action: &str,
        case: Option<&CaseView>,
        statement: &Statement,
    ) -> Decision {
        let bundle = self.current();
        let allowed = answer(&bundle, actor, Act::Use, question::of_name(actor, action))?;
        let Some(case) = case else { return Ok(allowed) };
        let reading = action.ends_with(".read") || action.starts_with("audit.");
        let (act, statement) = if reading { (Act::Read, &NOTHING) } else { (Act::State, statement) };
        answer(&bundle, actor, act, Question::of_case(actor, case, action, statement).context())
    }

    /// The personal classes this actor may read of a case that they may read. Traces are not in the list:
    /// whoever may read the case may read them. Nor are notes: see [`Policies::view`].
    pub fn classes(&self, actor: &Actor, case: &CaseView) -> Vec<Class> {
        let bundle = self.current();
        let mut last: Option<(Question, Result<Context, String>)> = None;
        let mut open = |class: &Class| {
            let question = Question::of_class(actor, case, *class, None);
            // Most classes are asked for in the same words.
            let context = match last.take().filter(|(before, _)| *before == question) {
                Some((_, context)) => context,
                None => question.context(),
            };
            let (_, context) = last.insert((question, context));
            answer(&bundle, actor, Act::View(*class), context.clone()).is_ok()
        };
        Class::PERSONAL.into_iter().filter(|class| open(class)).collect()
    }

    /// Whether this actor may read what is of that class in that case, written from that post.
    ///
    /// # Errors
    /// Why not, and the policy that says so.
    pub fn view(&self, actor: &Actor, case: &CaseView, class: Class, author: Option<Uuid>) -> Decision {
        let question = Question::of_class(actor, case, class, author);
        answer(&self.current(), actor, Act::View(class), question.context())
    }
}

/// Ids only: nobody is named in a log.
fn log(actor: &Actor, action: &str, denied: &Denied) {
    tracing::info!(
        policy = &*denied.policy,
        action,
        role = ?actor.role,
        post = actor.post_id.map(tracing::field::display),
        organisation = actor.organisation_id.map(tracing::field::display),
        second_factor = actor.second_factor,
        "refused"
    );
}

/// Asks the policies one question.
fn answer(bundle: &Bundle, actor: &Actor, act: Act, context: Result<Context, String>) -> Decision {
    let denied = |policy: &str, why: &str| {
        Err(Denied { policy: policy.into(), why: why.into(), second_factor: false })
    };
    let ready = match context.and_then(|context| bundle.question(actor, act, context)) {
        Ok(ready) => ready,
        Err(error) => {
            tracing::error!(error, "a question to the policies is not well formed");
            return denied(UNCERTAIN, "la règle d’accès n’a pas pu être appliquée");
        }
    };
    let response = bundle.ask(&ready);
    let reasons = response.diagnostics();
    // A forbidding policy that fails would be skipped: nothing is opened on a doubt.
    if let Some(error) = reasons.errors().next() {
        tracing::error!(%error, "a policy could not be evaluated");
        return denied(UNCERTAIN, "la règle d’accès n’a pas pu être appliquée");
    }
    let decided =
        reasons.reason().filter_map(|id| bundle.named(id)).min_by(|one, other| one.id.cmp(&other.id));
    match (response.decision(), decided) {
        (Answer::Allow, Some(policy)) => {
            Ok(Allowed { policy: policy.id.clone(), digest: bundle.digest.clone() })
        }
        (_, Some(policy)) => {
            Err(Denied { policy: policy.id.clone(), why: policy.says.clone(), second_factor: false })
        }
        (_, None) => denied(BY_DEFAULT, act.otherwise()),
    }
}
