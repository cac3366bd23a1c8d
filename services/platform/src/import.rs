//! What is taken from files: offers, and what data·inclusion publishes. Nothing is imported twice: a second
//! run of the same file states nothing. A record that cannot be read is told with its place, the others go on.

mod apply;
pub mod data_inclusion;
mod france_travail;
pub mod offers;
mod records;
pub mod table;

use std::{collections::BTreeMap, fmt};

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Apply,
    /// Only what would be is told.
    DryRun,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is new.
    Created,
    /// It had changed.
    Updated,
    /// It was already so.
    Unchanged,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// How many records were read.
    pub read: usize,
    /// How many are new.
    pub created: usize,
    /// How many had changed.
    pub updated: usize,
    /// How many were already so.
    pub unchanged: usize,
    /// How many their directory no longer publishes.
    pub delisted: usize,
    /// What was not taken: where, and why, in French, without any value.
    pub rejected: Vec<(String, String)>,
    /// What was read otherwise than it is written, and how many times.
    pub remarks: BTreeMap<String, usize>,
}

impl Report {
    /// Counts what became of a record.
    pub fn count(&mut self, at: String, done: Result<Done, String>) {
        self.read += 1;
        match done {
            Ok(Done::Created) => self.created += 1,
            Ok(Done::Updated) => self.updated += 1,
            Ok(Done::Unchanged) => self.unchanged += 1,
            Err(why) => self.rejected.push((at, why)),
        }
    }

    /// Counts a remark.
    pub fn remark(&mut self, remark: impl Into<String>) {
        *self.remarks.entry(remark.into()).or_default() += 1;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            writeln!(f, "  Essai : rien n’est enregistré.")?;
        }
        writeln!(
            f,
            "  {} lus : {} nouveaux, {} mis à jour, {} inchangés, {} refusés",
            self.read,
            self.created,
            self.updated,
            self.unchanged,
            self.rejected.len()
        )?;
        if self.delisted > 0 {
            writeln!(f, "  {} ne sont plus publiés", self.delisted)?;
        }
        for (at, why) in &self.rejected {
            writeln!(f, "  {at} : {why}")?;
        }
        for (remark, times) in &self.remarks {
            writeln!(f, "  {remark} ({times} fois)")?;
        }
        Ok(())
    }
}
