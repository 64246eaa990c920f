/**
 * Secrets that were read from a configuration by this process.
 *
 * The one piece of state at module level: a log line or an error text may come from any driver at any depth, so the
 * place where a password is read is the only one that can tell the writers of text what must never be written.
 */
const secrets = new Set<string>()

/** Marks a text as secret: from now on `redact` takes it out of everything that is written. */
export function keepSecret(secret: string | undefined): void {
  if (secret === undefined || secret.length < 3) return
  secrets.add(secret)
  secrets.add(encodeURIComponent(secret))
}

/** The text without passwords: known secrets and the user part of any URL become `***`. */
export function redact(text: string): string {
  let clean = text
  // The longest first, and all before the URLs: what is cut from a secret leaves a rest that nobody knows again.
  for (const secret of [...secrets].toSorted((a, b) => b.length - a.length)) clean = clean.replaceAll(secret, '***')
  return clean.includes('://') ? clean.replaceAll(/[^\s'"]+/g, withoutPassword) : clean
}

/** By hand: an expression would look through a long word once for each of its letters, and texts are as long as who sends them likes. */
function withoutPassword(word: string): string {
  let clean = ''
  let done = 0
  for (let at = word.indexOf('://'); at !== -1; at = word.indexOf('://', at + 3)) {
    const user = /[/@:]/g
    user.lastIndex = at + 3
    const stop = user.exec(word)?.index
    if (stop === undefined || word[stop] !== ':') continue
    const end = word.indexOf('@', stop)
    if (end === -1) break
    clean += `${word.slice(done, stop)}:***`
    done = at = end
  }
  return clean + word.slice(done)
}
