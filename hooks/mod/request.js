// What a request and the record of its answer say, as plain data for the brain. Nothing here takes `$`.

/** Whether the engine's request to `url` is one that a model answers and somebody pays for. */
export const isPaid = (/** @type {string} */ url) => {
  const path = url.split("?", 1)[0] ?? ""
  return (
    /\/v1\/messages\/?$/.test(path) || // the API, a gateway
    /\/model\/[^/]+\/invoke(-with-response-stream)?$/.test(path) || // Bedrock
    /:(streamRawPredict|rawPredict)$/.test(path) // Vertex
  )
}

/**
 * A request about to leave: its length, its model, the agent that makes it. Never its text.
 *
 * @param {string} url
 * @param {import("claude-code").HttpInit | undefined} init
 * @returns {import("./types").Flight}
 */
export const flightOf = (url, init) => {
  const body = typeof init?.body === "string" ? init.body : ""
  const named = /"model"\s*:\s*"([^"]+)"/.exec(body.slice(0, 4096)) ?? /\/(?:model|models)\/([^/:]+)/.exec(url)
  const output = /"max_tokens"\s*:\s*(\d+)/.exec(body.slice(-8192)) ?? /"max_tokens"\s*:\s*(\d+)/.exec(body.slice(0, 4096))
  return {
    model: named?.[1] ?? "",
    bytes: body.length,
    max_tokens: Number(output?.[1] ?? 0),
    agent: init?.headers?.["x-claude-code-agent-id"] ?? "",
    at_ms: Date.now(),
    request_id: "",
  }
}

const KEPT = [
  "session.id",
  "request_id",
  "model",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_creation_tokens",
  "cache_creation_5m_tokens",
  "cache_creation_1h_tokens",
  "cost_usd_micros",
  "query_source",
  "agent_id",
  "agent.name",
  "effort",
  "speed",
  "duration_ms",
  "event.sequence",
]

/**
 * The counts and ids of an `api_request` record; what else it holds is left where it is.
 *
 * @param {import("claude-code").TelemetryRecordEntry} entry
 * @returns {import("./types").Billed}
 */
export const billedOf = entry => {
  /** @type {import("./types").Billed} */
  const billed = { at: entry.loggedAt }
  for (const name of KEPT) {
    const value = entry.attributes[name]
    if (typeof value === "string" || typeof value === "number") billed[name] = value
  }
  return billed
}
