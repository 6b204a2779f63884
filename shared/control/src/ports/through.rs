//! Functions that are reached through somebody else.

use super::{AliasState, FunctionState, Functions, Move, ReadError, WriteError};
use std::{collections::BTreeMap, future::Future};

/// Whoever holds somebody who touches [`Functions`], and touches them with these hands.
pub trait Through: Send + Sync {
    /// Who touches them.
    fn functions(&self) -> &impl Functions;
}

impl<T: Through> Functions for T {
    fn read(&self, function: &str) -> impl Future<Output = Result<FunctionState, ReadError>> + Send {
        self.functions().read(function)
    }
    fn write(
        &self,
        function: &str,
        environment: &BTreeMap<String, String>,
        revision: &str,
    ) -> impl Future<Output = Result<(), WriteError>> + Send {
        self.functions().write(function, environment, revision)
    }
    fn read_alias(
        &self,
        function: &str,
        alias: &str,
    ) -> impl Future<Output = Result<AliasState, ReadError>> + Send {
        self.functions().read_alias(function, alias)
    }
    fn publish(
        &self,
        function: &str,
        code: &str,
        revision: &str,
    ) -> impl Future<Output = Result<String, WriteError>> + Send {
        self.functions().publish(function, code, revision)
    }
    fn point(
        &self,
        function: &str,
        alias: &str,
        to: &Move,
    ) -> impl Future<Output = Result<(), WriteError>> + Send {
        self.functions().point(function, alias, to)
    }
}
