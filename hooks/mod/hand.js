// What the module remembers between two events. All of it may be lost at any time: a fresh worker
// asks the brain again, and the brain's books are what counts. Nothing here takes `$`.

import { isReached } from "./bound.js"
import { NO_ANSWER, uncheckedBy } from "./refusal.js"
import { microsOf } from "./request.js"

/** How long the brain is left alone after it failed once, twice, and more often. */
const RESTS_MS = [2_000, 8_000]
const LONGEST_MS = 30_000
/** How long a request may be under way. */
const FLIGHT_MS = 600_000
/** By how much the same request is longer or shorter where it is asked again in one piece. */
const SAME_BYTES = 64

/** @returns {import("./types").Hand} */
export const newHand = () => ({
  loaded: false,
  reloads: null,
  caught: false,
  known: false,
  caps: {},
  enabled: true,
  hung: false,
  said_rests: false,
  kept_as: {},
  saving: null,
  said_alone: false,
  unheld: 0,
  said_unheld: false,
  barred: 0,
  begun: 0,
  closed: false,
  asks: "",
  compact: 0,
  spared: false,
  warm: false,
  timer: null,
  used_ms: 0,
  denied_ms: 0,
  unstopped_ms: 0,
  sends: 1,
  tools: new Map(),
  judging: new Set(),
  unasked: new Map(),
  turns: new Map(),
  turn: 0,
  held: false,
  begun_ms: 0,
  heard_ms: 0,
  put: false,
  status: "",
  watches: false,
  made: [],
  made_as: "",
  note: false,
  seen_ms: 0,
  unseen: false,
  attended: false,
  session: "",
  base: { usd: 0, told_usd: 0 },
  told_usd: 0,
  before: { usd: 0, told_usd: 0 },
  auto: false,
  broken: [],
  guessed: [],
  grant: null,
  left: null,
  pending: [],
  flights: [],
  files: [],
  versions: "",
  looking: Promise.resolve(""),
  looked_ms: 0,
  pass: "",
  emptied: {},
  door: "",
  stands: false,
  stand_ms: 0,
  unreached: 0,
  passes: [],
  planned: null,
  chosen: false,
  named: false,
  foreseen: "",
  stop: null,
  leaving: null,
  stopping: null,
  batches: new Map(),
  statuses: new Map(),
  refused: new Map(),
  shut_ms: 0,
  shut: uncheckedBy(""),
  cause: NO_ANSWER,
  loops: new Map(),
  tasks: new Map(),
  texts: new Map(),
  answers: new Map(),
  dialog: null,
  dropped: "",
  said: "",
  asking: null,
  word: null,
  batch: null,
  wakes: [],
  booking: null,
  later: null,
  ends: false,
  rest_ms: 0,
  failures: 0,
  missed: "",
  kept: false,
  seats: { step: false, fetch: false, log: false },
})

/**
 * Take the brain's answer in. `null` is a brain that failed: it rests for a while.
 *
 * @param {import("./types").Hand} hand
 * @param {import("./types").Answer | null} answer
 * @param {number} handed how many of the pending records the question carried
 * @param {number} turn the hand's when it asked
 */
export const learn = (hand, answer, handed, turn = hand.turn) => {
  hand.heard_ms = Date.now()
  if (answer === null) {
    hand.grant = null
    hand.rest_ms = Date.now() + (RESTS_MS[hand.failures] ?? LONGEST_MS)
    hand.failures += 1
    return
  }
  hand.known = true
  hand.rest_ms = 0
  hand.failures = 0
  if (answer.booked) hand.pending.splice(0, handed)
  if (answer.enabled !== undefined) hand.enabled = answer.enabled && !hand.hung
  if (answer.closed !== undefined) hand.closed = answer.closed
  if (answer.asks !== undefined) hand.asks = answer.asks
  if (answer.compact !== undefined) hand.compact = answer.compact
  if (answer.warm !== undefined) hand.warm = answer.warm
  if (answer.status !== undefined) hand.status = answer.status
  if (answer.made !== undefined) hand.made = answer.made
  if (answer.files !== undefined) hand.files = answer.files
  if (answer.pass !== undefined) hand.pass = answer.pass
  if (answer.stands !== undefined) hand.stands = answer.stands
  if (answer.passes !== undefined) hand.passes = answer.passes.split(" ")
  if (answer.note !== undefined) hand.note = answer.note
  if (answer.caps !== undefined) hand.caps = answer.caps
  if (answer.held !== undefined) hand.held = answer.held
  if (answer.grant === undefined) return
  // A leave ends with its turn, but for one of which nothing is set aside: one that comes after it is given back.
  const holds = answer.grant?.any === true || (turn === hand.turn && isUnderWay(hand))
  hand.grant = holds ? { ...answer.grant, until_ms: Date.now() + answer.grant.seconds * 1000 } : null
}

/** A loop's turn begins, or goes on. @param {import("./types").Hand} hand @param {string} agent */
export const turns = (hand, agent) => {
  if (agent === "") hand.ends = false
  hand.turns.set(agent, Date.now())
}

/** A turn of the main loop begins or ends: what comes then is asked for anew. @param {import("./types").Hand} hand */
export const turnOver = hand => {
  hand.turn += 1
  if (hand.grant?.any !== true) hand.grant = null
}

/**
 * Whether a turn is under way that may need a leave: the main loop's until its last answer, a
 * subagent's until it ends or is not heard of any more.
 *
 * @param {import("./types").Hand} hand
 */
export const isUnderWay = hand => {
  const oldest = Date.now() - FLIGHT_MS
  return [...hand.turns].some(([agent, at_ms]) => (agent === "" ? !hand.ends : at_ms > oldest))
}

/**
 * Whether what was left of the caps when the brain was last heard is spent: by this session and `others`, nano-dollars, or
 * by what it said last to all of them.
 *
 * @param {import("./types").Hand} hand
 * @param {number} others
 * @param {import("./types").Bound | null} bound less what was spent since
 */
export const isSpent = (hand, others, bound) =>
  hand.left !== null &&
  ((hand.told_usd - hand.left.told_usd) * 1e9 + others >= hand.left.nano || (bound !== null && isReached({ ...bound, session: null }, 0)))

/**
 * Whether a time of ours is still to come; none that is further away than it was set: the clock was put back.
 *
 * @param {number} until_ms
 * @param {number} most_ms how far away it was set at most
 */
const isAhead = (until_ms, most_ms) => until_ms > Date.now() && until_ms - Date.now() <= most_ms

/** @param {import("./types").Hand} hand */
export const rests = hand => isAhead(hand.rest_ms, LONGEST_MS)

/** Whether there is anything left of the brain's leave. @param {import("./types").Hand} hand */
export const hasLeave = hand => hand.grant !== null && holds(hand.grant) && (hand.grant.any === true || hand.grant.nano > 0)

/** Whether one call may reach a cap, by the brain's last word. @param {import("./types").Hand} hand */
export const isNear = ({ grant }) => grant === null || (grant.any !== true && (grant.near === true || grant.nano <= 0))

/** @param {import("./types").Grant & {until_ms: number}} grant */
const holds = grant => isAhead(grant.until_ms, grant.seconds * 1000)

/**
 * Whether the brain's leave covers `flight`; if so, its share of it is used up.
 *
 * @param {import("./types").Hand} hand
 * @param {import("./types").Flight} flight
 */
export const covers = (hand, flight) => {
  const grant = hand.grant
  if (grant === null || !holds(grant)) return false
  if (grant.any) return true
  const { images = 0, pages = 0, pdf_bytes = 0 } = grant.weights ?? {}
  const bytes = flight.bytes + images * flight.images + pages * flight.pages + pdf_bytes * flight.pdf_bytes
  const last = grant.loops[flight.agent]
  const size = bytes || last?.bytes || grant.first_bytes || Infinity // a step's are not known
  const goesOn = last !== undefined && last.model === flight.model && size >= last.bytes / 2
  const loop = goesOn ? last : grant.fresh?.[flight.model]
  if (loop === undefined) return false
  const nano = (loop.nano + Math.max(0, size - loop.bytes) * loop.byte_nano) * (flight.sends ?? 1)
  if (nano > grant.nano) return false
  grant.nano -= nano
  flight.nano = nano
  return true
}

/**
 * A request was answered and cost more than was thought: the leave is worth that much less.
 *
 * @param {import("./types").Hand} hand
 * @param {import("./types").Flight | undefined} flight
 * @param {number} nano
 */
export const paid = (hand, flight, nano) => {
  if (hand.grant !== null && !hand.grant.any) hand.grant.nano -= Math.max(0, nano - (flight?.nano ?? 0))
}

/** What each request under way asks, to be known again by. @type {WeakMap<import("./types").Flight, unknown>} */
const bodies = new WeakMap()

/**
 * @param {import("./types").Hand} hand
 * @param {import("./types").Flight} flight
 * @param {unknown} [body]
 */
export const depart = (hand, flight, body) => {
  bodies.set(flight, body)
  hand.refused.delete(flight.agent)
  const oldest = Date.now() - FLIGHT_MS
  hand.flights = hand.flights.filter(one => one.at_ms > oldest)
  hand.flights.push(flight)
}

/**
 * Whether the last request of `agent` for `model` since then was refused here: that says nothing of the model. Beside the
 * main loop's own there are its helpers'; which one a gate refused that failed is not known.
 *
 * @param {import("./types").Hand} hand
 * @param {string} agent
 * @param {string} model
 * @param {number} since_ms
 */
export const wasRefused = (hand, agent, model, since_ms) => {
  const last = hand.refused.get(agent)
  const same = last !== undefined && (agent !== "" || model.startsWith(last.model) || last.model.includes(model))
  return hand.shut_ms >= since_ms || (same && last.at_ms >= since_ms)
}

/** Whether it is known by its step alone: where no request is heard, or before the first. @param {import("./types").Flight} flight */
export const isUnheard = flight => flight.bytes === 0

/**
 * The request that a record tells of: by the API's id; where its answer bore none, the first that
 * the same agent sent and that was answered, of the same model if there is one.
 *
 * @param {import("./types").Hand} hand
 * @param {unknown} id
 * @param {string} agent
 * @param {unknown} model
 */
export const toldBy = (hand, id, agent, model) => {
  const alike = hand.flights.filter(one => one.answered && !one.unread && one.request_id === "" && one.agent === agent)
  return hand.flights.find(one => one.request_id !== "" && one.request_id === id) ?? alike.find(one => one.model === model) ?? alike[0]
}

/**
 * The requests that were answered in one piece and that no record told of; none while one of them was answered just now,
 * whose record may come, and which need not be in the client's own total yet.
 *
 * @param {import("./types").Hand} hand
 * @param {number} told_ms so long after its answer a record has come
 */
export const unrecordedOf = (hand, told_ms) => {
  const found = hand.flights.filter(one => one.whole && one.answered && !one.unread)
  return hand.seats.log === true && found.every(one => Date.now() - (one.answered_ms ?? 0) >= told_ms) ? found : []
}

/** Whether a stream is answered whose record is still to come: what the client's total grew by may be of it. @param {import("./types").Hand} hand */
export const isStreaming = hand => hand.flights.some(one => one.answered && !one.whole && !one.unread && !isUnheard(one))

/**
 * What each of `flights` cost by its length, `usd` in all: in millionths of a dollar.
 *
 * @param {import("./types").Flight[]} flights
 * @param {number} usd
 */
export const sharesOf = (flights, usd) => {
  const bytes = flights.reduce((sum, one) => sum + one.bytes, 0)
  const parts = flights.slice(0, -1).map(one => Math.round((usd * 1e6 * one.bytes) / bytes))
  return [...parts, Math.round(usd * 1e6) - parts.reduce((sum, micros) => sum + micros, 0)]
}

/**
 * A stream is answered that the client cannot read, where the same agent asks the same again in one piece.
 *
 * @param {import("./types").Hand} hand
 * @param {import("./types").Flight} again
 */
export const notRead = (hand, again) => {
  const alike = hand.flights.filter(one => one.answered && !one.whole && one.agent === again.agent && one.model === again.model)
  const first = again.whole && alike.findLast(one => Math.abs(one.bytes - again.bytes) <= SAME_BYTES)
  if (first) first.unread = true
}

/**
 * The requests whose answers began and then broke off: the same agent asks the very same again. They are under way no more.
 *
 * @param {import("./types").Hand} hand
 * @param {import("./types").Flight} again
 * @param {unknown} body
 */
export const brokenOff = (hand, again, body) => {
  const same = (/** @type {import("./types").Flight} */ one) => one.agent === again.agent && one.bytes === again.bytes && bodies.get(one) === body
  const found = hand.flights.filter(one => one.answered && !one.whole && !one.unread && !isUnheard(one) && same(one))
  if (found.length > 0) land(hand, one => found.includes(one))
  return found
}

/**
 * The requests of an agent whose answers the client could not read: they are under way no more.
 *
 * @param {import("./types").Hand} hand
 * @param {string} agent
 */
export const unreadOf = (hand, agent) => {
  const found = hand.flights.filter(one => one.unread && one.agent === agent)
  if (found.length > 0) land(hand, one => found.includes(one))
  return found
}

/**
 * Forget the requests that `ended` picks: answered, failed, or given up. Who waits for that looks again.
 *
 * @param {import("./types").Hand} hand
 * @param {(flight: import("./types").Flight) => boolean} ended
 */
export const land = (hand, ended) => {
  hand.flights = hand.flights.filter(flight => !ended(flight))
  for (const wake of hand.wakes.splice(0)) wake(undefined)
}

/**
 * Keep `map` at most `most` long, the oldest going first.
 *
 * @template V
 * @param {Map<string, V>} map
 * @param {string} key
 * @param {V} value
 */
export const remember = (map, key, value, most = 200) => {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= most) break
    map.delete(oldest)
  }
}

/** Whether `root`, the plugin's directory, is a path of native Windows. @param {string} root */
export const isNative = root => /^([A-Za-z]:[\\/]|\\\\)/.test(root)

/**
 * What a question says of what is not booked yet: the first `handed` records, and what the others cost.
 * A free one says nothing: its records go with another, or what it does itself finds them.
 *
 * @param {Pick<import("./types").Hand, "pending">} hand
 * @param {number} handed
 * @param {boolean} free
 */
export const ledgerOf = ({ pending }, handed, free) => ({
  calls: pending.slice(0, handed),
  later_micros: free ? 0 : microsOf(pending.slice(handed)),
})

/**
 * Whether a compaction that the client wants is left out because the brain failed: nobody knows what
 * was planned, and one more request with the whole context can be made good, a summary cannot. But
 * once, for a brain that is gone for good would have the session run full.
 *
 * @param {import("./types").Hand} hand
 * @param {boolean} failed
 * @param {{ trigger: string, context_tokens: number }} told
 */
export const putsOff = (hand, failed, { trigger, context_tokens }) => {
  const off = failed && trigger === "auto" && context_tokens < hand.compact && !hand.spared
  hand.spared = failed
  return off
}
