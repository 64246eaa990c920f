import { FencedError } from '../errors.ts'

/** What a run is told whose target a newer one has taken over. */
export const fenced = (table: string, cause?: unknown): FencedError => new FencedError('a newer run has taken this table over', {
  where: `table ${table}`, why: 'its fence was raised while this run was loading', wayOut: 'nothing to do: the newer run publishes', cause,
})
