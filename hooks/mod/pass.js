// Which classic hooks need not be started. Nothing here takes `$`.

/**
 * Whether the brain would have nothing to say in the classic hook `name`: by its last answer, with
 * every seat at work, so that each request is held and booked without that hook.
 *
 * @param {import("./types").Hand} hand
 * @param {string} name
 */
export const mayPass = (hand, name) => {
  const { step, fetch, log } = hand.seats
  const granted = hand.grant !== null && (hand.grant.any === true || hand.grant.nano > 0)
  const live = step === true && fetch === true && log === true
  return live && granted && hand.enabled && hand.failures === 0 && hand.passes.includes(name)
}
