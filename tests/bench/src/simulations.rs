//! How long it takes to simulate each real plan to its end, a tick a minute.

use crate::{Measured, median};
use control::{
    lab::story,
    simulate::{Simulation, simulate},
};
use rollout::plan::load;
use std::{sync::Arc, time::Instant};

const ROUNDS: usize = 5;

pub(crate) fn measure() -> Measured {
    let plans = [
        ("cst", include_str!("../../../plans/cst.yaml")),
        ("elite", include_str!("../../../plans/elite.yaml")),
        ("ilana", include_str!("../../../plans/ilana.yaml")),
        ("valine", include_str!("../../../plans/valine.yaml")),
        ("cohorts", include_str!("../../../plans/cohorts.yaml")),
    ];
    let wanted = std::env::args().nth(2);
    for (name, text) in
        plans.into_iter().filter(|(name, _)| wanted.as_deref().is_none_or(|wanted| wanted == *name))
    {
        let plan = Arc::new(load(name, text)?.plan);
        let mut millis = vec![];
        let mut what = String::new();
        for _ in 0..ROUNDS {
            let healthy = story::builtin("healthy").ok_or("there is no story healthy")?;
            let simulation = Simulation {
                plan: Arc::clone(&plan),
                story: story::parse(healthy.text).map_err(|_| "the story healthy cannot be read")?,
                figures: None,
                auto_approve: true,
                seed: 1,
                asks_all: false,
            };
            let began = Instant::now();
            let simulated = simulate(simulation)?;
            millis.push(began.elapsed().as_secs_f64() * 1e3);
            what = format!(
                "{} ticks, {}: {}",
                simulated.ticks, simulated.ending.outcome, simulated.ending.reason
            );
        }
        println!("simulate plans/{name}.yaml: {:.0} ms ({what})", median(millis));
    }
    Ok(())
}
