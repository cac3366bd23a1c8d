//! Professionals enter by way of a real OpenID Connect provider, and nobody else does.

#[path = "sign_in/browser.rs"]
mod browser;
#[path = "sign_in/entering.rs"]
mod entering;
#[path = "sign_in/forgeries.rs"]
mod forgeries;
#[path = "sign_in/levels.rs"]
mod levels;
#[path = "sign_in/provider.rs"]
mod provider;
#[path = "sign_in/second_factor.rs"]
mod second_factor;
#[path = "sign_in/sessions.rs"]
mod sessions;
#[path = "sign_in/world.rs"]
mod world;
