//! The policies of the program: what they must never do, that they say what a plain reading of the rules says,
//! and that nothing broken is ever put in force.

mod agreements;
mod files;
mod invariants;
mod naive;
mod roles;
mod worlds;
