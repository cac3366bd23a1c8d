//! Which of one's posts one acts from.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use service::{
    Problem, Runtime,
    api::{Knocked, Shared, session},
};
use sign_in::Accounts;
use uuid::Uuid;

use super::{
    super::{Visitor, from_our_pages, html, layout::Layout},
    Entering, enter_as, provider,
};
use crate::read::cards::Cards;

/// A post to act from.
#[derive(Debug)]
struct Choice {
    post_id: Uuid,
    called: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "posts.html")]
struct PostsPage<'a> {
    layout: &'a Layout,
    choices: &'a [Choice],
}

/// The form.
#[derive(Debug, Deserialize)]
pub struct Chosen {
    poste: Uuid,
}

/// `GET /connexion/postes`.
pub async fn page(State(runtime): State<Shared>, Visitor(me): Visitor) -> Result<Response, Problem> {
    let posts = own(&runtime, &me).await?;
    let ids: Vec<Uuid> = posts.iter().filter_map(|post| post.post_id).collect();
    let cards = Cards::read(&runtime, &ids).await?;
    let choices: Vec<Choice> = ids
        .into_iter()
        .map(|post_id| Choice {
            post_id,
            called: cards.post_called(post_id).unwrap_or_default(),
            here: me.post_id == Some(post_id),
        })
        .collect();
    let layout = Layout::of(&runtime, &me, "/connexion/postes").await?;
    html(PostsPage { layout: &layout, choices: &choices }.render())
}

/// `POST /connexion/postes`: a session of its own for each post, the former one ended.
pub async fn choose(
    State(runtime): State<Shared>,
    Visitor(me): Visitor,
    Knocked(holder): Knocked,
    headers: HeaderMap,
    Form(form): Form<Chosen>,
) -> Result<Response, Problem> {
    if !from_our_pages(&headers) {
        return Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon"));
    }
    let posts = own(&runtime, &me).await?;
    let chosen = posts.iter().find(|post| post.post_id == Some(form.poste));
    let chosen = chosen.ok_or_else(|| Problem::not_found("ce poste"))?;
    // The same person goes on, for no longer than before.
    let chosen = access::Actor { second_factor: holder.lasting, ..chosen.clone() };
    let entering = Entering {
        actor: &chosen,
        since: holder.issued_at,
        until: holder.expires_at,
        second_factor_at: holder.second_factor_at,
    };
    let entered = enter_as(&runtime, &entering).await?;
    if let Some(former) = session(&runtime.config, &headers) {
        let accounts = Accounts::new(runtime.pool.clone());
        accounts.carry_id_token(former, &entered.secret).await.map_err(provider::problem)?;
        runtime.tokens.revoke(former, runtime.clock.now()).await?;
    }
    Ok(provider::with_cookies(Redirect::to("/").into_response(), &[&entered.cookie]))
}

/// The posts of whoever visits, in the organisation they act from.
async fn own(runtime: &Arc<Runtime>, me: &access::Actor) -> Result<Vec<access::Actor>, Problem> {
    let (Some(professional), Some(organisation)) = (me.professional_id, me.organisation_id) else {
        return Ok(Vec::new());
    };
    let cards = Cards::read(runtime, &[organisation]).await?;
    let siret = cards.organisation(organisation).map(|one| one.siret.clone()).unwrap_or_default();
    provider::posts(runtime, professional, &siret).await
}
