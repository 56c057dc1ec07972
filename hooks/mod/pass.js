// Which classic hooks need not be started. Nothing here takes `$`.

import { hasLeave } from "./hand.js"

/** What may be a command of ours is looked at by the hook. */
const COMMAND = /^\s*[!/]|cheaproute/i

/**
 * Whether the brain would have nothing to say in the classic hook `name`: by its last answer, with
 * every seat at work, so that each request is held and booked without that hook.
 *
 * @param {import("./types").Hand} hand
 * @param {string} name
 */
const isSpared = (hand, name) => {
  const { step, fetch, log } = hand.seats
  const live = step === true && fetch === true && log === true
  return live && hand.enabled && hand.failures === 0 && hand.passes.includes(name)
}

/** The same within a turn, whose leave has to be in hand. @param {import("./types").Hand} hand @param {string} name */
export const mayPass = (hand, name) => isSpared(hand, name) && hasLeave(hand)

/** The same before a turn, where `prompt` is for the model alone. @param {import("./types").Hand} hand @param {string} prompt */
export const mayPassPrompt = (hand, prompt) => isSpared(hand, "user_prompt_submit") && !COMMAND.test(prompt)
