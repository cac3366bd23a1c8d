//! Read models, sentences, queries, live events and pages.

mod french;
mod invented;
mod pages;
mod stack;
mod views;
