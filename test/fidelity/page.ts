/** The tables of docs/reference/types.md, made of what the tests load: the page is held to them letter by letter. */

import { fits } from '../../engine/db/fits.ts'
import type { ValueType } from '../../engine/db/value-type.ts'
import { databases, typeIn, types } from './types.ts'
import type { DatabaseName } from './types.ts'

const code = (text: string): string => `\`${text}\``
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const KINDS: Readonly<Record<string, ValueType>> = {
  'integer': { kind: 'integer', min: -128n, max: 127n }, 'decimal': { kind: 'decimal', precision: 10, scale: 2 },
  'float of 32 bits': { kind: 'float', bits: 32 }, 'float of 64 bits': { kind: 'float', bits: 64 }, 'boolean': { kind: 'boolean' },
  'text': { kind: 'text' }, 'text of a file': { kind: 'text', untyped: true }, 'ENUM': { kind: 'enum', values: ['a'] }, 'bytes': { kind: 'binary' },
  'date': { kind: 'date' }, 'timestamp': { kind: 'timestamp', precision: 6 }, 'time of day': { kind: 'time', precision: 6 },
  'JSON': { kind: 'json' }, 'UUID': { kind: 'uuid' },
}

/** What the types of a source and of a table say before the first row. */
export function kindTable(): string {
  const targets = Object.entries(KINDS).filter(([name]) => name !== 'text of a file')
  return table(['from', 'into'], Object.entries(KINDS).map(([name, type]) => [name, targets.filter(([, to]) => fits(type, to) === undefined).map(([to]) => to).join(', ')]))
}

export function carriedTable(database: DatabaseName): string {
  return table([`${database}'s`, ...databases.map((to) => `into, on ${to}`)], types[database].carried.map((one) =>
    [code(one.type), ...databases.map((to) => typeIn(to, one) === one.type ? 'the same' : code(typeIn(to, one)))]))
}

export function refusedTable(database: DatabaseName): string {
  return table([`${database}'s`, 'bring instead'], types[database].refused.map(({ type, instead }) => [code(type), instead.split(/ (?:or|and) /).length > 1 || instead.startsWith('its') ? instead : code(instead)]))
}

export function valueTable(database: DatabaseName): string {
  return table(['of', 'the value', 'into', 'on'], types[database].values.filter(({ show = true }) => show).map(({ of, value, into, only }) =>
    [code(of), value, code(into), only ?? 'every warehouse']))
}
