import { ConfigurationError } from '../../errors.ts'

/** The warehouse's clock: a TIMESTAMP in UTC with microseconds. It stands still while a statement runs. */
export const NOW = "(statement_timestamp() AT TIME ZONE 'UTC')"

/** The instant `seconds` after it. */
export function after(seconds: number): string {
  if (!Number.isFinite(seconds)) throw new ConfigurationError(`${seconds} is no number of seconds`)
  return `(statement_timestamp() AT TIME ZONE 'UTC' + INTERVAL '${Math.round(seconds * 1_000_000)} microseconds')`
}
