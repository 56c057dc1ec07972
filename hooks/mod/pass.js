// Which classic hooks need not be started. Nothing here takes `$`.

/** What may be a command of ours is looked at by the hook. */
const COMMAND = /^\s*[!/]|cheaproute/i

/**
 * Whether the brain would have nothing to say in the classic hook `name`: by its last answer, with
 * every seat at work, so that each request is held and booked without that hook.
 *
 * @param {import("./types").Hand} hand
 * @param {string} name
 */
export const mayPass = (hand, name) => {
  const { step, fetch, log } = hand.seats
  const live = step === true && fetch === true && log === true
  return live && hand.enabled && hand.failures === 0 && hand.passes.includes(name)
}

/** Whether `prompt` is for the model alone. @param {string} prompt */
export const isPlain = prompt => !COMMAND.test(prompt)
