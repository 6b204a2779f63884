//! Tests of the whole: scenarios, hostile simulation, conformance, tidy.
