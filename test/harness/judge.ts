/** Whether a reader may see what it saw. */

import { messageOf } from '../../engine/errors.ts'
import { readingOf, signatureOf } from './model.ts'
import type { Reading, State } from './model.ts'

/** A state that the star may be in, as a reader knows it: its path of generations, and what one query sees of it. */
export interface Sight {
  readonly path: readonly number[]
  readonly signature: string
}

export const sightOf = (state: State): Sight => ({ path: state.path, signature: signatureOf(readingOf(state)) })

/** What readers must never see. */
export type Fault = 'missing' | 'empty' | 'partial' | 'mixed' | 'backwards' | 'error'

export interface Violation {
  readonly fault: Fault
  readonly text: string
}

/** What one reading was: a state that may be, or a violation. */
export type Verdict = { readonly sight: Sight } | { readonly violation: Violation }

/**
 * Judges a reading: it must be exactly one of the states that the star may be in, and none that comes before what was
 * seen already when the reading began.
 */
export function judge(reading: Reading, may: readonly Sight[], seen: readonly number[]): Verdict {
  const signature = signatureOf(reading)
  const sights = may.filter((sight) => sight.signature === signature)
  const sight = sights.find(({ path }) => follows(path, seen))
  if (sight !== undefined) return { sight }
  const text = `saw ${JSON.stringify(reading)} after ${last(seen)}; may be ${may.map(({ path }) => last(path)).join(' or ')}`
  return { violation: { fault: faultOf(reading, sights.length > 0, seen), text } }
}

function faultOf({ sales, shops, items, oldest, newest, astray, mixed }: Reading, known: boolean, seen: readonly number[]): Fault {
  if (sales === 0 || shops === 0 || items === 0) return 'empty'
  if (oldest !== newest || astray > 0 || mixed > 0) return 'mixed'
  return known || newest < (seen.at(-1) ?? 0) ? 'backwards' : 'partial'
}

/** A reader's query must always be answered: whatever error it meets is a violation. */
export function judgeError(error: unknown): Violation {
  const text = messageOf(error)
  return { fault: /no such table|does(n't| not) exist/i.test(text) ? 'missing' : 'error', text }
}

/** Whether the later path goes on from the earlier one. */
export function follows(later: readonly number[], earlier: readonly number[]): boolean {
  return earlier.length <= later.length && earlier.every((generation, i) => later[i] === generation)
}

const last = (path: readonly number[]): string => `generation ${path.at(-1) ?? 'none'}`
