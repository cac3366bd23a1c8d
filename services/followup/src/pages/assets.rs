//! Style, script and icon: named by their content, so that a browser keeps each for ever and never an
//! old one.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use service::Problem;
use sha2::{Digest as _, Sha256};

/// A file, and where it is.
#[derive(Debug)]
pub struct Asset {
    /// Its address.
    pub href: String,
    kind: &'static str,
    body: &'static [u8],
}

/// All of them.
#[derive(Debug)]
pub struct Assets {
    /// The style.
    pub style: Asset,
    /// The script.
    pub script: Asset,
    /// The icon.
    pub icon: Asset,
}

/// The folder of their addresses.
pub const FOLDER: &str = "/statique/";

/// One style, kept in several files.
const STYLE: &str = concat!(
    include_str!("../../static/jalon.css"),
    include_str!("../../static/forms.css"),
    include_str!("../../static/person.css"),
);

/// All of them.
pub static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: asset("css", "text/css; charset=utf-8", STYLE.as_bytes()),
    script: asset("js", "text/javascript; charset=utf-8", include_bytes!("../../static/jalon.js")),
    icon: asset("svg", "image/svg+xml", include_bytes!("../../static/jalon.svg")),
});

fn asset(extension: &str, kind: &'static str, body: &'static [u8]) -> Asset {
    let digest = Sha256::digest(body);
    let hash: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    Asset { href: format!("{FOLDER}jalon-{hash}.{extension}"), kind, body }
}

/// `GET /statique/{file}`.
pub async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    let all = [&ASSETS.style, &ASSETS.script, &ASSETS.icon];
    let asset = all.into_iter().find(|asset| asset.href.strip_prefix(FOLDER) == Some(&name));
    let asset = asset.ok_or_else(|| Problem::not_found("ce fichier"))?;
    let headers =
        [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.body).into_response())
}
