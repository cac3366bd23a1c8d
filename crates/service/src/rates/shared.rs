//! What is counted for all processes together: searches, copies taken away, wrong tries.

use std::time::Duration;

use access::{
    Actor,
    quotas::{self, Quota},
};

use super::{DAY, HOUR, too_many, whose};
use crate::{Problem, Runtime};

/// What is tried, for the counters.
const ACCOUNT: &str = "try/account";
const ADDRESS: &str = "try/address";

impl Runtime {
    /// Someone searches for a person.
    ///
    /// # Errors
    /// 429 when they searched too often.
    pub async fn may_search(&self, actor: &Actor) -> Result<(), Problem> {
        let quota = Quota { most: self.config.limits.search_per_hour, within: HOUR };
        self.take("search", actor, quota).await
    }

    /// They take what is kept about a person with them.
    ///
    /// # Errors
    /// 429 when they did too often.
    pub async fn may_export(&self, actor: &Actor) -> Result<(), Problem> {
        let quota = Quota { most: self.config.limits.export_per_day, within: DAY };
        self.take("export", actor, quota).await
    }

    async fn take(&self, what: &str, actor: &Actor, quota: Quota) -> Result<(), Problem> {
        after(quotas::take(&self.pool, what, &whose(actor), quota).await?)
    }

    /// Someone tries to enter as that account, from that address.
    ///
    /// # Errors
    /// 429 when there were too many wrong tries. Whoever locks an address out locks out themselves; an account, only
    /// whoever already showed what nobody else has.
    pub async fn may_try(&self, address: &str, account: &str) -> Result<(), Problem> {
        after(quotas::wait_to_try(&self.pool, &[(ADDRESS, address), (ACCOUNT, account)]).await?)
    }

    /// They were wrong.
    ///
    /// # Errors
    /// When it cannot be counted.
    pub async fn tried_wrong(&self, address: &str, account: &str) -> Result<(), Problem> {
        let limits = &self.config.limits;
        let free = Quota { most: limits.wrong_per_address, within: HOUR };
        quotas::tried_wrong(&self.pool, ADDRESS, address, free).await?;
        if !account.is_empty() {
            let free = Quota { most: limits.wrong_per_account, within: HOUR / 4 };
            quotas::tried_wrong(&self.pool, ACCOUNT, account, free).await?;
        }
        Ok(())
    }

    /// They were right: what was wrong before on that account is forgotten. An address stays what it was.
    ///
    /// # Errors
    /// When it cannot be forgotten.
    pub async fn tried_right(&self, account: &str) -> Result<(), Problem> {
        Ok(quotas::tried_right(&self.pool, ACCOUNT, account).await?)
    }
}

fn after(wait: Option<Duration>) -> Result<(), Problem> {
    wait.map_or(Ok(()), |wait| Err(too_many(wait)))
}
