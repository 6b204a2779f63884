//! What must be kept before everybody is exposed is among what must hold.

use crate::{guard, world::World};
use rollout::decide::{Must, ahead};

fn missing(world: &World) -> Vec<String> {
    let lines = ahead(&world.plan, &world.head, &world.evidence(), world.now(), None);
    let baseline = |line: &rollout::decide::Line| {
        let Must::Baseline(metric) = line.what else { return None };
        Some(format!("{} {:?}", world.plan.metric(metric).name, line.holds))
    };
    lines.iter().filter_map(baseline).collect()
}

#[test]
fn a_baseline_that_cannot_be_kept_is_not_known() {
    let candidate = "App/Errors 1*60 \n App/Requests 100*60";
    let world = guard("errors > 2x baseline", candidate);
    assert_eq!(missing(&world), ["errors None"]);
    let world =
        guard("errors > 2x baseline", candidate).with("old App/Errors 1*60 \n old App/Requests 100*60");
    assert_eq!(missing(&world), [""; 0]);
}
