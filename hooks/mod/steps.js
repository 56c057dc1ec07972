// What an agent did and said, as little of it as the brain needs. Nothing here takes `$`.

/** Of a last word so many characters of each end are handed on. */
const END_CHARS = 1000
/** An error is told by its beginning. */
const ERROR_CHARS = 200
/** A prompt may be a file: of what is longer, this is enough to judge it by. */
const HEAD_CHARS = 200_000

/** So everything begins that we say. */
export const TAG = "[cheaproute]"

/** A short hash (FNV-1a), so that two of a kind are known and no text is kept. @param {string} text */
const hashOf = text => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash.toString(16)
}

/** The two ends of a text. @param {string} text */
export const endsOf = text => (text.length <= 2 * END_CHARS ? text : `${text.slice(0, END_CHARS)}\n${text.slice(-END_CHARS)}`)

/** As much of a text as a question has room for; "" where there is none. @param {string | undefined} text */
export const headOf = text => (text ?? "").slice(0, HEAD_CHARS)

/** What a tool was denied by, or failed with; "" where it did neither. @param {import("claude-code").ToolCallResult} result */
const errorOf = result => ((result.isError === true ? result.text : result.deny) ?? "").slice(0, ERROR_CHARS)

/** Whether a tool was refused by us: that is no struggle of an agent's. @param {import("claude-code").ToolCallResult} result */
export const isOurs = result => errorOf(result).includes(TAG)

/**
 * A tool use and how it ended.
 *
 * @param {import("claude-code").ToolCallInput} e
 * @param {import("claude-code").ToolCallResult} result
 * @returns {import("./types").Use}
 */
export const useOf = (e, result) => {
  const { tool, tool_use_id: _id, agentId: _agent, ...given } = e
  const failed = result.isError === true || result.deny !== undefined
  return { name: tool, key: hashOf(JSON.stringify(given)), failed, error: failed ? hashOf(errorOf(result)) : "" }
}

/**
 * What a batch of tools was and how it ended, as far as tells one from the next.
 *
 * @param {readonly {tool_name: string, tool_input: unknown, tool_response?: unknown}[]} calls
 */
export const batchOf = calls => {
  const told = calls.map(one => [one.tool_name, one.tool_input, JSON.stringify(one.tool_response)?.length])
  return hashOf(JSON.stringify(told))
}
