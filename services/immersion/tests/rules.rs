//! Given these facts, when this is asked, then these facts or that refusal.

#[path = "rules/course.rs"]
mod course;
#[path = "rules/drafting.rs"]
mod drafting;
#[path = "rules/recognise.rs"]
mod recognise;
#[path = "rules/series.rs"]
mod series;
#[path = "rules/signing.rs"]
mod signing;
#[path = "rules/support.rs"]
mod support;
