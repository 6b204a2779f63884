//! What two names of a Lambda function have in common.

use super::Target;

impl Target {
    /// What rollouts hold: the same for a name and for any ARN with that name, so that two plans which write one function
    /// differently never hold it both. Functions of two regions that are called the same wait for each other.
    pub fn held_as(&self) -> &str {
        self.function.rsplit(':').next().unwrap_or(&self.function)
    }
}
