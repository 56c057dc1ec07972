// The module: a hand inside the client. It hands what happens to the brain (Python, through the same
// launcher as the hooks) and does what the brain says. It knows the client's field names, no rule.
// Contract: README.md beside this file.

import { isReached, lessBy, unbookedOf } from "./mod/bound.js"
import { without } from "./mod/box.js"
import { emptiedOf } from "./mod/ground.js"
import { brokenOff, covers, depart, hasLeave, isNear, isNative, isSpent, isStreaming, isUnderWay, isUnheard, land, learn, ledgerOf, newHand, notRead, paid, putsOff, remember, rests, sharesOf, toldBy, turnOver, turns, unreadOf, unrecordedOf, wasRefused } from "./mod/hand.js"
import { mayPass, mayPassPrompt } from "./mod/pass.js"
import { aloneBy, briefly, BROKEN_MODULE, causeOf, LATE_ANSWER, NO_ANSWER, shut, SLOW_MODULE, spentBy, unansweredBy, uncheckedBy, unheardBy, unheldBy } from "./mod/refusal.js"
import { billedOf, flightOf, isFirst, isGivenUp, isPaid, isUnread } from "./mod/request.js"
import { batchOf, endsOf, headOf, isOurs, TAG, useOf } from "./mod/steps.js"
import { charsOf, tailOf } from "./mod/tail.js"

/** Where it never said yet what is to be done without it, it has so long to say that, once. */
const WORD_MS = 4000
/** The brain has no longer for a question of a request, nor for a person's command. */
const LIMIT_MS = 2000
/** A request waits for those before it as long as the brain answers them, and so long at most. */
const QUEUE_MS = 15_000
const COMMAND_MS = 20_000
const LAST_MS = 1200
/** Nobody waits for what a turn's end is to leave behind, but a session that ends. */
const STOP_MS = 8000
/** Whatever fails at the gate, a request waits no longer: less than the client's own limit of a hook. */
const GATE_MS = 9500
const LATE = "it took too long"
/** A wait that ended so much later still was a sleep of the machine. */
const ASLEEP_MS = 1000
/** So many times in so short a time the client loads a module anew that hangs it: then it rests. */
const RELOADS = 2
const RELOADS_MS = 120_000
const LOADED = "loaded."
/** A call that has its own limit is left so much longer. */
const GRACE_MS = 300
/** In a pause a brain that failed is asked again, and so often: a pause is what it is about. */
const AGAIN_MS = 15_000
const AGAINS = 20
/** While history is read the figure is asked for again, and so often at most. */
const FIGURES = 300
/** In a pause it is looked so often whether anybody has written what the figure is made of. */
const PAUSE_MS = 10_000
/** By then at the latest it is asked for all the same: a day may have begun. */
const HOUR_MS = 3_600_000
/** These may take long, or are for the eye alone: no request waits behind them, and no gate is judged by how they end. */
const LONG = ["ModStop", "ModCommand", "ModCompact", "ModFigure"]
/** With these questions goes how full a subscription is, as the client knows it. */
const FULL = ["ModStart", "ModBook", "ModStop", "ModTurnEnd", "ModCommand"]
/** These come in every turn; the others are a person's, or seldom. */
const STOOD = ["ModTurn", "ModGate", "ModStep", "ModBook", "ModTool", "ModAnswer", "ModFailed", "ModTurnEnd", "ModStop", "ModFigure"]
/** Whoever stood by and ended is not started again sooner. */
const STAND_MS = 60_000
/** So many in a row that could not be asked at all, and nobody is started again: the client lets no module ask them. */
const UNREACHED = 2
/** By then the client has put a dropped prompt back into its box. */
const SETTLED_MS = 60
/** A prompt that was let through becomes a turn by then. */
const TURNS_MS = 5_000
/** The record of an answer comes as it ends; of one that ended so long ago none does. */
const TOLD_MS = 5_000
/** A record that comes has come so long after an answer in one piece; the client's own total has grown by then. */
const HEARD_MS = 1_000
/** Where that total has not grown so long after an answer, it will not. */
const GROWN_MS = 30_000
/** A stream that a helper began between two turns is given up so long after its answer began, if no record has come. */
const HELPED_MS = 30_000
/** What was looked at so lately is not looked at again: a prompt and its first request are one look. */
const JUST_MS = 100
/** Nobody waits for a booking: it begins when what follows an answer, tools and hooks, is under way. */
const BOOK_MS = 300
/** Of what another module sends again and again so much is looked at. */
const MOST_SENDS = 100
/** So many records at most go with one question: to book them takes a fraction of its time. */
const BOOKED_MOST = 500
/** Half a character, as JSON writes it: no text of the brain's has one. */
const LONE = /\\ud[89a-f][0-9a-f]{2}/g
/** The client's store has room for 4 MiB in all. */
const KEPT_MOST = 2000
const KEPT = "pending."
/** There stands what a session may spend that never hears the brain. */
const BOUND = "bound"
/** There stands which record is being looked at: a worker that hangs forgets it. */
const RECORD = /** @type {const} */ ({ plugin: "cheaproute", key: "record" })
/** Where only what others hold stands in a request's way it waits so long for them; the client gives a hook 10 s. */
const ROOM_MS = 5_000
const LOOK_MS = 1_000
/** Of the main loop's last answer so much is handed on with the next prompt. */
const SAID_CHARS = 600

const ANSWERED = "answered above"

/** A user's own hook that asks a model, and gives that up after we held its request so long, would have been answered without us. */
const HELD_MS = 500
const UNJUDGED =
  "[cheaproute] Not run: a hook of yours that asks a model about it was not answered in time, for its request waits for room under your cap. Try again in a moment."

const NATIVE = "[cheaproute] Nothing is counted here and no cap holds: native Windows cannot start the hooks. Use WSL 2."

/** What the client says of an agent that has not ended. */
const AT_WORK = ["pending", "running", "waiting"]

const UNSURE = "cheaproute failed, so the context stays as it is"

/** What may be our name, or a slip of the pen: the brain says. */
const NAMED = /^\s*!?\s*ch[eaprout]{6,10}(\s|$)/i

const RESTS =
  "[cheaproute] The module hung, so it rests for this session: the cap is looked at at prompts, between tools and at a turn's end. " +
  "A new session tries it again."

const hand = newHand()

/** @typedef {import("claude-code").EngineInterface} Engine */
/** @typedef {import("./mod/types").Answer} Answer */

/**
 * Ask the brain once, with whatever is still to be booked; null if it failed. One question at a time.
 *
 * @param {Engine} $
 * @param {string} name
 * @param {object | (() => object)} more what the seat adds, looked at when the question goes out
 * @returns {Promise<Answer | null>}
 */
const ask = async ($, name, more, limitMs = LIMIT_MS, last = false) => {
  const queued = Date.now()
  const free = isFree(name, more) // books and sets aside nothing: agents side by side do not queue
  while (hand.asking !== null && !free) await hand.asking
  const asked = name === "ModCommand" // a person's: a brain that failed a moment ago may answer now
  if (Date.now() >= queued + (last ? limitMs : QUEUE_MS) || (rests(hand) && !hand.closed && !last && !asked)) return null
  const end = (last ? queued : Date.now()) + limitMs
  let done = () => {}
  if (!free) {
    hand.asking = new Promise(resolve => (done = () => resolve(undefined)))
    hand.put = false
  }
  const { turn, known, closed } = hand
  const [unheld, barred] = free ? [0, 0] : [hand.unheld, hand.barred]
  try {
    if (!free && !isStreaming(hand)) await gather($)
    const { told_usd } = hand
    const handed = free ? 0 : Math.min(hand.pending.length, BOOKED_MOST)
    const here = typeof more === "object" ? /** @type {{session_id?: string, cwd?: string}} */ (more) : {}
    const [versions, session_id, cwd, session_model, windows] = await Promise.all([
      versionsOf($),
      here.session_id ?? $.session.id(),
      here.cwd ?? $.session.cwd(),
      $.session.model().catch(() => ""),
      FULL.includes(name) ? windowsOf($) : [],
    ])
    const question = {
      hook_event_name: name,
      session_id,
      cwd,
      session_model,
      named: hand.named,
      seats: hand.seats,
      resting: hand.hung,
      ...ledgerOf(hand, handed, free),
      flights: hand.flights,
      busy: isUnderWay(hand),
      caps: hand.caps,
      windows,
      missed: hand.missed,
      unheld,
      barred,
      barred_by: barred > 0 ? hand.cause : "",
      ...(typeof more === "function" ? more() : more),
    }
    const left = Math.max(100, end - Date.now())
    hand.put ||= !free
    const text = JSON.stringify(question).replace(LONE, "\\ufffd")
    const said = await within($, left + GRACE_MS, consult($, text, left, STOOD.includes(name)))
    const told = said.startsWith("{") ? JSON.parse(said) : null
    const answer = told?.unchecked === undefined ? told : null // it failed, and says how
    if (answer === null) shut(hand, told?.cause || NO_ANSWER, told?.unchecked)
    hand.missed = answer !== null ? "" : asked ? hand.cause : hand.missed
    if (answer !== null) hand.unheld = Math.max(0, hand.unheld - unheld)
    if (answer !== null) hand.barred = Math.max(0, hand.barred - barred)
    hand.closed ||= answer !== told
    if (answer !== null || !LONG.includes(name)) learn(hand, answer, handed, turn)
    if (answer?.grant !== undefined) hand.versions = versions
    if (answer?.bound !== undefined) void keeping(saveNews($, BOUND, answer.bound))
    if (answer?.left !== undefined) hand.left = answer.left === null ? null : { nano: answer.left, told_usd }
    if (answer?.closed !== undefined && !(known && answer.closed === closed)) await saveNews($, "closed", answer.closed)
    if ((name === "ModStep" || name === "ModGate") && hand.attended) tell($, answer?.line)
    return answer
  } catch (error) {
    shut(hand, causeOf(error, Date.now() >= end - GRACE_MS))
    if (asked) hand.missed = hand.cause
    if (!LONG.includes(name)) learn(hand, null, 0)
    return null
  } finally {
    if (!free) hand.asking = null
    done()
  }
}

/**
 * What the brain says to `question`: whoever stands by for it is asked, and where that comes to nothing a start.
 *
 * @param {Engine} $
 * @param {string} question
 * @param {number} limitMs
 * @param {boolean} stood whether it may be asked of who stands by
 */
const consult = async ($, question, limitMs, stood) => {
  const end = Date.now() + limitMs
  const { door } = hand
  if (stood && door !== "") {
    const [word = "", ...path] = door.split(" ") // who listens there instead does not know the word
    const headers = { "x-until": String(Math.floor(Date.now() + limitMs / 2)) } // what comes to it later is not answered
    const post = (/** @type {string} */ body) =>
      $.http.fetch("http://cheaproute/", { method: "POST", headers, body, socketPath: path.join(" ") }).catch(() => null)
    const reply = await within($, limitMs / 2, post(question)).catch(() => null)
    if (reply?.text.startsWith(`${word}{`)) {
      hand.unreached = 0
      return reply.text.slice(word.length)
    }
    if (hand.door === door) shutDoor(hand)
    void within($, limitMs / 2, post("")).catch(() => null) // nobody is to stand by for nobody
  }
  const timeoutMs = Math.max(100, end - Date.now())
  return (await start($, "mod", timeoutMs, question)).stdout
}

/**
 * Start `hooks/run`. A settings file's `env` may be one with which no program starts, or not ours: then without those
 * variables, which the client's own tools do not start with either.
 *
 * @param {Engine} $
 * @param {string} name
 * @param {number} timeoutMs
 * @param {string} stdin
 */
const start = async ($, name, timeoutMs, stdin = "") => {
  const argv = [`${$.plugin.root}/hooks/run`, name]
  const run = () => $.process.run(argv, { stdin, env: { ...hand.emptied, ...variables($) }, timeoutMs })
  try {
    const ran = await run()
    return (name !== "mod" || ran.stdout.startsWith("{") || !(await makeRoom($))) ? ran : await run()
  } catch (error) {
    if (!(await makeRoom($))) throw error
    return await run()
  }
}

/** Leave out what may keep a program of ours from starting; whether there was anything. @param {Engine} $ */
const makeRoom = async $ => {
  const { env } = await within($, LIMIT_MS, $.settings.read()).catch(() => ({ env: undefined }))
  const found = emptiedOf(env ?? {})
  const taken = (await takeAway($).catch(() => false))
  const other = Object.keys(found).some(one => !(one in hand.emptied))
  if (other) hand.emptied = found
  return other || taken
}

/** With these the loader prints something of its own, empty, too: nobody's session is to have them. Whether it had one. @param {Engine} $ */
const takeAway = async $ => {
  const had = [await $.env.get("LD_TRACE_LOADED_OBJECTS"), await $.env.get("LD_SHOW_AUXV")].some(one => one !== undefined)
  if (!had) return false
  await $.env.set("LD_TRACE_LOADED_OBJECTS", undefined)
  await $.env.set("LD_SHOW_AUXV", undefined)
  return true
}

/** Who stood by did not answer. @param {import("./mod/types").Hand} hand */
const shutDoor = hand => {
  hand.door = ""
  hand.unreached += 1
  if (hand.unreached >= UNREACHED) hand.stands = false
}

/** Have the brain stand by as long as the client lives: it says where it is asked, a start is spared. @param {Engine} $ */
const standBy = async $ => {
  if (!hand.stands || hand.door !== "" || Date.now() < hand.stand_ms) return
  hand.stand_ms = Infinity // one start at a time
  const run = await start($, "mod_standby", STOP_MS).catch(() => null) // an administrator's word, say
  hand.stand_ms = Date.now() + STAND_MS
  if (run === null) return
  hand.door = run.stdout.trim()
  hand.stands &&= hand.door !== ""
}

/** How full a subscription is. @param {Engine} $ */
const windowsOf = async $ => (await $.session.usage()).rateLimits ?? []

/**
 * Have what was answered in one piece, and of which no record came, booked by what the client's own total has grown by
 * beyond the records.
 *
 * @param {Engine} $
 * @param {number} told_ms so long after its answer a record has come
 * @returns those that are booked by what they are likely to cost
 */
const gather = async ($, told_ms = HEARD_MS) => {
  if (unrecordedOf(hand, told_ms).length === 0 || (told_ms > 0 && hand.broken.length > 0)) return []
  const usd = await spentUsd($)
  const found = unrecordedOf(hand, told_ms) // a record may have come meanwhile
  const grown = usd - hand.before.usd - (hand.told_usd - hand.before.told_usd)
  const waits = grown * 1e6 < 1 && told_ms > 0 && found.some(one => Date.now() - (one.answered_ms ?? 0) < GROWN_MS)
  if (found.length === 0 || waits) return []
  land(hand, one => found.includes(one))
  const known = grown * 1e6 >= 1 && hand.broken.length === 0 // else it may be of what was broken off
  const shares = known ? sharesOf(found, grown) : []
  hand.pending.push(...found.map((one, at) => ({ ...unheard(one), auto: hand.auto, cost_usd_micros: shares[at] })))
  if (known) hand.told_usd += grown
  hand.before = { usd, told_usd: hand.told_usd }
  for (const [at, one] of found.entries()) paid(hand, one, 1000 * (shares[at] ?? 0))
  return known ? [] : found
}

/** Some seconds after `flight` was answered in one piece: no record came. @param {Engine} $ @param {import("./mod/types").Flight} flight */
const unrecorded = async ($, flight) => {
  if (!hand.flights.includes(flight)) return
  if (!isStreaming(hand) || (await isStill($))) await gather($)
  if (hand.pending.length > 0) bookNow($)
  if (hand.flights.includes(flight)) $.clock.after(TOLD_MS, () => void unrecorded($, flight))
}

/** Whether neither the client's total nor what was told of grows for a moment. @param {Engine} $ */
const isStill = async $ => {
  const { told_usd } = hand
  const usd = await spentUsd($)
  await new Promise(resolve => $.clock.after(BOOK_MS, () => resolve(undefined)))
  return (await spentUsd($)) === usd && hand.told_usd === told_usd
}

/** Which limits and settings there are, or were a moment ago. @param {Engine} $ */
const versionsOf = $ => {
  const now_ms = Date.now()
  if (now_ms < hand.looked_ms || now_ms - hand.looked_ms >= JUST_MS) {
    hand.looked_ms = now_ms
    hand.looking = seenAs($, hand.files)
  }
  return hand.looking
}

/** Other ones once somebody has written `files`, or where no disk tells in time. @param {Engine} $ @param {string[]} files */
const seenAs = async ($, files) => {
  const told = files.map(path => $.fs.stat(path).then(({ mtimeMs, size }) => `${mtimeMs} ${size}`, () => ""))
  return (await within($, LIMIT_MS, Promise.all(told)).catch(() => [`${LATE} ${Date.now()}`])).join("\n")
}

/** What the client keeps for us under `key`; undefined where it has nothing, or cannot tell. @param {Engine} $ @param {string} key */
const recall = async ($, key) => await within($, LIMIT_MS, $.store.get(key)).catch(() => undefined)

/** Have it keep `value`, or nothing any more. Whether it could: what it cannot keep is lost with the session. @param {Engine} $ @param {string} key @param {unknown} [value] */
const save = ($, key, value) =>
  keeping(within($, LIMIT_MS, value === undefined ? $.store.delete(key) : $.store.set(key, value)).then(() => true, () => false))

/** What a session's end waits for. @template T @param {Promise<T>} kept */
const keeping = kept => {
  hand.saving = Promise.all([hand.saving, kept])
  return kept
}

/** The same where it is news: each write holds up every session that shares the store. @param {Engine} $ @param {string} key @param {unknown} value */
const saveNews = async ($, key, value) => {
  if (!(key in hand.kept_as)) noteKept(key, await recall($, key))
  const text = JSON.stringify(value)
  if (text === hand.kept_as[key]) return
  hand.kept_as[key] = text
  if (!(await save($, key, value ?? undefined))) delete hand.kept_as[key]
}

/** What the client has under `key`, unless something was written there meanwhile. @param {string} key @param {unknown} value */
const noteKept = (key, value) => (hand.kept_as[key] ??= JSON.stringify(value ?? null))

/** Show the person lines; the client makes one of them where they are told as one text. @param {Engine} $ @param {string} [text] */
const tell = ($, text = "") => {
  for (const line of text.split("\n")) if (line) $.ui.log(line)
}

/**
 * What `promise` comes to; a rejection where it comes to nothing in time, whatever was to see to that.
 *
 * @template T
 * @param {Engine} $
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
const within = ($, ms, promise) =>
  new Promise((resolve, reject) => {
    const timer = $.clock.after(ms, () => reject(new Error(LATE)))
    promise.then(resolve, reject).finally(() => timer.cancel())
  })

/** Whether a question waits for no other. @param {string} name @param {object} more */
const isFree = (name, more) => name === "ModAnswer" || LONG.includes(name) || (name === "ModStep" && "agent_id" in more && more.agent_id !== "")

/** What classic hooks find in their environment. @param {Engine} $ */
const variables = $ => {
  /** @type {Record<string, string>} */
  const env = { CLAUDE_PLUGIN_ROOT: $.plugin.root, CLAUDE_PLUGIN_DATA: "", SHELLOPTS: "", BASHOPTS: "" } // not a project's word for it
  for (const [name, value] of Object.entries(settings)) {
    env[`CLAUDE_PLUGIN_OPTION_${name.toUpperCase()}`] = String(value)
  }
  return env
}

/** @type {import("claude-code").PluginOptions} */
let settings = {}

/** Book what is pending, in the background; whoever needs the books waits for it. @param {Engine} $ @param {boolean} stale whether the figure is to be told anew all the same */
const book = async ($, stale = false) => {
  while (hand.asking !== null) await hand.asking
  const before = hand.pending.length
  if (before === 0 && !givesBack(hand) && !stale) return // the question before has told it
  const answer = await ask($, "ModBook", {})
  if (answer?.status !== undefined) $.ui.invalidate("ui.render")
  if (before > BOOKED_MOST && hand.pending.length < before) await book($)
  else await keep($)
}

/** Whether something is set aside though nothing is under way. @param {import("./mod/types").Hand} hand */
const givesBack = hand => hand.held && !isUnderWay(hand)

/** The same at once, if there is something to book or to give back, or the figure is stale. @param {Engine} $ */
const bookNow = ($, stale = false) => {
  hand.later?.cancel()
  hand.later = null
  if (hand.pending.length === 0 && !givesBack(hand) && hand.asking === null && !stale) return
  const booking = book($, stale).finally(() => hand.booking === booking && (hand.booking = null))
  hand.booking = booking
}

/** Records that could not be booked outlive the session. @param {Engine} $ */
const keep = async $ => {
  const left = hand.pending.length > 0
  if (!left && !hand.kept) return
  const key = KEPT + (await $.session.id())
  if (await save($, key, left ? hand.pending.slice(0, KEPT_MOST) : undefined)) hand.kept = left
}

/** Take up what an earlier session had to keep. @param {Engine} $ */
const takeUp = async $ => {
  for (const key of await within($, LIMIT_MS, $.store.keys()).catch(() => [])) {
    if (key === BOUND || key === "closed") noteKept(key, await recall($, key))
    const kept = key.startsWith(KEPT) ? await recall($, key) : undefined
    if (Array.isArray(kept)) hand.pending.push(...kept)
    if (kept !== undefined) await save($, key)
  }
}

/** Whether a gate that failed is to stay shut; known even to a worker that has just started, and asked for where nobody ever said. @param {Engine} $ */
const failsClosed = async $ => {
  const kept = hand.known ? hand.closed : await recall($, "closed")
  if (kept !== undefined) return kept === true
  await (hand.word ??= ask($, "ModBook", {}, WORD_MS, true))
  return hand.closed
}

/**
 * Why `flight` may not leave; undefined if it may.
 *
 * @param {Engine} $
 * @param {import("./mod/types").Flight} flight
 */
const refusal = async ($, flight) => {
  const begun = Date.now()
  try {
    if (hasLeave(hand) && (await versionsOf($)) !== hand.versions) hand.grant = null
    if (covers(hand, flight)) return undefined
    return await within($, GATE_MS, judged($, flight))
  } catch (error) {
    if (!(error instanceof Error && error.message === LATE)) throw error
    const asleep = Date.now() - begun > GATE_MS + ASLEEP_MS
    if (isStuck(begun) && !asleep) rest($)
    else if (hand.heard_ms < begun) learn(hand, null, 0) // behind a long question
    shut(hand, LATE_ANSWER)
    return (await unchecked($)) ?? letGo($, flight)
  }
}

/** Why a request may not leave that nobody could judge; undefined if it may. @param {Engine} $ */
const unchecked = async $ => {
  if (await failsClosed($)) return hand.shut === uncheckedBy(hand.cause) ? bar(hand.shut) : hand.shut
  const { bound, others } = await spendAlone($)
  if (hand.known) return isSpent(hand, others, bound) ? bar(spentBy(hand.cause)) : undefined
  if (bound !== null && isReached(bound, hand.told_usd * 1e9)) return bar(aloneBy(hand.cause))
  if (hand.attended && !hand.said_alone) tell($, unheardBy(hand.cause, bound))
  hand.said_alone = true
  return undefined
}

/** A request is refused of which the brain knows nothing: it hears of it with the next question. @param {string} why */
const bar = why => {
  hand.barred += 1
  return why
}

/**
 * A request leaves that nobody judged, below a cap: the session hears of the first, the brain of each.
 *
 * @param {Engine} $
 * @param {import("./mod/types").Flight} flight
 * @returns {undefined}
 */
const letGo = ($, flight) => {
  if (hand.left === null || hand.hung || isUnheard(flight)) return // no cap that stops, or another gate sees to it
  hand.unheld += 1
  if (hand.attended && !hand.said_unheld) tell($, unheldBy(hand.cause))
  hand.said_unheld = true
}

/**
 * What sessions may spend whose brain is not heard: by its own last word to any of them, less what they have had to keep since
 * (null where no cap stops anything); and what of that is others'. Each session writes what it keeps alone: none undoes another's.
 *
 * @param {Engine} $
 */
const spendAlone = async $ => {
  const bound = /** @type {import("./mod/types").Bound | undefined} */ (await recall($, BOUND)) ?? null
  const mine = KEPT + (await $.session.id())
  const keys = (await within($, LIMIT_MS, $.store.keys()).catch(() => [])).filter(key => key.startsWith(KEPT) && key !== mine)
  const kept = await Promise.all(keys.map(key => recall($, key)))
  const unbooked = unbookedOf(hand.pending, kept.filter(Array.isArray))
  return { bound: bound && lessBy(bound, unbooked.own + unbooked.others, Date.now()), others: unbooked.others }
}

/** What hangs a gate is waited for once: from then on the hooks do all, as where there is no module. @param {Engine} $ */
const rest = $ => {
  if (hand.hung) return
  hand.hung = true
  hand.enabled = false
  hand.asking = null
  sayIt($)
  void settleDown($)
}

/** Say once a session that it rests; a worker that has just started knows only then whether anybody sees it. @param {Engine} $ */
const sayIt = $ => {
  if (!hand.hung || !hand.attended || hand.said_rests) return
  hand.said_rests = true
  tell($, RESTS)
}

/**
 * Whether this session's module spun: what was under way then is put to a fresh worker before anything else is. Where
 * another's spun, the `.catch` of a gate or of the record comes first.
 *
 * @param {Engine} $
 */
const spun = async $ => {
  if (!hand.loaded && !hand.caught && (await reloads($)) > 0) {
    shut(hand, SLOW_MODULE)
    rest($)
  }
  return hand.hung
}

/** Tell the brain that the module is here, or that it rests: then nothing is under way in its hands. @param {Engine} $ */
const started = async $ => ask($, "ModStart", { version: (await $.session.version()).version, ...(hand.hung && { busy: false }) })

/** Until the brain has heard that the module rests: what it does not know, the hooks do not do. @param {Engine} $ */
const settleDown = async ($, agains = AGAINS) => {
  const answer = await started($)
  if (answer === null && agains > 0) $.clock.after(AGAIN_MS, () => void settleDown($, agains - 1))
}

/**
 * Whether what was begun then waits for no question: none is under way, or one that was never put. Of one that was put
 * the limit sees to the end; where that has passed, the machine slept.
 *
 * @param {number} begun
 */
const isStuck = begun => hand.asking === null || (hand.heard_ms < begun && !hand.put)

/**
 * A seat failed. It did so by itself if it took all its time, and no queue was before it in which the brain answers or
 * fails. Where the client had to end what all modules run in, it may have been another's: that is counted.
 *
 * @param {Engine} $
 * @param {import("claude-code").Caught} next
 */
const failed = ($, { error }) => {
  shut(hand, error.kind === "timeout" ? SLOW_MODULE : BROKEN_MODULE)
  if (error.kind === "timeout" && isStuck(Date.now() - GATE_MS)) rest($)
}

/** The same, where no leave covers it. @param {Engine} $ @param {import("./mod/types").Flight} flight */
const judged = async ($, flight) => {
  const until = Date.now() + ROOM_MS
  for (;;) {
    if (hand.booking !== null) {
      await hand.booking // its answer is newer than the leave in hand
      if (covers(hand, flight)) return undefined
    }
    const said = await atGate($, flight)
    if (said === null) return (await unchecked($)) ?? letGo($, flight)
    if (!said.deny) return undefined
    if (!said.waits || Date.now() >= until) return said.deny
    await anyLanding($)
  }
}

/**
 * What the brain says of `flight`; those that wait for it at the same time are one question.
 *
 * @param {Engine} $
 * @param {import("./mod/types").Flight} flight
 */
const atGate = async ($, flight) => {
  const batch = (hand.batch ??= { flights: [], answer: null })
  const place = batch.flights.push(flight) - 1
  batch.answer ??= ask($, "ModGate", () => {
    hand.batch = null // whoever comes now is in the next one
    return { asked: batch.flights }
  })
  const answer = await batch.answer
  if (hand.batch === batch) hand.batch = null
  return answer && { deny: answer.denies?.[place] ?? answer.deny, waits: answer.waits?.[place] ?? false }
}

/** Until a request of ours ends, and a moment at most: others hold, too. @param {Engine} $ */
const anyLanding = $ =>
  new Promise(resolve => {
    hand.wakes.push(resolve)
    $.clock.after(LOOK_MS, () => resolve(undefined))
  })

/** How often lately the client had to start this session's modules anew; looked up once a worker. @param {Engine} $ */
const reloads = $ => (hand.reloads ??= counted($))

/** The same, with this start counted. @param {Engine} $ */
const counted = async $ => {
  const key = LOADED + (await $.session.id())
  const known = await recall($, key)
  const { count = -1, at_ms = 0 } = /** @type {{count?: number, at_ms?: number}} */ (typeof known === "object" && known !== null ? known : {})
  const now = { count: Date.now() - at_ms < RELOADS_MS ? count + 1 : 0, at_ms: Date.now() }
  void save($, key, now) // a lock that a killed client left holds up no start
  return now.count
}

/** @type {import("claude-code").HookFor<"session.start">} */
const onSessionStart = async ($, e, next) => {
  hand.attended = e.isInteractive
  hand.named = false
  const taken = takeUp($) // read before anything is written
  const resting = !hand.loaded && (await reloads($)) >= RELOADS
  if (hand.loaded) hand.said_rests = false // another session
  sayIt($)
  hand.loaded = true
  await taken
  if (resting) rest($)
  const answer = await started($)
  if (answer === null) void keep($) // what was taken up counts in other sessions, too
  void standBy($)
  hand.enabled &&= !hand.hung
  if (answer === null && hand.attended && isNative($.plugin.root)) $.ui.log(NATIVE)
  if (answer?.enabled) {
    await $.command.register({ name: "cheaproute", description: "cheaproute's own commands", argumentHint: "[command]", immediate: true })
    $.ui.invalidate("ui.render")
  }
  if (hand.attended) follow($, answer, FIGURES)
  if (hand.attended && !hand.watches) lookOut($)
  hand.watches ||= hand.attended
  return next(e)
}

/** In a pause, ask for the standing figure where others have spent or moved a cap: no model and no gate hears of it. @param {Engine} $ */
const lookOut = $ => {
  $.clock.after(PAUSE_MS, async () => {
    await lookAgain($).catch(() => undefined)
    lookOut($)
  })
}

/** One look of these; what was written while it was asked is seen by the next. @param {Engine} $ */
const lookAgain = async $ => {
  if (!isShowing(hand) || isUnderWay(hand) || hand.asking !== null || hand.made.length === 0) return
  const hour = Math.floor(Date.now() / HOUR_MS)
  const seen = `${hour} ${await seenAs($, hand.made)}`
  if (seen === hand.made_as) return
  const answer = await ask($, "ModFigure", {})
  if (answer === null) return
  hand.made_as = seen
  $.ui.invalidate("ui.render")
}

/**
 * Ask for the standing figure again as long as the brain says that it still grows by itself.
 *
 * @param {Engine} $
 * @param {Answer | null} answer
 * @param {number} left
 */
const follow = ($, answer, left) => {
  if (answer?.again_ms === undefined || left === 0) return
  $.clock.after(answer.again_ms, async () => {
    const newer = await ask($, "ModBook", {})
    $.ui.invalidate("ui.render")
    follow($, newer ?? answer, left - 1)
  })
}

/** @type {import("claude-code").HookFor<"agent.spawn">} */
const onAgentSpawn = async ($, e, next) => {
  const task = {
    tool_use_id: e.tool_use_id,
    type: e.subagentType,
    description: headOf(e.description),
    prompt: headOf(e.prompt),
    model: e.model ?? "",
    parent_model: e.parentModel,
    fork: e.fork || e.isTeammate === true,
    shared: e.workflow !== undefined,
  }
  const spawned = await next(e)
  if (spawned.agentId !== undefined) remember(hand.tasks, spawned.agentId, task)
  return spawned
}

/** @type {import("claude-code").HookFor<"turn.start">} */
const onTurnStart = async ($, e, next) => {
  remember(hand.texts, e.turnId, headOf(e.text), 50)
  hand.timer?.cancel()
  hand.timer = null
  let session = ""
  if (e.agentId !== undefined) turns(hand, e.agentId)
  else {
    hand.begun += 1
    if (hand.foreseen === "") {
      begin($)
      askForLeave($, {})
    }
    session = hand.foreseen
    hand.foreseen = ""
  }
  session ||= await $.session.id()
  if (session !== hand.session) { // the first, or another one after `/clear` and `/resume`
    hand.session = session
    hand.said = ""
    hand.base = { usd: await spentUsd($), told_usd: hand.told_usd }
  }
  return next(e)
}

/** A turn of the main loop begins. @param {Engine} $ */
const begin = $ => {
  turns(hand, "")
  hand.begun_ms = Date.now()
  turnOver(hand)
  void standBy($)
}

/**
 * Its leave is asked for while the client still makes its first request.
 *
 * @param {Engine} $
 * @param {{session_id?: string, cwd?: string}} here where it is known
 */
const askForLeave = ($, here) => {
  if (!hand.known || !hand.enabled || hand.asks.includes("main")) return // or its first step will ask
  if (hasLeave(hand)) return
  const booking = ask($, "ModTurn", here).finally(() => hand.booking === booking && (hand.booking = null))
  hand.booking = booking
}

/** The client's own total for the session, in dollars. @param {Engine} $ */
const spentUsd = async $ => (await $.session.usage()).cost?.usd ?? 0

/** The effort that an agent's definition or its call names; "" where neither does. @param {Engine} $ @param {string} agent */
const ownEffort = async ($, agent) => {
  const known = await $.agent.list().catch(() => [])
  const found = known.find(one => one.id === agent)
  return found === undefined ? null : "effort" in found ? String(found.effort ?? "") : ""
}

/** The agents that are still at work: one that waits for what it has in the background is. @param {Engine} $ */
const workingAgents = async $ => {
  try {
    return (await $.agent.list()).filter(one => AT_WORK.includes(one.status)).map(one => one.id)
  } catch {
    return []
  }
}

/**
 * What the brain chose for this request's loop and turn, asked once a turn unless it wants more.
 *
 * @param {Engine} $
 * @param {import("claude-code").TurnStepInput} e
 * @returns {Promise<Partial<import("./mod/types").Loop>>}
 */
const choice = async ($, e) => {
  const key = e.agentId ?? ""
  const loop = hand.loops.get(key)
  const turn = loop?.turn === e.turnId ? loop : undefined
  if (turn !== undefined && !turn.watch) return turn.over === e.model ? turn : {}
  if (hand.known && !hand.asks.includes(key === "" ? "main" : "agents")) return {}
  const question = {
    turn_id: e.turnId,
    index: e.index,
    agent_id: key,
    model: e.model,
    effort: e.effort ?? "",
    by_hand: hand.chosen,
    own_effort: key === "" || turn !== undefined ? "" : await ownEffort($, key),
    context_tokens: (await $.session.usage()).context.tokens ?? 0,
    prompt: hand.texts.get(e.turnId) ?? "",
    before: key === "" ? hand.said : "",
    planned: hand.planned,
    task: hand.tasks.get(key) ?? null,
    uses: turn?.uses ?? [],
    tokens: turn?.tokens ?? [],
  }
  let answer = await ask($, "ModStep", question)
  if (answer?.read) answer = await ask($, "ModStep", { ...question, read: await put($, answer.read, { effort: /** @type {const} */ ("low") }) })
  if (answer === null || answer.kept) return turn?.over === e.model ? turn : {}
  const { model, effort, watch } = answer
  const chosen = { turn: e.turnId, over: e.model, model, effort, watch: watch ?? false, uses: turn?.uses ?? [], tokens: turn?.tokens ?? [] }
  remember(hand.loops, key, chosen)
  return chosen
}

/**
 * Put a short question to a model with the session's own login: what it said, what that used.
 *
 * @param {Engine} $
 * @param {NonNullable<Answer["read"]>} read
 * @param {{effort?: import("./mod/types").Effort}} more
 */
const put = async ($, { model, prompt, max_tokens, timeout_ms }, more = {}) => {
  const reply = await $.model.complete({ model, prompt, maxTokens: max_tokens, timeoutMs: timeout_ms, ...more }).catch(() => null)
  return { text: reply?.isAnswered ? reply.text : "", ...endOf(reply) }
}

/**
 * How a call of ours ended: what it used, and why it has no words.
 *
 * @param {import("claude-code").ModelForkResult | null} reply
 */
const endOf = reply => ({
  usage: reply && "usage" in reply ? reply.usage : {},
  ...(reply?.isAnswered !== true && { reason: reply?.reason ?? "", status: reply && "status" in reply ? reply.status : 0 }),
})

/**
 * The response of a request to another model than the session's, undefined if it failed before
 * anything of it was seen, but by our own refusal, which is no failure. With `stands` all of it is
 * held until that has looked at it: undefined if it does not stand.
 *
 * @template C, R
 * @param {AsyncGenerator<C & {kind: string}, R & {stopReason: unknown, usage: unknown}>} stream
 * @param {((result: R) => Promise<boolean>) | undefined} stands
 * @param {() => boolean} refusedHere
 */
async function* unlessFailed(stream, stands, refusedHere) {
  const held = []
  for (;;) {
    const { value, done } = await stream.next()
    if (done) {
      const nothing = value.stopReason === null && value.usage === null
      if (nothing && !refusedHere()) return undefined
      if (!nothing && stands !== undefined && !(await stands(value))) return undefined
      yield* held
      return value
    }
    held.push(value)
    if (value.kind !== "engine" && stands === undefined) break
  }
  yield* held
  return yield* stream
}

/**
 * A response; `told` as soon as there is something of it. Where another model's failed and this comes to nothing, too, it was
 * a person who broke it off, or everything fails: that is no failure of the other's.
 *
 * @template C, R
 * @param {AsyncGenerator<C & {kind: string}, R & {stopReason: unknown, usage: unknown}>} stream
 * @param {() => void} told
 */
async function* onceAnswered(stream, told) {
  let begun = false
  for (;;) {
    const { value, done } = await stream.next()
    if (!begun && (done ? value.stopReason !== null || value.usage !== null : value.kind !== "engine")) {
      begun = true
      told()
    }
    if (done) return value
    yield value
  }
}

/** @type {import("claude-code").HookFor<"turn.step">} */
async function* onTurnStep($, e, next) {
  const agent = e.agentId ?? ""
  const loop = await choice($, e)
  const { model, effort } = loop
  if (!hand.seats.fetch) {
    const flight = { ...flightOf("", undefined), model: model ?? e.model, agent, answered: true } // its record will tell
    land(hand, one => one.agent === agent && isUnheard(one)) // a loop sends one at a time: it has ended
    const why = await refusal($, flight)
    if (why !== undefined) return yield* refused(e, why)
    depart(hand, flight)
  }
  hand.seats.step = true
  const asked = { ...e, ...(model && { model }), ...(effort && { effort }) }
  if (model === undefined || model === e.model) return broken(agent, e.model, yield* next(asked))
  let stands = true
  const look = async (/** @type {import("claude-code").TurnStepResult} */ result) => (stands = await holds($, e, model, result))
  const begun = Date.now()
  const result = yield* unlessFailed(next(asked), loop.watch ? look : undefined, () => wasRefused(hand, agent, model, begun))
  if (result !== undefined) return broken(agent, model, result)
  remember(hand.loops, agent, { turn: e.turnId, over: e.model, watch: false, uses: [], tokens: [] })
  const status = hand.statuses.get(agent) ?? 0
  const told = () => void ask($, "ModFailed", { turn_id: e.turnId, index: e.index, agent_id: agent, model, over: e.model, status })
  return broken(agent, e.model, yield* onceAnswered(next(e), stands ? told : () => {}))
}

/**
 * Whether what a watched agent said may stand; where it ends, the brain looks at it.
 *
 * @param {Engine} $
 * @param {import("claude-code").TurnStepInput} e
 * @param {string} model
 * @param {import("claude-code").TurnStepResult} result
 */
const holds = async ($, e, model, result) => {
  const agent = e.agentId ?? ""
  const used = result.usage
  if (used !== null) hand.loops.get(agent)?.tokens.push(used.input_tokens + used.cache_read_input_tokens + used.cache_creation_input_tokens)
  if (result.toolUses.length > 0) return true
  const answer = await ask($, "ModAnswer", {
    turn_id: e.turnId,
    index: e.index,
    agent_id: agent,
    model: e.model,
    text: endsOf(result.answer),
    tokens: hand.loops.get(agent)?.tokens ?? [],
  })
  return answer?.up !== true
}

/**
 * Until the record of what `agent` said last is here, or a moment is over: a tool may begin before its message ends.
 * Whether there was anything to wait for.
 *
 * @param {Engine} $
 * @param {string} agent
 */
const awaitBill = async ($, agent) => {
  const until = Date.now() + ROOM_MS
  const awaited = () => hand.flights.filter(one => one.agent === agent && one.answered && !one.unread && !one.given_up)
  if (awaited().length === 0) return false
  while (awaited().length > 0 && Date.now() < until) await anyLanding($)
  for (const one of awaited()) one.given_up = true // of some requests no record comes
  return true
}

/**
 * Past the cap no tool begins: a user's own hook that judges tools by a model could not be asked any
 * more, and what cannot be judged would run. What a watched agent does is noted.
 *
 * @type {import("claude-code").HookFor<"tool.call">}
 */
const onToolCall = async ($, e, next) => {
  remember(hand.tools, e.tool_use_id, { at_ms: Date.now(), agent: e.agentId ?? "" })
  const own = next.origin.plugin === $.plugin.name // a dialog of ours
  if (!own && hand.enabled && hand.seats.fetch && isNear(hand) && (await awaitBill($, e.agentId ?? ""))) hand.grant = null
  if (!own && hand.enabled && hand.seats.fetch && !hasLeave(hand) && (hand.failures === 0 || hand.closed)) {
    const answer = await ask($, "ModTool", {})
    const why = answer === null && (await failsClosed($)) ? hand.shut : answer?.deny
    if (why) return { deny: why }
  }
  const result = await next(e)
  const loop = hand.loops.get(e.agentId ?? "")
  if (loop?.watch && !isOurs(result)) loop.uses.push(useOf(e, result))
  return result
}

/**
 * A user's own hook that asks a model about a tool lets it run where its request was refused, whoever
 * refused it here: then the tool is refused, too.
 *
 * @type {import("claude-code").HookFor<"classic.PreToolUse">}
 */
const onJudged = async (_$, e, next) => {
  const { at_ms: begun = Date.now(), agent } = hand.tools.get(e.tool_use_id) ?? {}
  const answer = await next(e)
  const why = unjudged(begun, agent)
  return why !== "" && answer.deny === undefined ? { deny: why } : answer
}

/**
 * Why what a user's own hook was to judge, and began then, cannot be taken for judged: a request of its loop was refused since, as
 * the hook's own would be, or the hook gave one up that still waits here. "" where neither is so.
 *
 * @param {number} begun
 * @param {string} [agent] whose loop it is; any, where that is not known
 */
const unjudged = (begun, agent) => {
  const mine = (/** @type {string} */ one) => agent === undefined || one === agent
  const gone = [...hand.unasked].find(([one, { at_ms }]) => mine(one) && at_ms >= begun)
  if (gone !== undefined) return gone[1].why
  if (hand.shut_ms >= begun) return hand.shut
  return [...hand.judging].some(one => mine(one.agent) && one.at_ms >= begun) ? UNJUDGED : ""
}

/**
 * As `onTurnStep`. Where it ends a turn the answer is booked at once, for what comes then looks at the
 * books; where the client breaks it off, nothing of it is under way any more.
 *
 * @type {import("claude-code").HookFor<"turn.step">}
 */
async function* onStep($, e, next) {
  const begun = Date.now()
  let ended = false
  /** @type {string[]} */
  let sent = []
  if (hand.turns.has(e.agentId ?? "")) turns(hand, e.agentId ?? "")
  if (hand.enabled && (await spun($))) {
    const why = await unchecked($)
    return yield* why === undefined ? next(e) : refused(e, why)
  }
  try {
    const result = /** @type {import("claude-code").TurnStepResult} */ (yield* hand.enabled ? onTurnStep($, e, next) : next(e))
    ended = true
    said(e.agentId ?? "", result)
    sent = [e.model, hand.loops.get(e.agentId ?? "")?.model ?? e.model]
    if (e.agentId === undefined && result.toolUses.length === 0) {
      hand.ends = true
      if (!hand.enabled) return result
      if (mayPass(hand, "stop")) hand.leaving = pass($, "stop")
      else bookNow($)
    }
    return result
  } finally {
    const mine = hand.flights.filter(one => one.agent === (e.agentId ?? "") && one.at_ms >= begun)
    if (!ended) cutOff(mine.filter(one => !isUnheard(one))) // of those the turn's end tells
    else if (mine.length > 0) $.clock.after(TOLD_MS, () => cutOff(mine.filter(one => !isUnheard(one) && sent.some(model => model.startsWith(one.model)))))
  }
}

/**
 * How much was said goes with the record of the request, which has come by now: where a stream was cut the client ends the
 * answer itself, with the count that the stream began with.
 *
 * @param {string} agent
 * @param {import("claude-code").TurnStepResult} result
 */
const said = (agent, { answer, toolUses, usage }) => {
  const told = hand.pending.findLast(one => (one["agent_id"] ?? "") === agent && one["output_tokens"] === usage?.output_tokens && one["input_tokens"] === usage?.input_tokens)
  if (told !== undefined) told["said_chars"] = answer.length + JSON.stringify(toolUses).length
}

/**
 * Of these `flights` no record comes any more: what was answered was cut off, or never read. How much the former used the
 * client's own total tells, and that it is an estimate is told here.
 *
 * @param {import("./mod/types").Flight[]} flights
 */
const cutOff = flights => {
  const gone = hand.flights.filter(one => flights.includes(one) && !one.whole) // those are gathered
  land(hand, one => gone.includes(one))
  if (hand.seats.log) hand.pending.push(...gone.filter(one => one.answered).map(one => ({ ...unheard(one), cut: !one.unread })))
}

/**
 * Keep what is known of a request that was interrupted: no record of it will come.
 *
 * @param {string} agent
 * @param {string} model
 * @param {import("claude-code").TurnStepResult} result
 */
const broken = (agent, model, result) => {
  if (agent === "" && result.answer !== "") hand.said = result.answer.slice(-SAID_CHARS)
  if (result.stopReason === null && result.usage !== null) {
    const mine = hand.flights.filter(one => one.agent === agent && one.answered)
    const flight = mine.findLast(one => one.request_id !== "") ?? mine.at(-1)
    land(hand, one => one === flight)
    hand.broken.push({ agent, model, request_id: flight?.request_id ?? "", usage: result.usage })
  }
  return result
}

/** A response that says why there is none. @param {import("claude-code").TurnStepInput} e @param {string} why */
async function* refused(e, why) {
  yield { kind: /** @type {const} */ ("text"), index: 0, text: why }
  yield { kind: /** @type {const} */ ("stop"), stopReason: /** @type {const} */ ("end_turn"), usage: null }
  return { turnId: e.turnId, index: e.index, answer: why, toolUses: [], stopReason: /** @type {const} */ ("end_turn"), usage: null }
}

/** @type {import("claude-code").HookFor<"http.fetch">} */
const onFetch = ($, e, next) => (hand.enabled && next.origin.plugin === "engine" && isPaid(e.url) ? onRequest($, e, next) : next(e))

/** A request of which no record may come, as the brain is told of it: by what it is likely to cost. @param {import("./mod/types").Flight} flight */
const unheard = flight => ({ ...flight, unread: true, at: new Date(flight.at_ms).toISOString() })

/** @type {import("claude-code").HookFor<"http.fetch">} */
const onRequest = async ($, e, next) => {
  if (await spun($)) {
    const deny = await unchecked($)
    if (deny !== undefined) hand.shut_ms = Date.now()
    return deny === undefined ? next(e) : { deny }
  }
  if (!hand.seats.fetch) land(hand, isUnheard) // told as steps until now
  const flight = { ...flightOf(e.url, e.init), sends: hand.sends }
  notRead(hand, flight)
  for (const one of brokenOff(hand, flight, e.init?.body)) begunOnly($, one)
  const first = isFirst(e.init)
  if (first) hand.judging.add(flight)
  const why = await refusal($, flight).finally(() => hand.judging.delete(flight))
  const held = first && Date.now() - flight.at_ms >= HELD_MS
  hand.seats.fetch = true // not before: what fails on the way here holds nothing
  if (why !== undefined) {
    const deny = briefly(why, flight.agent, hand.denied_ms)
    hand.denied_ms = Date.now()
    remember(hand.unasked, flight.agent, { at_ms: hand.denied_ms, why })
    remember(hand.refused, flight.agent, { model: flight.model, at_ms: hand.denied_ms })
    return { deny }
  }
  if (flight.whole && !hand.flights.some(one => one.whole)) {
    hand.before = { usd: await spentUsd($), told_usd: hand.told_usd }
  }
  depart(hand, flight, e.init?.body)
  const sent_ms = Date.now()
  try {
    const answer = await next(e)
    flight.request_id = answer.value?.headers["request-id"] ?? ""
    flight.answered = true
    remember(hand.statuses, flight.agent, answer.value?.status ?? 0)
    if (!answer.value?.ok) nothingCame($, flight)
    else if (flight.max_tokens === 1) {
      // A look whether there is such a model: no record tells of most.
      land(hand, one => one === flight)
      hand.pending.push(unheard(flight))
    } else {
      flight.unread = isUnread(e.init, answer.value.headers)
      if (flight.whole) {
        flight.answered_ms = Date.now()
        $.clock.after(TOLD_MS, () => void unrecorded($, flight))
      } else if (flight.agent === "" && !hand.turns.has("")) $.clock.after(HELPED_MS, () => givenUp($, flight))
      // Another module beneath sent it more than once; the client tells of one alone.
      hand.sends = 1 + Math.min(answer.value.sendIndex ?? 0, MOST_SENDS)
      flight.sends = 1
      for (let n = 1; n < hand.sends; n++) depart(hand, { ...flight, at_ms: flight.at_ms - n, request_id: "", unread: true })
    }
    return answer
  } catch (error) {
    if (isGivenUp(error, sent_ms)) begunOnly($, flight)
    if (held) remember(hand.unasked, flight.agent, { at_ms: Date.now(), why: UNJUDGED })
    nothingCame($, flight)
    hand.statuses.delete(flight.agent)
    throw error
  }
}

/** Of a request nobody is told whether it is billed: it was given up, or its answer broke off. @param {Engine} $ @param {import("./mod/types").Flight} flight */
const begunOnly = ($, flight) => {
  hand.pending.push({ ...unheard(flight), gave_up: true })
  hand.later ??= $.clock.after(BOOK_MS, () => bookNow($))
}

/** A request came to nothing: between two turns nothing else gives back what was set aside for it. @param {Engine} $ @param {import("./mod/types").Flight | undefined} flight */
const nothingCame = ($, flight) => {
  land(hand, one => one === flight)
  if (givesBack(hand)) hand.later ??= $.clock.after(BOOK_MS, () => bookNow($))
}

/** A helper's stream was broken off, as what is suggested is once something is typed. @param {Engine} $ @param {import("./mod/types").Flight} flight */
const givenUp = ($, flight) => {
  if (!hand.flights.includes(flight)) return
  cutOff([flight])
  bookNow($)
}

/** Whether a record is of a request: the others are not looked at. @param {{event: string}} e */
const isOfRequest = e => e.event === "api_request" || e.event === "api_error"

/** Have the client's memory hold which record is looked at: at once, for a worker that hangs says nothing later. @param {Engine} $ @param {string} record */
const note = async ($, record) => {
  try {
    await $.state.set(RECORD, record)
  } catch {
    // Then it is not known whose it was.
  }
}

/** Which record was looked at when a worker hung. @param {Engine} $ */
const noted = async $ => (await within($, LIMIT_MS, $.state.get(RECORD)).catch(() => undefined))?.value

/** By what a record is known again. @param {{loggedAt: string, attributes: Readonly<Record<string, unknown>>}} e */
const markOf = e => `${e.loggedAt} ${e.attributes["request_id"]}`

/** @type {import("claude-code").MatchedHook<"telemetry.log", {to: "collector"}>} */
const onRecord = ($, e, next) => {
  if (hand.enabled && isOfRequest(e)) {
    void note($, markOf(e))
    const agent = String(e.attributes["agent_id"] ?? "")
    const flight = toldBy(hand, e.attributes["request_id"], agent, e.attributes["model"])
    if (e.event === "api_error") {
      if (flight?.answered && flight.request_id !== "") begunOnly($, flight)
      nothingCame($, flight)
    }
    else land(hand, one => one === flight)
    if (e.event === "api_request") {
      const micros = Number(e.attributes["cost_usd_micros"] ?? 0)
      hand.told_usd += micros / 1e6
      paid(hand, flight, micros * 1000)
      const { model: asked = "", bytes = 0, images = 0, pages = 0, pdf_bytes = 0 } = flight ?? {}
      hand.pending.push({ ...billedOf(e), asked, bytes, images, pages, pdf_bytes })
      for (const one of unreadOf(hand, agent)) hand.pending.push({ ...one, ...billedOf(e), request_id: one.request_id }) // it was asked again
      hand.seats.log = true
      if (isNear(hand) || (hand.ends && !mayPass(hand, "stop"))) bookNow($) // a client may be killed at what follows
      else hand.later ??= $.clock.after(BOOK_MS, () => bookNow($))
    }
    void note($, "")
  }
  return next(e)
}

/**
 * Let the classic hook of this event end before it starts Python.
 *
 * @param {Engine} $
 * @param {string} name of the hook, as the launcher has it
 * @param {string} [kind] what stands where passes are left, if that is known
 */
const pass = async ($, name, kind) => {
  hand.leaving = null
  try {
    // What is no file is not opened: a pipe would hold the whole client.
    const there = kind ?? (await kindOf($, hand.pass))
    if (there !== "file" && (there !== "" || !(await isThere($)))) return false
    await within($, LIMIT_MS, $.fs.write(hand.pass, name))
    return true
  } catch {
    return false
  }
}

/** What `path` is; "" where nothing is there. @param {Engine} $ @param {string} path */
const kindOf = ($, path) => within($, LIMIT_MS, $.fs.stat(path).then(found => String(found.kind), () => "")).catch(() => LATE)

/** Whether there is still a place for passes: where all was taken away, none is made anew. @param {Engine} $ */
const isThere = $ => within($, LIMIT_MS, $.fs.stat(hand.pass.slice(0, hand.pass.lastIndexOf("/"))).then(() => true, () => false))

/** Between tools and the next request, which `http.fetch` holds. @type {import("claude-code").HookFor<"classic.PostToolBatch">} */
const onBatch = async ($, e, next) => {
  hand.auto = e.permission_mode === "auto"
  if (mayPass(hand, "post_tool_batch") && isOther(e)) await pass($, "post_tool_batch")
  const { preventContinuation, stopReason, ...others } = await next(e)
  const stopped = preventContinuation === undefined ? {} : { preventContinuation, stopReason }
  // Where nobody sees a hook's words the refusal of the next request says them, and that the turn failed.
  const unseen = !hand.attended && e.agent_id === undefined && stopReason?.startsWith(TAG) === true
  // Only where that seat is at work, and refused after it was left to it the last time.
  const seated = hand.seats.fetch === false ? hand.seats.step : hand.seats.fetch // never heard: an older client
  const held = seated && hand.denied_ms >= hand.unstopped_ms
  if (!unseen || !held || !(await ask($, "ModTool", {}))?.deny) return { ...others, ...stopped }
  hand.unstopped_ms = Date.now()
  return others
}

/** Whether a loop's tools do something else than before: what repeats itself is looked at by the brain. @param {import("claude-code").ClassicEventOf["classic.PostToolBatch"]} e */
const isOther = e => {
  const key = e.agent_id ?? ""
  const batch = batchOf(e.tool_calls)
  const other = hand.batches.get(key) !== batch
  remember(hand.batches, key, batch)
  return other
}

/**
 * Where the hook would say nothing the turn begins here, unless somebody else's hook holds the prompt.
 *
 * @type {import("claude-code").HookFor<"classic.UserPromptSubmit">}
 */
const onSubmit = async ($, e, next) => {
  hand.planned = e.permission_mode === "plan"
  hand.auto = e.permission_mode === "auto"
  if (!mayPassPrompt(hand, e.prompt) || hand.turns.has("")) {
    const said = await judgedPrompt(e, next)
    if (isRefused(said)) bookNow($, isShowing(hand))
    return said
  }
  const { versions } = hand
  hand.foreseen = e.session_id
  begin($)
  const [seen, kind] = await Promise.all([versionsOf($), kindOf($, hand.pass)])
  const passing = seen === versions && pass($, "user_prompt_submit", kind)
  askForLeave($, { session_id: e.session_id, cwd: e.cwd })
  await passing
  try {
    const said = await judgedPrompt(e, next)
    if (isRefused(said)) takeBack($, isShowing(hand))
    else $.clock.after(TURNS_MS, () => hand.foreseen && takeBack($)) // it became no turn
    return said
  } catch (error) {
    takeBack($)
    throw error
  }
}

/**
 * What the hooks say of a prompt; it goes no further where a user's own that asks a model could not be heard.
 *
 * @type {(e: import("claude-code").ClassicEventOf["classic.UserPromptSubmit"], next: Parameters<import("claude-code").HookFor<"classic.UserPromptSubmit">>[2]) => Promise<Awaited<ReturnType<typeof next>>>}
 */
const judgedPrompt = async (e, next) => {
  const begun = Date.now()
  const said = await next(e)
  const why = unjudged(begun, "")
  return why !== "" && !isRefused(said) ? { ...said, block: why } : said
}

/** Whether a prompt goes no further. @param {{block?: unknown, preventContinuation?: boolean}} said */
const isRefused = said => said.block !== undefined || said.preventContinuation === true

/** Whether there is a line whose figure may be stale: what refuses knows of caps that were set elsewhere. @param {import("./mod/types").Hand} hand */
const isShowing = hand => hand.enabled && hand.attended && hand.status !== ""

/** No turn comes of what began with its prompt: what was set aside for it is given back. @param {Engine} $ */
const takeBack = ($, stale = false) => {
  hand.foreseen = ""
  hand.turns.delete("")
  turnOver(hand)
  bookNow($, stale)
}

/** What the hook of a turn's end does, is done while nobody waits. @type {import("claude-code").HookFor<"classic.Stop">} */
const onStop = async ($, e, next) => {
  const left = await hand.leaving
  hand.leaving = null
  if (left && !mayPass(hand, "stop")) await pass($, "")
  else if (mayPass(hand, "stop") && (left || (await pass($, "stop")))) {
    const { session_id: _session, cwd: _cwd, hook_event_name: _name, last_assistant_message: _said, ...event } = e
    hand.stop = event
  }
  if (hand.failures === 0 && isNear(hand) && hand.pending.length > 0) await book($) // what runs now may end the client
  return next(e)
}

/** Do what the hook of the turn's end would have done, if it is still to be done. @param {Engine} $ */
const stop = async $ => {
  const event = hand.stop
  hand.stop = null
  if (event) tell($, (await ask($, "ModStop", { stop: event }, STOP_MS))?.line)
}

/** What is left to do at a turn's end, a moment later. @param {Engine} $ */
const finish = $ => {
  bookNow($)
  const stopping = stop($).finally(() => hand.stopping === stopping && (hand.stopping = null))
  hand.stopping = stopping
}

/** @type {import("claude-code").HookFor<"turn.complete">} */
const onTurnComplete = async ($, e, next) => {
  const { begun } = hand
  const result = await next(e)
  hand.turns.delete(e.agentId ?? "")
  hand.pending.push(...unreadOf(hand, e.agentId ?? "").map(unheard))
  if (e.agentId === undefined) {
    turnOver(hand)
    // What helped with the turn ended with it, and no record will tell of that.
    if (e.reason === "aborted") cutOff(hand.flights.filter(one => one.agent === "" && one.answered && one.at_ms >= hand.begun_ms))
    land(hand, one => one.agent === "" && isUnheard(one))
    if (hand.enabled && hand.stop === null) bookNow($, isShowing(hand) && hand.denied_ms >= hand.begun_ms)
    else if (hand.enabled) $.clock.after(BOOK_MS, () => finish($))
    hand.used_ms = Date.now()
    if (hand.enabled && (hand.warm || !hand.known)) void keepWarm($, "idle")
  } else if (hand.enabled && !isUnderWay(hand)) {
    hand.grant = null
    bookNow($)
  }
  const seen = e.agentId === undefined && hand.attended && hand.note
  if (hand.enabled && (hand.broken.length > 0 || seen)) void settle($, e.turnId, e.agentId ?? "", begun)
  return result
}

/**
 * After a turn: the one line about what was done, and what an interrupted request may have cost.
 *
 * @param {Engine} $
 * @param {string} turnId
 * @param {string} agentId
 * @param {number} begun the hand's when the turn ended
 */
const settle = async ($, turnId, agentId, begun) => {
  hand.guessed.push(...(await gather($, hand.broken.length > 0 ? 0 : HEARD_MS)))
  const broken = hand.broken.splice(0)
  const guessed = hand.guessed.splice(0)
  const usd = await spentUsd($)
  const { base, unseen, seen_ms } = hand
  const gap_usd = Math.max(0, usd - base.usd - (hand.told_usd - base.told_usd))
  hand.base = { usd, told_usd: hand.told_usd }
  const answer = await ask($, "ModTurnEnd", { turn_id: turnId, agent_id: agentId, broken, guessed, gap_usd, unseen, seen_ms, working: await workingAgents($) })
  if (broken.length > 0 && (answer === null || answer.unsettled)) { // with the next turn's
    hand.broken.unshift(...broken)
    hand.guessed.unshift(...guessed)
    hand.base = base
  }
  hand.unseen = answer === null
  hand.seen_ms = answer?.seen_ms ?? seen_ms
  tell($, hand.begun === begun ? answer?.line : (answer?.late ?? answer?.line))
  if (answer !== null) $.ui.invalidate("ui.render")
}

/** Where the conversation is kept; "" on 2.1.286, which has no such call. @param {Engine} $ */
const transcriptPath = async $ => {
  try {
    return (await $.session.info()).transcriptPath
  } catch {
    return ""
  }
}

/**
 * A compaction that is about to happen: the brain leaves it to the client, skips it, asks, or has
 * Haiku write a hand-over and checks it.
 *
 * @type {import("claude-code").HookFor<"session.compact">}
 */
const onCompact = async ($, e, next) => {
  if (!hand.enabled || (hand.known && !hand.compact) || e.agentId !== undefined || e.trigger === "precompute") return next(e)
  const tail = e.trigger === "auto" ? tailOf(e.messages) : []
  const told = {
    trigger: e.trigger,
    model: await $.session.model(),
    context_tokens: (await $.session.usage()).context.tokens ?? 0,
    transcript_path: await transcriptPath($),
    interactive: hand.attended,
    prompt: headOf(tail[0]?.text),
    before: hand.said,
    begins: tail.length === 1,
    tail_chars: charsOf(tail),
  }
  /** @type {object} */
  let more = { stage: "first" }
  for (let turn = 0; turn < 3; turn++) {
    const answer = await ask($, "ModCompact", { ...told, ...more }, COMMAND_MS)
    if (putsOff(hand, answer === null, told)) return { skip: UNSURE }
    if (answer?.skip) return { skip: answer.skip }
    if (answer?.handover) {
      tell($, answer.line)
      return { messages: [{ role: /** @type {const} */ ("user"), text: answer.handover, toolUses: [] }, ...tail] }
    }
    if (answer?.question && answer.options) {
      const label = await $.ui.ask(answer.question, { options: answer.options, header: answer.header ?? "" }).catch(() => "")
      more = { stage: "asked", answer: label }
    } else if (answer?.write) {
      more = { stage: "written", ...(await put($, answer.write)) }
    } else {
      if (hand.attended) tell($, answer?.line)
      return next(e)
    }
  }
  return next(e)
}

/**
 * In a pause: ask the brain when the cache is to be used once more, and do it.
 *
 * @param {Engine} $
 * @param {"idle" | "due" | "sent"} stage
 * @param {object} more
 */
const keepWarm = async ($, stage, more = {}, agains = AGAINS) => {
  const answer = await ask($, "ModWarm", {
    stage,
    model: await $.session.model(),
    context_tokens: (await $.session.usage()).context.tokens ?? 0,
    last_ms: hand.used_ms,
    ...more,
  })
  if (answer === null) {
    if (agains > 0 && !hand.turns.has("")) hand.timer = $.clock.after(AGAIN_MS, () => void keepWarm($, stage, more, agains - 1))
    return
  }
  tell($, answer.line)
  if (answer.fork) {
    const begun = Date.now()
    const reply = await $.model.fork({ prompt: answer.fork.prompt }).catch(() => null)
    if (reply?.isAnswered) hand.used_ms = Date.now()
    await keepWarm($, "sent", { denied: !reply?.isAnswered && hand.denied_ms >= begun, ...endOf(reply) })
  } else if (answer.wait_ms !== undefined && !hand.turns.has("")) {
    hand.timer = $.clock.after(answer.wait_ms, () => void keepWarm($, "due"))
  }
}

/** @type {import("claude-code").HookFor<"session.end">} */
const onSessionEnd = async ($, e, next) => {
  hand.timer?.cancel()
  hand.later?.cancel()
  await (hand.stopping ?? stop($))
  await within($, LAST_MS, gather($, 0)).catch(() => null)
  cutOff(hand.flights.filter(one => !isUnheard(one)))
  await save($, LOADED + (await $.session.id()))
  if (hand.enabled && hand.pending.length > 0) {
    if (hand.booking !== null) await hand.booking
    if (hand.pending.length > 0) await ask($, "ModBook", {}, LAST_MS, true)
    await keep($)
  }
  await hand.saving // a client that ends amid a write leaves its lock, and the next session waits for that
  return next(e)
}

/**
 * The answer to a person's command. What allows more is asked for first, by a code that is drawn beside the dialog
 * and nowhere else: neither Enter nor anybody's hook gives it.
 *
 * @param {Engine} $
 * @param {object} told
 * @returns {Promise<Answer | null>}
 */
const commanded = async ($, told) => {
  await book($) // what it shows has the last answer in it
  const answer = await ask($, "ModCommand", told, COMMAND_MS)
  $.ui.invalidate("ui.render")
  if (answer?.code === undefined) return answer
  const { question = "", options = [], header = "", hint = "", code, unchanged = "", wrong = "", instead = "" } = answer
  hand.dialog = { question, hint }
  const said = await $.ui.ask(question, { options, header }).catch(() => "")
  hand.dialog = null
  if (said.trim().toLowerCase() === code) return commanded($, { ...told, confirmed: true })
  if (said === "" || options.includes(said)) return { ...answer, text: unchanged }
  return { ...answer, text: /\s/.test(said.trim()) ? `${wrong}\n${instead}${said}` : wrong } // a prompt, typed on
}

/** @type {import("claude-code").MatchedHook<"ui.render", {component: "AskUserQuestion"}>} */
const onDialog = async ($, e, next) => {
  const drawn = await next(e)
  if (hand.dialog === null || !JSON.stringify(e.props.questions).includes(JSON.stringify(hand.dialog.question))) return drawn
  const { Box, Text } = $.ui.resolve(e)
  return Box({ flexDirection: "column", children: [Text({ children: hand.dialog.hint }), drawn] })
}

/** Where a level or a model is chosen by a person: it is theirs. @type {import("claude-code").HookFor<"command.run">} */
const onLevel = async (_$, e, next) => {
  hand.chosen = true
  hand.named ||= e.command === "model"
  return next(e)
}

/** @type {import("claude-code").HookFor<"command.run">} */
const onCommand = async ($, e, _next) => {
  const answer = await commanded($, { command: e.command, args: e.args, columns: e.presentation.columns, origin: e.origin.kind })
  const text = answer?.text ?? unansweredBy(e.command, e.args, hand.cause)
  // Amid a turn the client would draw it where that ends.
  const busy = hand.attended && hand.turns.has("") && (await isShown($, `❯ /${`${e.command} ${e.args}`.trim()}\n${text}`))
  if (busy) return { text: ANSWERED, isTextDisplayOnly: /** @type {const} */ (true) }
  return { text, isTextDisplayOnly: /** @type {const} */ (true), ...(answer?.exit_code && { exitCode: answer.exit_code }) }
}

/**
 * `cheaproute COMMAND` typed as a prompt: its answer is drawn, and the box is empty. What the brain does not know as
 * one is a prompt like any other; where the client places no rows (before 2.1.322) the classic hook shows it.
 *
 * @type {import("claude-code").HookFor<"prompt.submit">}
 */
const onPrompt = async ($, told, next) => {
  // What was typed while a command was being answered has that command behind it.
  const e = { ...told, text: without(told.text, hand.dropped) || told.text }
  if (!hand.enabled || !hand.attended || e.origin.kind !== "composer" || !NAMED.test(e.text)) return next(e)
  const text = (await commanded($, { prompt: headOf(e.text), origin: e.origin.kind }))?.text
  if (!text) return next(e)
  hand.dropped = e.text
  $.clock.after(SETTLED_MS, () => void empty($, e.text))
  if (!(await isShown($, `❯ ${e.text.trim()}\n${text}`))) return next(e)
  return { drop: "cheaproute answered above, without an API call" }
}

/** Take a dropped prompt out of the box again. @param {Engine} $ @param {string} typed */
const empty = async ($, typed) => {
  const box = await $.prompt.read()
  const text = without(box.text, typed)
  if (text !== box.text) await $.prompt.fill({ text, mode: "replace" })
  hand.dropped = ""
}

/** Whether the client shows `text` as a row of ours. @param {Engine} $ @param {string} text */
const isShown = async ($, text) => {
  const id = `answer-${hand.answers.size}`
  hand.answers.set(id, text)
  try {
    return (await $.ui.place({ id })).isPlaced
  } catch {
    return false
  }
}

/** @type {import("claude-code").MatchedHook<"ui.render", {component: "Placed"}>} */
const onPlaced = ($, e, next) => {
  const text = hand.answers.get(e.props.id)
  if (text === undefined || e.props.plugin !== $.plugin.name) return next(e)
  const { Box, Text } = $.ui.resolve(e)
  const children = text.split("\n").map(line => Text({ children: line || " " }))
  return Box({ flexDirection: "column", marginTop: 1, children })
}

/** A sum of ours, whichever of them a narrow line has kept. */
const OURS = /(session|today|month) \u2265?\$/

/** @type {import("claude-code").MatchedHook<"ui.render", {component: "StatusLine"}>} */
const onStatusLine = ($, e, next) => {
  // The user's own line may be ours: then it says the same.
  if (!hand.enabled || hand.status === "" || OURS.test(e.props.text ?? "")) return next(e)
  const text = e.props.text === null ? hand.status : `${e.props.text}\n${hand.status}`
  return next({ ...e, props: { ...e.props, text } })
}

/** @type {import("claude-code").Register} */
export const register = (on, options) => {
  settings = options
  on("session.start", onSessionStart)
  on("prompt.submit", onPrompt)
  on("agent.spawn", onAgentSpawn)
  on("turn.start", onTurnStart)
  on("turn.step", onStep).catch(async function* ($, e, next) {
    if (!next.called) hand.seats.step = null
    hand.caught = true
    failed($, next)
    const why = next.called ? undefined : await unchecked($)
    return yield* why === undefined ? next(e) : refused(e, why)
  })
  on("tool.call", onToolCall)
  on("classic.PreToolUse", onJudged)
  on("classic.UserPromptSubmit", onSubmit)
  on("classic.PostToolBatch", onBatch)
  on("classic.Stop", onStop)
  on("http.fetch", onFetch).catch(async ($, e, next) => {
    hand.caught = true
    failed($, next)
    if (next.called || next.origin.plugin !== "engine" || !isPaid(e.url)) return next(e)
    hand.seats.fetch = null // steps hold from here on, and the session says so
    const why = await unchecked($)
    if (why !== undefined) hand.shut_ms = Date.now()
    return why === undefined ? next(e) : { deny: why }
  })
  // Each record, though most are handed on at once: where the client meets a hang at one, too, it starts the module anew; else it unloads it.
  on("telemetry.log", { to: "collector" }, onRecord).catch(async ($, e, next) => {
    const fresh = !hand.loaded
    hand.seats.log = null
    shut(hand, next.error.kind === "timeout" ? SLOW_MODULE : BROKEN_MODULE) // a second is all it has: late is no hang
    if (fresh && isOfRequest(e)) {
      hand.caught = true // the record says whose spin it was, and the next request may be here before the session
      if ((await noted($)) === markOf(e)) rest($) // its own part hung what all modules run in
    }
    return next(e)
  })
  on("turn.complete", onTurnComplete)
  on("session.compact", onCompact).catch(async ($, e, next) => (next.called || e.trigger !== "auto" ? next(e) : { skip: UNSURE }))
  on("session.end", onSessionEnd)
  on("command.run", { command: "cheaproute:costs" }, onCommand).catch(($, e, next) => next(e)) // the skill's name, and what `/costs` stands for
  on("command.run", { command: "cheaproute" }, onCommand)
  on("command.run", { command: "effort" }, onLevel)
  on("command.run", { command: "model" }, onLevel)
  on("ui.render", { component: "AskUserQuestion" }, onDialog)
  on("ui.render", { component: "Placed" }, onPlaced)
  on("ui.render", { component: "StatusLine" }, onStatusLine)
  return undefined
}
