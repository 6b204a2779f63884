use super::*;
use crate::{doors, memory::MemoryStore, people::somebody, ports::Store, simulate::START};
