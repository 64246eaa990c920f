/**
 * The warehouse's clock: a TIMESTAMP in UTC with microseconds, whatever the session's time zone.
 * Within one transaction it stands still, at the transaction's start.
 */
export const NOW = 'make_timestamp(epoch_us(now()))'

/** The instant `seconds` after it. */
export function after(seconds: number): string {
  return `make_timestamp(epoch_us(now()) + ${Math.round(seconds * 1_000_000)})`
}
