// Which rows of a conversation stay beside a hand-over. Nothing here takes `$`.

/** @typedef {import("claude-code").SessionMessage} Row */

/**
 * The rows from the last thing a person typed on: what runs now needs them.
 *
 * @param {readonly Row[]} rows
 * @returns {Row[]}
 */
export const tailOf = rows => {
  const place = rows.findLastIndex(row => row.role === "user" && (row.toolResults ?? []).length === 0)
  return place < 0 ? [] : rows.slice(place)
}

/** About how many characters `rows` hold. @param {readonly Row[]} rows */
export const charsOf = rows => JSON.stringify(rows).length
