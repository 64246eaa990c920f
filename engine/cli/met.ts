import { StarlineError, StoppedError } from '../errors.ts'
import { errorText, partText } from './say-error.ts'
import type { Io } from './terminal.ts'

/** An error, and whom it met: `dimension product`; nobody where it ended the whole. */
export interface Meeting {
  readonly error: Error
  readonly label?: string
}

/**
 * Each error once, as people read it, with all whom it met: a source that lets nobody in fails everything that reads it. Two
 * that differ in nothing but whom they met are one.
 */
export function metTexts(meetings: readonly Meeting[], io: Io): string[] {
  const all = meetings.flatMap(({ label }) => label ?? [])
  const groups = new Map<string, { readonly error: Error; readonly labels: string[] }>()
  for (const { error, label } of meetings) {
    const key = keyOf(error, label, all)
    const group = groups.get(key) ?? { error, labels: [] }
    groups.set(key, group)
    if (label !== undefined && !(error instanceof StoppedError)) group.labels.push(label)
  }
  return [...groups.values()].map(({ error, labels }) => textOf(error, [...new Set(labels)], all, io))
}

/** Not its text on the screen, which folds where there is room. One that was remembered names the first that it met. */
function keyOf(error: Error, label: string | undefined, all: readonly string[]): string {
  const without = (text = ''): string => (label === undefined ? text : text.replaceAll(label, ''))
  if (!(error instanceof StarlineError)) return without(`${error.name} ${error.message}`)
  return JSON.stringify([error.name, placeOf(error, all), without(error.what), error.problems.map(without), without(error.why), without(error.wayOut)])
}

function textOf(error: Error, labels: readonly string[], all: readonly string[], { out, env }: Io): string {
  const [first = ''] = labels
  if (labels.length === 0 || (labels.length === 1 && error.message.includes(first))) return errorText(out, error, env)
  return `${errorText(out, error, env, placeOf(error, all))}${partText(out, 'met by', labels.join(', '))}\n`
}

/** Where it happened, without those that it was met by. */
function placeOf(error: Error, all: readonly string[]): string {
  const where = error instanceof StarlineError ? error.where ?? '' : ''
  return where.split(', ').filter((part) => !all.includes(part.replace(/^source of /, ''))).join(', ')
}
