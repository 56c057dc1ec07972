/** Why a request that nobody could judge is refused, where the brain could not word it. */

/** What a seat's own failure is called. */
export const SLOW_MODULE = "the module took too long"
export const BROKEN_MODULE = "the module failed"
export const LATE_ANSWER = "no answer came in time"
export const NO_ANSWER = "hooks/run ended without an answer"

export const SPENT =
  "[cheaproute] The cap could not be checked, and this session has spent since what was left of it then. " +
  "`cheaproute doctor` says what is wrong; a new session goes on."

/** The refusal of a gate that fails closed, in the brain's own words. @param {string} cause */
export const uncheckedBy = cause =>
  `[cheaproute] The cap could not be checked${cause && ` (${cause})`}, and on_error = "closed" in your config says to stop then. ` +
  "See `cheaproute doctor`; `cheaproute config set on_error open` lets sessions go on."

/** The same of a question that failed so; `late`: its time was over. @param {unknown} error @param {boolean} late */
export const uncheckedAfter = (error, late) =>
  uncheckedBy(late ? LATE_ANSWER : error instanceof SyntaxError ? NO_ANSWER : "hooks/run could not be started")
