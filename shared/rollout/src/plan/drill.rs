//! A drill: the way back rehearsed, by a plan of which no stage exposes anybody.

use super::{Action, Back, Bake, OnNewCode, Part, Plan, RULE_ARROW, Recalled, Rule, Severity, Stage, Step};
use super::{Target, Template, When};
use crate::{
    time::Span,
    units::{Share, StageIndex},
};

/// The only stage of a drill.
const STAGE: &str = "drill";

/// A drill that nobody sets off goes back by itself after this: whoever began it may be gone.
pub const DRILL_LASTS: Span = Span::minutes(10);

/// No guardrail of the plan goes back on this alarm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no guardrail of this plan rolls back at once on an alarm {alarm}: {}", others(.known))]
pub struct NoSuchAlarm {
    /// Which was asked for.
    pub alarm: String,
    /// Those on which one does.
    pub known: Vec<String>,
}

fn others(known: &[String]) -> String {
    if known.is_empty() { "none does on any".to_owned() } else { format!("those are {}", known.join(", ")) }
}

impl Plan {
    /// The plan of a drill: the same targets, people and promises, and what each variable says when nobody is exposed, as a
    /// text. Nothing in it knows of anybody who could be exposed, so no stage, share or switch can expose them. It waits
    /// for nothing, watches the one alarm that sets it off, if any does, and tells nobody that it has rung.
    ///
    /// # Errors
    /// [`NoSuchAlarm`] when no guardrail goes back on the alarm.
    pub fn drill(&self, alarm: Option<&str>) -> Result<Plan, NoSuchAlarm> {
        Ok(Plan {
            name: self.name.clone(),
            owner: self.owner.clone(),
            timezone: self.timezone.clone(),
            links: self.links.clone(),
            people: self.people.clone(),
            escalate: self.escalate.clone(),
            respond: self.respond.clone(),
            notify: self.notify.clone(),
            promise: self.promise.clone(),
            targets: self.targets.iter().map(|target| self.for_nobody(target)).collect(),
            series: vec![],
            dimensions: vec![],
            metrics: vec![],
            budgets: vec![],
            version: None,
            features: vec![],
            cohorts: vec![],
            checks: vec![],
            freeze: vec![],
            conditions: vec![],
            rules: alarm.map(|alarm| self.set_off_by(alarm)).transpose()?.into_iter().collect(),
            stages: vec![stage()],
            self_approval: self.self_approval,
            // Other code says nothing of a rehearsal.
            on_new_code: OnNewCode::Restart,
            drill: true,
            recalled: Recalled::default(),
        })
    }

    fn for_nobody(&self, target: &Target) -> Target {
        let nobody = self.nobody();
        let text = |template: &Template| Template(vec![Part::Text(template.render(&nobody))]);
        let set = target.set.iter().map(|(name, template)| (name.clone(), text(template)));
        Target { function: target.function.clone(), alias: target.alias.clone(), set: set.collect() }
    }

    /// The guardrail of a drill: of its one stage alone, so that it is in force though nobody is exposed.
    fn set_off_by(&self, alarm: &str) -> Result<Rule, NoSuchAlarm> {
        let back = |rule: &&Rule| !rule.dry_run && rule.then.iter().any(is_back_at_once);
        let known = self.rules.iter().filter(back).filter_map(|rule| rule.when.alarm());
        let known: Vec<String> = known.map(str::to_owned).collect();
        if !known.iter().any(|name| name == alarm) {
            return Err(NoSuchAlarm { alarm: alarm.to_owned(), known });
        }
        Ok(Rule {
            text: format!("alarm {alarm}{RULE_ARROW}roll back"),
            // That it has too little data is no reason to wait: it is rung.
            when: When::Alarm { name: alarm.to_owned(), insufficient_ok: true },
            then: vec![back_fully()],
            severity: Severity::P3,
            from: StageIndex(0),
            until: StageIndex(0),
            dry_run: false,
        })
    }
}

fn is_back_at_once(action: &Action) -> bool {
    action.after.is_none() && matches!(action.step, Step::RollBack(_))
}

fn back_fully() -> Action {
    Action { step: Step::RollBack(Back::Full), after: None }
}

fn stage() -> Stage {
    Stage {
        name: STAGE.to_owned(),
        share: Share::NONE,
        cohorts: vec![],
        features: vec![],
        bake: Bake::Timed { min: DRILL_LASTS, max: DRILL_LASTS },
        enter: vec![],
        leave: vec![],
        late: vec![back_fully()],
        optional: false,
        forceable: true,
    }
}
