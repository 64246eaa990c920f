import type { ValueType } from '../value-type.ts'

/** More members than these would bury the message. */
const MEMBERS_SHOWN = 8

/**
 * A type in words, for messages: `DECIMAL(10,2)`, `an integer from 0 to 255`, `text of at most 120 characters`.
 *
 * @example
 * typeWords({ kind: 'integer', min: 0n, max: 255n })   // 'an integer from 0 to 255'
 */
export function typeWords(type: ValueType): string {
  switch (type.kind) {
    case 'integer': return `an integer from ${type.min} to ${type.max}`
    case 'decimal': return `DECIMAL(${type.precision},${type.scale})`
    case 'float': return `a ${type.bits}-bit float`
    case 'boolean': return 'a boolean'
    case 'text': return textWords(type)
    case 'enum': return memberWords(type.values)
    case 'binary': return type.length === undefined ? 'bytes' : `at most ${count(type.length, 'byte')}`
    case 'date': return 'a date'
    case 'timestamp': return `a timestamp${digitWords(type.precision)}${rangeWords(type)}`
    case 'time': return `a time of day${digitWords(type.precision)}`
    case 'json': return 'JSON'
    case 'uuid': return 'a UUID'
    case 'other': return type.name
    default: return 'NULL'
  }
}

function textWords({ length, bytes, untyped }: Extract<ValueType, { kind: 'text' }>): string {
  const limits = [
    length === undefined ? undefined : count(length, 'character'),
    bytes === undefined ? undefined : count(bytes, 'byte'),
  ].filter((limit) => limit !== undefined)
  const text = untyped ? 'untyped text' : 'text'
  return limits.length === 0 ? text : `${text} of at most ${limits.join(' and ')}`
}

function memberWords(values: readonly string[]): string {
  const shown = values.slice(0, MEMBERS_SHOWN).map((value) => `'${value}'`).join(', ')
  return values.length > MEMBERS_SHOWN ? `one of ${shown} and ${values.length - MEMBERS_SHOWN} more` : `one of ${shown}`
}

function rangeWords({ min, max }: { readonly min?: string; readonly max?: string }): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` from ${min} on`
  return max === undefined ? '' : ` up to ${max}`
}

function digitWords(precision: number): string {
  return precision === 0 ? ' in whole seconds' : ` with ${count(precision, 'digit')} after the second`
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`
}
