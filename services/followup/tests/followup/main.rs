//! Read models, sentences, queries, live events and pages.

mod counted;
mod french;
mod invented;
mod pages;
mod prompts;
mod stack;
mod views;
mod whose;
