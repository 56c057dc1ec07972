/** Why a request that nobody could judge is refused, where the brain could not word it. */

/** What a seat's own failure is called. */
export const SLOW_MODULE = "the module took too long"
export const BROKEN_MODULE = "the module failed"
export const LATE_ANSWER = "no answer came in time"
export const NO_ANSWER = "hooks/run ended without an answer"

/** The refusal where what was left when the brain was last heard is spent. @param {string} cause */
export const spentBy = cause =>
  `[cheaproute] The cap could not be checked (${cause}), and this session has spent since what was left of it then. Send the prompt again; ` +
  "if that is refused, too, `cheaproute doctor` in a terminal says what is wrong; `claude plugin disable cheaproute` goes on without it."

/** The refusal of a gate that fails closed, in the brain's own words. @param {string} cause */
export const uncheckedBy = cause =>
  `[cheaproute] The cap could not be checked${cause && ` (${cause})`}, and on_error = "closed" in your config says to stop then. ` +
  "See `cheaproute doctor`; `cheaproute config set on_error open` lets sessions go on."

/** How long a refusal that was said whole is thought to be on the screen. */
const WHOLE_MS = 600_000

/**
 * What is said of a refused request: of an agent's the first line alone, where another refusal was whole a while ago, at
 * `last_ms`; the ways to go on stand there.
 *
 * @param {string} why
 * @param {string} agent
 * @param {number} last_ms
 */
export const briefly = (why, agent, last_ms) => {
  const [first, ...rest] = why.split("\n")
  const whole = agent === "" || rest.length === 0 || Date.now() - last_ms >= WHOLE_MS
  return whole ? why : `${first} What lets it go on stands with another of these refusals.`
}

/** Why a question failed with `error`; `late`: its time was over. @param {unknown} error @param {boolean} late */
export const causeOf = (error, late) => (late ? LATE_ANSWER : error instanceof SyntaxError ? NO_ANSWER : "hooks/run could not be started")

/**
 * Note why the brain could not be asked, and what a gate says then that fails closed: its own words, if it had any.
 *
 * @param {import("./types").Hand} hand
 * @param {string} cause
 */
export const shut = (hand, cause, words = uncheckedBy(cause)) => {
  hand.cause = cause
  hand.shut = words
}

/**
 * What a person is told whose command got no answer, and where it is answered.
 *
 * @param {string} command
 * @param {string} args
 * @param {string} cause
 */
export const unansweredBy = (command, args, cause) =>
  `cheaproute could not answer (${cause}): ask again, or run \`cheaproute${command === "cheaproute" ? "" : " costs"} ${args.trim()}`.trimEnd() +
  "` in a terminal"

/** Where the brain was never heard, and nothing is left by what it last said. @param {string} cause */
export const aloneBy = cause =>
  `[cheaproute] The cap cannot be checked (${cause}), and what was left of it when it last could be is spent. Send the prompt again; if that is ` +
  "refused, too, `cheaproute doctor` in a terminal says what is wrong; `claude plugin disable cheaproute` goes on without it."

/**
 * What a session is told at once that goes on unchecked.
 *
 * @param {string} cause why
 * @param {import("./types").Bound | null} bound
 */
export const unheardBy = (cause, bound) => {
  const nano = Math.min(bound?.session ?? Infinity, bound?.left ?? Infinity)
  const then = nano === Infinity ? "no cap holds" : `this session may spend $${(nano / 1e9).toFixed(2)}, what was left of your caps when they last could be read`
  return `[cheaproute] None of it could be started here (${cause}): nothing is counted, and ${then}. \`cheaproute doctor\` in a terminal says what is wrong.`
}

/** What a session is told at once whose request leaves though nobody could judge it, while something was left. @param {string} cause why */
export const unheldBy = cause =>
  `[cheaproute] The cap could not be checked just now (${cause}): this request was not held to it; what was left then still is the most. ` +
  "`cheaproute doctor` in a terminal says what is wrong."
