/** An `api_request` record's counts and ids. */
export type Billed = { at: string; [name: string]: string | number | boolean | undefined }

/** A request under way; `bytes` are its text alone, `answered` that its answer has begun. */
export type Flight = {
  model: string
  bytes: number
  images: number
  pages: number
  pdf_bytes: number
  max_tokens: number
  agent: string
  at_ms: number
  request_id: string
  answered: boolean
  unread?: boolean
  /** Whether its answer comes in one piece, and when that came. */
  whole?: boolean
  /** of a whole one: what it was asked with is kept by the API for the next of its kind */
  caches?: boolean
  answered_ms?: number
  nano?: number
  /** Whether a tool has waited for its record in vain. */
  given_up?: boolean
  /** How often it is likely to be sent: another module beneath may send more than one. */
  sends?: number
}

/** What a request of so many bytes costs, and each byte more. */
export type Price = { model: string; bytes: number; nano: number; byte_nano: number }

/**
 * The brain's leave to go without asking: so many nano-dollars, for so many seconds, for requests
 * like the last one of each loop, and for others by their model, as if nothing of them were cached;
 * a first one is thought to be so long where that is not known, an image and a page weigh so many
 * bytes.
 */
export type Grant = {
  any?: boolean
  /** Whether one call may reach a cap. */
  near?: boolean
  nano: number
  seconds: number
  loops: Record<string, Price>
  fresh?: Record<string, Price>
  first_bytes?: number
  weights?: Partial<Record<"images" | "pages" | "pdf_bytes", number>>
}

/**
 * What a session may spend that never hears the brain, nano-dollars: by the cap of each session, and what was left of the
 * others (null: none that stops), until one of their periods ends; then all of the least of them.
 */
export type Bound = { session: number | null; left: number | null; until_ms: number; whole: number | null }

/** What the brain may answer; what is absent is as it was. */
export type Answer = {
  booked?: boolean
  enabled?: boolean
  closed?: boolean
  /** It failed, and this is why a gate that fails closed refuses. */
  unchecked?: string
  cause?: string
  asks?: string
  grant?: Grant
  /** What is left under every cap that stops, nano-dollars; null where none does. */
  left?: number | null
  bound?: Bound | null
  held?: boolean
  files?: string[]
  pass?: string
  /** Whether a process may stand by for the questions of a turn. */
  stands?: boolean
  passes?: string
  deny?: string
  denies?: string[]
  waits?: boolean[]
  model?: string
  effort?: Effort
  watch?: boolean
  up?: boolean
  read?: { model: string; prompt: string; max_tokens: number; timeout_ms: number }
  status?: string
  /** The files that hold what `status` says. */
  made?: string[]
  again_ms?: number
  note?: boolean
  caps?: Record<string, number>
  line?: string
  /** The same, where another turn has begun meanwhile. */
  late?: string
  /** What was broken off could not be counted: it is to be told again. */
  unsettled?: boolean
  /** A loop stays on what it runs on: a choice could not be noted. */
  kept?: boolean
  seen_ms?: number
  text?: string
  exit_code?: number
  /** A context of so many tokens is compacted whatever the user plans; 0: nothing is planned. */
  compact?: number
  warm?: boolean
  leave?: boolean
  skip?: string
  question?: string
  header?: string
  options?: string[]
  hint?: string
  code?: string
  /** What is said where the dialog was answered otherwise: by one of its options, by another text. */
  unchanged?: string
  wrong?: string
  /** What stands before the words that were typed in the place of the code. */
  instead?: string
  write?: { model: string; prompt: string; max_tokens: number; timeout_ms: number }
  handover?: string
  wait_ms?: number
  fork?: { prompt: string }
}

/** A request that was interrupted: what the engine knows of it. */
export type Broken = { agent: string; model: string; request_id: string; usage: object }

export type Effort = "low" | "medium" | "high" | "xhigh" | "max"

/** What was chosen for the loop's turn, and the model it was chosen over. */
export type Loop = { turn: string; over: string; model?: string; effort?: Effort; watch: boolean; uses: Use[]; tokens: number[] }

/** A tool use of a watched agent: hashes of what it was and of its error. */
export type Use = { name: string; key: string; failed: boolean; error: string }

/** What a subagent was started with. */
export type Task = { tool_use_id: string; type: string; description: string; prompt: string; model: string; parent_model: string; fork: boolean; shared: boolean }

export type Hand = {
  loaded: boolean
  /** How often lately this session's modules were started anew, once that is looked up. */
  reloads: Promise<number> | null
  /** Whether the `.catch` of a gate was called. */
  caught: boolean
  known: boolean
  caps: Record<string, number>
  enabled: boolean
  /** Whether a gate came to nothing by itself: then the module rests for the session. */
  hung: boolean
  said_rests: boolean
  /** What is kept, as JSON and by its key, once that was looked up; and what is being kept. */
  kept_as: Record<string, string>
  saving: Promise<unknown> | null
  /** Whether the session was told that nothing is looked at. */
  said_alone: boolean
  /** How many requests left below a cap that nobody judged, since the brain was told; whether the session was. */
  unheld: number
  said_unheld: boolean
  /** How many requests were refused that nobody judged, since the brain was told. */
  barred: number
  /** How many turns of the main loop have begun: by then their prompts are drawn. */
  begun: number
  closed: boolean
  asks: string
  compact: number
  /** Whether a compaction was put off since the brain last answered about one. */
  spared: boolean
  warm: boolean
  timer: { cancel: () => void } | null
  used_ms: number
  /** When a request was refused last. */
  denied_ms: number
  /** When the end of a run was last left to the refusal of its next request. */
  unstopped_ms: number
  /** How often the last request was sent. */
  sends: number
  /** When the tools of late began, and in whose loop, by their use's id. */
  tools: Map<string, { at_ms: number, agent: string }>
  /** What waits at the gate and may be asked by a user's own hook. */
  judging: Set<Flight>
  /** By loop, when a request was last refused or given up at the gate, and what is said of a tool that it may have been to judge. */
  unasked: Map<string, { at_ms: number, why: string }>
  /** The loops whose turn is under way ("": the main one), and when each was last heard of. */
  turns: Map<string, number>
  /** How many turns of the main loop have begun or ended: a leave is none of another's. */
  turn: number
  /** Whether the ledger has something set aside for this client. */
  held: boolean
  /** When the main loop's turn began, and when the brain last answered or failed. */
  begun_ms: number
  heard_ms: number
  /** Whether the question under way has been put, so that its limit ends it. */
  put: boolean
  status: string
  /** Whether a pause is looked through for a figure that others have changed; what it is made of, and as what that was seen. */
  watches: boolean
  made: string[]
  made_as: string
  note: boolean
  /** Up to when the last line that was shown tells what was done; whether one came too late since. */
  seen_ms: number
  unseen: boolean
  attended: boolean
  /** The session whose turn began last, and where its total stood then or was looked at since. */
  session: string
  base: { usd: number; told_usd: number }
  told_usd: number
  /** The same, where the first left of those whose answer comes in one piece and that no record told of yet. */
  before: { usd: number; told_usd: number }
  /** Whether a check of what is done is the client's own: its permission mode, where last heard. */
  auto: boolean
  broken: Broken[]
  /** Of what was answered beside that, what is booked by what it is likely to cost. */
  guessed: Flight[]
  /** What was left, and what had been told of by then. */
  left: { nano: number; told_usd: number } | null
  grant: (Grant & { until_ms: number }) | null
  pending: Billed[]
  flights: Flight[]
  /** Where the user's limits and settings are written, and as what they were seen before the leave. */
  files: string[]
  versions: string
  /** The last look at them, and when it began. */
  looking: Promise<string>
  looked_ms: number
  /** The file in which a classic hook finds that it need not start. */
  pass: string
  /** What no start of ours is handed: a settings file made it too long for any. */
  emptied: Record<string, string>
  /** The word that who stands by says before each answer, a blank, where it is asked; "" where nobody does. */
  door: string
  stands: boolean
  /** Before that nobody is had stand by again. */
  stand_ms: number
  /** How many in a row of those who stood by did not answer. */
  unreached: number
  passes: string[]
  /** Of the pass that is left for the turn's end while its answer ends: whether it could be. */
  leaving: Promise<boolean> | null
  planned: boolean | null
  /** Whether a person was where a model's level is chosen, since this began. */
  chosen: boolean
  /** Whether a person was where the model is, since the session began. */
  named: boolean
  /** The session whose turn to come has begun with its prompt; "" for none. */
  foreseen: string
  /** The turn's end that is still to be looked after. */
  stop: object | null
  stopping: Promise<unknown> | null
  batches: Map<string, string>
  statuses: Map<string, number>
  /** The last request of each agent where that was refused here. */
  refused: Map<string, { model: string; at_ms: number }>
  /** When a gate that failed last refused a request, of whichever agent. */
  shut_ms: number
  /** What a gate says that fails closed: why the brain could not be asked, the last time; and that alone. */
  shut: string
  cause: string
  loops: Map<string, Loop>
  tasks: Map<string, Task>
  texts: Map<string, string>
  answers: Map<string, string>
  /** The prompt that was answered here and dropped last. */
  dropped: string
  /** The question that a person is asked now, and what is drawn above it. */
  dialog: { question: string; hint: string } | null
  said: string
  asking: Promise<unknown> | null
  /** What the brain is asked where it never said what is to be done without it. */
  word: Promise<unknown> | null
  batch: { flights: Flight[]; answer: Promise<Answer | null> | null } | null
  wakes: ((value: unknown) => void)[]
  booking: Promise<unknown> | null
  later: { cancel: () => void } | null
  ends: boolean
  rest_ms: number
  failures: number
  /** Why a person's command got no answer, to be logged with the next question; "" for nothing. */
  missed: string
  kept: boolean
  /** Which were seen at work; null where one failed. */
  seats: Record<"step" | "fetch" | "log", boolean | null>
}
