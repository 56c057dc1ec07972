// What an environment may do to a program before anything of it begins. Nothing here takes `$`.

/** A variable so long is left out where no program starts: Linux hands on none of 128 kB, nor 2 MB in all. */
const LONG_CHARS = 1000
/** What the system's loader, a shell and Python obey; what keeps hooks from beginning (client/plugins/switches.py) is of it. */
const GROUND = /^(LD_|DYLD_|GLIBC_|MALLOC_|LOCPATH$|PYTHON|__PYVENV|BASH|(SHELLOPTS|ENV|PS4|IFS|POSIXLY_CORRECT)$)/

/**
 * The variables that `env`, a settings file's, sets and with which no program of ours may begin: emptied.
 *
 * @param {object} env
 * @returns {Record<string, string>}
 */
export const emptiedOf = env => {
  const found = Object.entries(env).filter(([name, value]) => GROUND.test(name) || String(value).length > LONG_CHARS)
  return Object.fromEntries(found.map(([name]) => [name, ""]))
}
