// What a session may spend whose brain was never heard. Nothing here takes `$`.

/**
 * `bound` after a session alone has spent `nano`; its periods may have ended since, then all of theirs is left.
 *
 * @param {import("./types").Bound} bound
 * @param {number} nano
 * @param {number} now_ms
 * @returns {import("./types").Bound}
 */
export const lessBy = (bound, nano, now_ms) => {
  const over = bound.left !== null && now_ms >= bound.until_ms
  const left = over ? bound.whole : bound.left
  return { ...bound, left: left === null ? null : left - nano, until_ms: over ? Number.MAX_SAFE_INTEGER : bound.until_ms }
}

/**
 * Whether nothing is left by it for a session that has spent `nano`.
 *
 * @param {import("./types").Bound} bound
 * @param {number} nano
 */
export const isReached = ({ session, left }, nano) => (session !== null && nano >= session) || (left !== null && left <= 0)
