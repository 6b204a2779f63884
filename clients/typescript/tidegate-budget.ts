/**
 * Money is held before it is spent: reserve, call, settle. One file for whatever has `fetch`; it needs nothing else, runs
 * as it is in Node 22.18 or later, and can be compiled for older ones.
 *
 *     import { Budget, bearer } from "./tidegate-budget.ts";
 *
 *     const budget = new Budget("https://abc.execute-api.eu-west-1.amazonaws.com", "valine-ux-agent-1", "llm_cost", bearer(token));
 *
 *     const hold = await budget.reserve("0.02", { onUnreachable: "closed" }); // the most that the call may cost, in dollars
 *     const answer = await hold.during(async () => {
 *       const answer = await askTheModel(question);
 *       await hold.settle(costOf(answer)); // at once, before anything else can go wrong
 *       return answer;
 *     });
 *     return answer ?? withoutTheModel(question); // hold.why says why, hold.next when there is money again
 *
 * - `onUnreachable` is yours to choose. `closed`: where nobody answers the call is not made, as if it were refused. `open`:
 *   it is made without a hold. Its cost is still settled, and waits in `budget.late` until `budget.reportLate()` brings it.
 * - What throws in `during` before `settle` was no call: its money is given back. So catch what was paid for all the
 *   same (a time-out of the model), and settle it. What ends silently is settled with all that was held.
 *   What came of either stands in `hold.outcome`.
 * - A process that dies leaves its hold to lapse. Give a `key` where the call itself may be tried again by another process:
 *   the same key and amount are the same hold. Two calls need two keys: the second cost under one key is not counted.
 * - Money is a text, never a number: `dollars(millionths)` makes one of a bigint. Parts of a millionth are rounded up.
 * - A refusal is a value. `WrongUse` is thrown for what never works: money that is none, an unknown budget, a wrong token.
 */

/** Milliseconds that one try takes at most. */
export const TIMEOUT_MS = 2_000;
/** For so long a hold is kept for its call: at most 1h. */
export const LASTS = "5m";
/** A lost answer is asked for once more, under the same key. */
const TRIES = 2;
/** Costs that wait until somebody answers. */
const LATE_MAX = 1_000;
/** So a cost is refused for good; after any other answer it is kept. */
const FOR_GOOD = [400, 409];
/** So whoever stands in between answers for tidegate. */
const NOT_HEARD = [408, 425, 429];

/**
 * From method, address and body to what says who asks: the headers of a token, or of a signature. Where it throws nobody
 * can be asked, as if nobody had answered.
 */
export type Headers = (method: string, url: string, body: string) => Record<string, string> | Promise<Record<string, string>>;

export type Wanted = { onUnreachable: "open" | "closed"; key?: string };

/** How long one try takes at most, and for how long a hold is kept for its call. */
export type Limits = { timeoutMs?: number; lasts?: string };

/**
 * What came of a settle or a release, in dollars. Nobody answered: a cost is `late`, kept for `reportLate`, or `lost` where
 * too many are; a hold `lapses`, and gives its money back by itself.
 */
export type Outcome =
  | { state: "settled"; cost: string; held: string; over: string }
  | { state: "released"; held: string }
  | { state: "refused" | "late" | "lost" | "lapses"; why: string };

type Said = Record<string, any>;

/** It does not work this way, and will not when it is tried again. */
export class WrongUse extends Error {}

/** Nobody answered, or not as tidegate does: whether anything was done is not known. */
class Nobody extends Error {}

/** Who has a token: in local mode, or of an issuer. */
export function bearer(token: string): Headers {
  return () => ({ authorization: `Bearer ${token}` });
}

/** Millionths of a dollar as money. */
export function dollars(millionths: bigint): string {
  const digits = String(millionths).padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, "");
}

/** What came of a reservation. */
export class Hold {
  state: "held" | "refused" | "unreachable" = "held";
  mayCall = true;
  id?: string;
  /** RFC 3339; then its money is there for others, and a cost still counts. */
  until?: string;
  /** Of what is not held. */
  why?: string;
  /** RFC 3339; when the next window begins, if money was what was missing. */
  next?: string;
  /** What came of the last settle or release, whoever made it. */
  outcome?: Outcome;
  readonly amount: string;
  #budget: Budget;
  #isPaid = false;
  #isTold = false;

  constructor(budget: Budget, amount: string) {
    this.#budget = budget;
    this.amount = amount;
  }

  /** Counts what the call did cost, once and in full. A cost of nothing releases. */
  async settle(cost: string): Promise<Outcome> {
    this.#isPaid = true;
    const millionths = money(cost);
    if (!millionths) return await this.release();
    this.#isTold = true;
    return (this.outcome = await this.#budget.settle(this, dollars(millionths)));
  }

  /** Gives back what is held: there was no call, or a log or a metric tells its cost. */
  async release(): Promise<Outcome> {
    this.#isTold = true;
    return (this.outcome = await this.#budget.release(this));
  }

  /** Makes the call, if it may be made; whatever happens, its money is settled or given back. */
  async during<T>(call: () => Promise<T>): Promise<T | undefined> {
    if (!this.mayCall) return undefined;
    try {
      const made = await call();
      if (!this.#isTold) await this.settle(this.amount);
      return made;
    } catch (error) {
      // What was thrown is what is heard of; the hold lapses by itself.
      if (!this.#isTold) await (this.#isPaid ? this.settle(this.amount) : this.release()).catch(() => {});
      throw error;
    }
  }
}

/** One budget of one rollout. */
export class Budget {
  /** Costs that are not counted yet. */
  readonly late: [Hold, string][] = [];
  #name: string;
  #headers: Headers;
  #limits: Required<Limits>;
  #endpoint: string;
  #purse: string;
  #budgets: string;

  constructor(endpoint: string, rollout: string, budget: string, headers: Headers, limits: Limits = {}) {
    if (!/^https?:\/\/[!->@-~]+$/.test(endpoint)) {
      throw new WrongUse(`${endpoint} is no endpoint: it begins with http:// or https:// and has no query`);
    }
    for (const name of [rollout, budget]) {
      if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new WrongUse(`${name} is the name of no rollout and no budget`);
    }
    this.#name = budget;
    this.#headers = headers;
    this.#limits = { timeoutMs: TIMEOUT_MS, lasts: LASTS, ...limits };
    this.#endpoint = endpoint.replace(/\/+$/, "");
    this.#purse = `/v1/budgets/${rollout}/${budget}/reservations`;
    this.#budgets = `/v1/rollouts/${rollout}/budgets`;
  }

  /** Holds the most that a call may cost. The call is made only if the answer says `mayCall`. */
  async reserve(amount: string, { onUnreachable, key = crypto.randomUUID() }: Wanted): Promise<Hold> {
    const millionths = money(amount);
    if (!millionths) throw new WrongUse("an amount is more than nothing");
    if (onUnreachable !== "open" && onUnreachable !== "closed") {
      throw new WrongUse(`onUnreachable is "open" or "closed", and not ${onUnreachable}`);
    }
    if (!/^[!-~]{1,128}$/.test(key)) throw new WrongUse("a key is 1 to 128 visible ASCII characters");
    const hold = new Hold(this, dollars(millionths));
    try {
      const body = { amount: hold.amount, lasts: this.#limits.lasts };
      const [status, said] = await this.#ask("POST", this.#purse, "id", body, key);
      if (status < 400) return Object.assign(hold, { id: said.id, until: said.until });
      if (status !== 409) throw new WrongUse(`${status}: ${why(said)}`);
      return Object.assign(hold, { state: "refused", mayCall: false, why: why(said), next: said.next });
    } catch (error) {
      if (!(error instanceof Nobody)) throw error;
      return Object.assign(hold, { state: "unreachable", mayCall: onUnreachable === "open", why: error.message });
    }
  }

  /** Settles what could not be settled, until nobody answers again. What remains is in `late`. */
  async reportLate(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let left = this.late.length; left > 0 && outcomes.at(-1)?.state !== "late"; left--) {
      const next = this.late.shift();
      if (next) outcomes.push((next[0].outcome = await this.settle(...next)));
    }
    return outcomes;
  }

  /** As `hold.settle`, of a cost that was read. */
  async settle(hold: Hold, cost: string): Promise<Outcome> {
    try {
      // Whoever settles it twice at once has it counted once.
      if (!hold.id) {
        const name = await this.#ownName();
        hold.id ??= name;
      }
      const [status, said] = await this.#ask("POST", `${this.#purse}/${hold.id}/settle`, "cost", { cost });
      if (FOR_GOOD.includes(status)) return { state: "refused", why: why(said) };
      if (status >= 400) throw new Nobody(`${status}: ${why(said)}`);
      return { state: "settled", cost: said.cost, held: said.held, over: said.over };
    } catch (error) {
      // Whatever it is: the money is spent, and is not forgotten.
      const state = this.late.length < LATE_MAX ? "late" : "lost";
      if (state === "late") this.late.push([hold, cost]);
      return { state, why: String(error) };
    }
  }

  /** As `hold.release`. */
  async release(hold: Hold): Promise<Outcome> {
    if (!hold.id) return { state: "released", held: "0" };
    try {
      const [status, said] = await this.#ask("POST", `${this.#purse}/${hold.id}/release`, "held", {});
      return status >= 400 ? { state: "refused", why: why(said) } : { state: "released", held: said.held };
    } catch (error) {
      if (!(error instanceof Nobody)) throw error;
      return { state: "lapses", why: error.message };
    }
  }

  /** Under which a cost is settled for which nothing was held: it counts in the window that is now. */
  async #ownName(): Promise<string> {
    const [status, said] = await this.#ask("GET", this.#budgets, "budgets");
    const own = said.budgets?.find((one: Said) => one.name === this.#name);
    if (!own) throw new Nobody(`${status}: ${why(said)}`);
    return `${own.window}-${crypto.randomUUID()}`;
  }

  /** The status, and what is said: of a success it has this field. */
  async #ask(method: string, path: string, field: string, body?: Said, key?: string): Promise<[number, Said]> {
    const url = this.#endpoint + path;
    const sent = body && JSON.stringify(body);
    let lost = "";
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        const headers = { "content-type": "application/json", ...(await this.#headers(method, url, sent ?? "")) };
        if (key) Object.assign(headers, { "idempotency-key": key });
        // No redirect is followed: who asks is told to one host only.
        const signal = AbortSignal.timeout(this.#limits.timeoutMs);
        const answer = await fetch(url, { method, headers, body: sent, signal, redirect: "manual" });
        const said = await answer.json();
        const isRefused = answer.status >= 400 && answer.status < 500 && !NOT_HEARD.includes(answer.status);
        if (said && (isRefused || (answer.ok && said[field] !== undefined))) return [answer.status, said];
        lost = `${this.#endpoint} answered ${answer.status}: ${why(said)}`;
      } catch (error) {
        lost = `no answer from ${this.#endpoint}: ${(error as any)?.cause?.message ?? error}`;
      }
    }
    throw new Nobody(lost);
  }
}

function why(said: Said): string {
  return String(said?.detail ?? said?.message ?? "it does not say why");
}

/** Dollars as millionths, rounded up. */
function money(amount: string): bigint {
  const [, whole, part = ""] = (typeof amount === "string" && /^([0-9]{1,12})(?:\.([0-9]{1,18}))?$/.exec(amount)) || [];
  if (whole === undefined) throw new WrongUse(`${amount} is no money: write dollars as a text such as "0.02"`);
  const more = /[1-9]/.test(part.slice(6)) ? 1n : 0n;
  return BigInt(whole + part.slice(0, 6).padEnd(6, "0")) + more;
}
