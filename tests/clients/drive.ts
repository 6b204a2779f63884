// Says each step that it is told on a line to the client for TypeScript, and answers on a line what came of it.

import { createInterface } from "node:readline";
import { Budget, Hold, WrongUse, bearer } from "../../clients/typescript/tidegate-budget.ts";

const budgets = new Map<string, Budget>();
const holds = new Map<string, Hold>();

function told(hold: Hold) {
  const { state, mayCall, until, why, next, amount } = hold;
  return { state, may_call: mayCall, until, why, next, amount };
}

async function during(hold: Hold, step: any) {
  let came: any = { state: hold.mayCall ? "silent" : "not made" };
  try {
    await hold.during(async () => {
      if (step.fails) throw new Error("it failed");
      if ("cost" in step) came = await hold.settle(step.cost);
    });
  } catch {
    return { state: "failed" };
  }
  return came;
}

async function act(step: any): Promise<unknown> {
  const which = [step.at, step.rollout, step.budget, step.token].join(" ");
  const budget =
    budgets.get(which) ?? new Budget(step.at, step.rollout, step.budget, bearer(step.token), { timeoutMs: 500 });
  budgets.set(which, budget);
  const hold = holds.get(step.hold);
  switch (step.do) {
    case "reserve": {
      const hold = await budget.reserve(step.amount, { onUnreachable: step.then, key: step.key });
      holds.set(step.as, hold);
      return told(hold);
    }
    case "settle":
      return await hold!.settle(step.cost);
    case "release":
      return await hold!.release();
    case "during":
      return await during(hold!, step);
    case "outcome":
      return hold!.outcome;
    case "late":
      return { states: (await budget.reportLate()).map((came) => came.state), left: budget.late.length };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const came = await act(JSON.parse(line)).catch((error) => {
    if (error instanceof WrongUse) return { wrong: error.message };
    throw error;
  });
  console.log(JSON.stringify(came));
}
