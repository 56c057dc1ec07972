// What sessions may spend whose brain is not heard. Nothing here takes `$`.

import { microsOf } from "./request.js"

/**
 * `bound` after sessions have spent `nano` since; its periods may have ended meanwhile, then all of theirs is left.
 *
 * @param {import("./types").Bound} bound
 * @param {number} nano
 * @param {number} now_ms
 * @returns {import("./types").Bound}
 */
export const lessBy = (bound, nano, now_ms) => {
  const left = bound.left !== null && now_ms >= bound.until_ms ? bound.whole : bound.left
  return { ...bound, left: left === null ? null : left - nano }
}

/**
 * What is in no books, by the client's own word, nano-dollars: what this session knows of, and what the `others` keep. What
 * two of them have, as where one took it up while the other still had it, counts once.
 *
 * @param {readonly import("./types").Billed[]} own
 * @param {readonly unknown[]} others
 */
export const unbookedOf = (own, others) => {
  const named = (/** @type {import("./types").Billed} */ one) => String(one["request_id"] || "")
  const known = new Set(own.map(named))
  const foreign = /** @type {import("./types").Billed[]} */ (others.flat().filter(Boolean))
  const theirs = foreign.filter(one => named(one) === "" || !(known.has(named(one)) || !known.add(named(one))))
  return { own: 1000 * microsOf(own), others: 1000 * microsOf(theirs) }
}

/**
 * Whether nothing is left by it for a session that has spent `nano`.
 *
 * @param {import("./types").Bound} bound
 * @param {number} nano
 */
export const isReached = ({ session, left }, nano) => (session !== null && nano >= session) || (left !== null && left <= 0)
