//! The indicators of a platform, counted anew.

use jiff::civil::Date;
use service::{Problem, Runtime};
use uuid::Uuid;

use super::{cards::Cards, paths};
use crate::indicators::{Counted, Indicator, Publics};

/// The indicators of that platform, found to be the reader's to see, and the people followed by public.
///
/// # Errors
/// When the read models cannot be read.
pub async fn indicators(
    runtime: &Runtime,
    platform_id: Uuid,
    (from, to): (Date, Date),
) -> Result<(Vec<Indicator>, Publics), Problem> {
    let cards = Cards::read(runtime, &[platform_id]).await?;
    let members: Vec<Uuid> =
        cards.platform(platform_id).map(|one| one.members.keys().copied().collect()).unwrap_or_default();
    let paths = paths::of_platform(runtime, platform_id).await?;
    let kinds = paths::kinds(runtime, &paths).await?;
    let posts: Vec<_> = paths::posts(runtime, &members).await?.into_iter().map(|(_, post)| post).collect();
    let today = runtime.clock.today();
    let counted = Counted { platform_id, paths: &paths, kinds: &kinds, posts: &posts, from, to, today };
    Ok((counted.indicators(), counted.publics()))
}
