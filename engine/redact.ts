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
  return clean.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)([^\s/@:'"]*):([^\s@'"]*)@/gi, '$1$2:***@')
}
