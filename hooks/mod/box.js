// What stands in the prompt's box. Nothing here takes `$`.

/**
 * `text` without `typed` as its last lines: a prompt that was dropped is put back by the client, behind
 * what was typed meanwhile.
 *
 * @param {string} text
 * @param {string} typed
 */
export const without = (text, typed) => {
  const [whole, last] = [text.trimEnd(), typed.trim()]
  const rest = whole.slice(0, whole.length - last.length)
  return last !== "" && whole.endsWith(last) && /^$|\n\s*$/.test(rest) ? rest.trimEnd() : text
}
