//! What a source does not list any more.

use catalog::SyncState;

use super::pass::{After, Pass};
use super::run::Sync;
use super::{Result, named_source};

impl Sync<'_> {
    /// Tells whether what is listed has to be noted: where there is nothing yet, nothing can go.
    pub(super) async fn notes(&self) -> Result<bool> {
        let notes = self.job.is_whole() && self.catalog.has_models(&self.job.collection).await?;
        if notes {
            self.catalog.forget_listed(&self.job.source()).await?;
        }
        Ok(notes)
    }

    /// Deletes what the source does not list any more, where all that it lists is known; returns
    /// how many are gone.
    pub(super) async fn clear(
        &self,
        pass: &Pass,
        known: Option<&SyncState>,
        after: After,
    ) -> Result<u64> {
        let kept = match after {
            After::WholeEnd if pass.listed == 0 => "it lists nothing at all",
            After::WholeEnd if !self.is_alone().await? => "other sources list here too",
            After::WholeEnd => {
                return Ok(self.catalog.delete_unlisted(&self.last_state(pass, known)).await?);
            }
            _ if pass.round > 0 => "it changed faster than it was listed",
            _ => "only what changed was listed, and not everything (`--full`)",
        };
        self.context.log(format!("models that are gone from the source stay: {kept}"));
        self.catalog.put_listings(&[], &self.last_state(pass, known)).await?;
        self.catalog.forget_listed(&self.job.source()).await?;
        Ok(0)
    }

    /// Tells whether no other source lists into the collection; parts of the same are no other.
    async fn is_alone(&self) -> Result<bool> {
        let own = named_source(&self.job.source());
        let is_own = |state: SyncState| {
            state.collection != self.job.collection || named_source(&state.source) == own
        };
        Ok(self.catalog.sync_states().await?.into_iter().all(is_own))
    }
}
