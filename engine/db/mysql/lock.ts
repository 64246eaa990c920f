import { createHash } from 'node:crypto'

/** Locks are per server, not per database, and their names have at most 64 characters, whose case makes no difference. */
export function lockName(database: string, name: string): string {
  const hash = createHash('sha256').update(`${database}\0${name}`).digest('hex').slice(0, 40)
  return `starline:${hash}`
}
