//! The language of plans, feature by feature.

#[test]
fn the_plans_of_the_house_load() {
    for (file, text) in [
        ("elite.yaml", include_str!("../../../plans/elite.yaml")),
        ("cst.yaml", include_str!("../../../plans/cst.yaml")),
    ] {
        match rollout::plan::load(file, text) {
            Ok(loaded) => {
                let p = rollout::plan::Problems {
                    file: file.into(),
                    text: text.into(),
                    found: loaded.warnings.clone(),
                };
                eprintln!("{p}\n{}", rollout::plan::timeline(&loaded.plan));
                assert!(loaded.warnings.is_empty());
            }
            Err(p) => panic!("{p}"),
        }
    }
}
