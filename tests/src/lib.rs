//! Tests of the whole: scenarios, hostile simulation, conformance, tidy.

pub mod sample;
