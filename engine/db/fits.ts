import type { ValueType } from './value-type.ts'
import { typeWords } from './check.ts'

type Kind = ValueType['kind']

/** Where a column of each kind can go without loss, given that its values are checked one by one. */
const GOES_TO: Readonly<Record<Exclude<Kind, 'other' | 'null'>, readonly Kind[]>> = {
  integer: ['integer', 'decimal', 'float', 'text', 'boolean'],
  decimal: ['decimal', 'text'],
  float: ['float'],
  boolean: ['boolean', 'integer', 'text'],
  text: ['text', 'enum', 'json', 'uuid'],
  enum: ['enum', 'text'],
  binary: ['binary'],
  date: ['date', 'timestamp', 'text'],
  timestamp: ['timestamp', 'text'],
  time: ['time', 'text'],
  json: ['json', 'text'],
  uuid: ['uuid', 'text'],
}

/** What would be lost, where the two kinds alone don't say it. */
const LOSSES: Readonly<Record<string, string>> = {
  'decimal integer': 'its digits after the point would be lost',
  'decimal float': 'its digits would be rounded',
  'float float': 'its digits would be rounded',
  'float decimal': 'a float has no exact digits',
  'float integer': 'a float has no exact digits',
  'float text': 'a float has no one way of being written',
  'timestamp date': 'its time of day would be lost',
  'timestamp time': 'its date would be lost',
  'binary text': 'bytes have no characters until they are decoded',
}

/**
 * Whether a column of one type can go to a column of another without loss; asked once, before the first row.
 *
 * Values are checked one by one later on, so a wider column may go to a narrower one of its kind. A file's untyped text
 * goes anywhere but to bytes: there is no one way to write those.
 *
 * @returns undefined where it can, otherwise the reason with the way out
 * @example
 * fits({ kind: 'timestamp', precision: 6 }, { kind: 'date' })
 * // 'a timestamp with 6 digits after the second does not go to a date: its time of day would be lost; CAST it in the source'
 */
export function fits(from: ValueType, to: ValueType): string | undefined {
  if (to.kind === 'other') return `no load carries the type ${to.name}; declare the column in another one`
  if (from.kind === 'other') return `no load carries the type ${from.name}; CAST it in the source`
  if (canGo(from, to)) return undefined
  const loss = LOSSES[`${from.kind} ${to.kind}`]
  return `${typeWords(from)} does not go to ${typeWords(to)}${loss === undefined ? '' : `: ${loss}`}; ${wayOut(from, to)}`
}

function canGo(from: Exclude<ValueType, { kind: 'other' }>, to: ValueType): boolean {
  if (from.kind === 'null') return true
  if (from.kind === 'text' && from.untyped) return to.kind !== 'binary'
  if (from.kind === 'decimal' && to.kind === 'integer') return from.scale === 0
  if (from.kind === 'float' && to.kind === 'float') return from.bits <= to.bits
  return GOES_TO[from.kind].includes(to.kind)
}

function wayOut(from: ValueType, to: ValueType): string {
  return from.kind === 'text' && to.kind === 'binary' ? 'decode it in the source' : 'CAST it in the source'
}
