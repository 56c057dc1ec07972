// What a request and the record of its answer say, as plain data for the brain. Nothing here takes `$`.

/**
 * Whether the engine's request to `url` is one that a model answers and somebody pays for. A gateway's own address may
 * end in a question: then the API's path stands behind that.
 */
export const isPaid = (/** @type {string} */ url) => PAID.test(url)
const PAID = /(\/v1\/messages\/?|\/model\/[^/]+\/invoke(-with-response-stream)?|:(streamRawPredict|rawPredict))(?=$|[?&#])/ // the API, Bedrock, Vertex

const STREAMS = /(-with-response-stream|:streamRawPredict)(?=$|[?&#])/
const ASKS_STREAM = /"stream"\s*:\s*true/

/**
 * Whether a request asks for its answer in one piece: of some of these the client keeps no record.
 *
 * @param {string} url
 * @param {string} body
 */
const isWhole = (url, body) =>
  body !== "" && !STREAMS.test(url) && !ASKS_STREAM.test(body.slice(-200)) && !ASKS_STREAM.test(body)

const DATA = '"data":"'
const NEAR = 200

/**
 * What `body` holds beside text: images, pages of documents, bytes of documents that do not say how
 * many pages they have; and how many characters of the body all that is.
 *
 * @param {string} body
 */
export const mediaOf = body => {
  const media = { images: 0, pages: 0, pdf_bytes: 0, chars: 0 }
  let at = body.indexOf(DATA)
  while (at >= 0) {
    const start = at + DATA.length
    const end = body.indexOf('"', start)
    if (end < 0) break
    const before = body.slice(Math.max(0, at - NEAR), at)
    const after = body.slice(end, end + NEAR)
    const beside = before.slice(before.lastIndexOf("{")) + after.slice(0, after.indexOf("}") + 1)
    const type = beside.includes('"type":"base64"') ? /"media_type":"([^"]+)"/.exec(beside)?.[1] : undefined
    if (type !== undefined) {
      media.chars += end - start
      if (type === "application/pdf") {
        const pages = pagesOf(body.slice(start, end))
        if (pages > 0) media.pages += pages
        else media.pdf_bytes += Math.ceil((end - start) * 0.75)
      } else media.images += 1
    }
    at = body.indexOf(DATA, end)
  }
  return media
}

/** Documents come again with every request of a conversation: counted once. @type {Map<string, number>} */
const counted = new Map()

/** How many pages a document has by its own word; 0 if it does not say. @param {string} base64 */
const pagesOf = base64 => {
  const key = `${base64.length}:${base64.slice(0, 64)}${base64.slice(-64)}`
  const known = counted.get(key)
  if (known !== undefined) return known
  let pages = 0
  try {
    const text = atob(base64)
    pages = text.match(/\/Type\s*\/Page(?![A-Za-z])/g)?.length ?? 0
    for (const [, count] of text.matchAll(/\/Count\s+(\d{1,6})(?!\d)/g)) pages = Math.max(pages, Number(count))
  } catch {
    pages = 0
  }
  if (counted.size > 100) counted.clear()
  counted.set(key, pages)
  return pages
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
  const { chars, ...media } = mediaOf(body)
  return {
    model: named?.[1] ?? "",
    bytes: body.length - chars,
    ...media,
    max_tokens: Number(output?.[1] ?? 0),
    agent: init?.headers?.["x-claude-code-agent-id"] ?? "",
    at_ms: Date.now(),
    request_id: "",
    answered: false,
    ...(isWhole(url, body) && { whole: true, caches: body.includes('"cache_control"') }),
  }
}

/**
 * Whether a request begins a conversation, as that of a user's own hook does which asks a model about something.
 *
 * @param {import("claude-code").HttpInit | undefined} init
 */
export const isFirst = init => typeof init?.body === "string" && !init.body.includes('"role":"assistant"')

/**
 * Whether an answer is no stream though one was asked for: the client cannot read it, and asks again.
 *
 * @param {import("claude-code").HttpInit | undefined} init
 * @param {Record<string, string>} headers
 */
export const isUnread = (init, headers) =>
  (headers["content-type"] ?? "").startsWith("application/json") && typeof init?.body === "string" && ASKS_STREAM.test(init.body)

const ANSWERED_MS = 1_000
const NEVER_LEFT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|Unable to connect|certificate/i

const ABORTED = /abort/i

/**
 * Whether a request that was sent then, and failed with `error`, may be answered and billed all the same: it was given up,
 * or broken off when it had been under way for a while.
 *
 * @param {unknown} error
 * @param {number} sent_ms
 */
export const isGivenUp = (error, sent_ms) => {
  const said = error instanceof Error ? error.message : String(error)
  return ABORTED.test(said) || (Date.now() - sent_ms >= ANSWERED_MS && !NEVER_LEFT.test(said))
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

/** What `billed` cost by the client's own word, in millionths of a dollar. @param {readonly import("./types").Billed[]} billed */
export const microsOf = billed => Math.min(billed.reduce((sum, one) => sum + Math.max(0, Number(one["cost_usd_micros"]) || 0), 0), 1e9)
