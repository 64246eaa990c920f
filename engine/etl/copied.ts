import type { Dialect, Made } from '../db/dialect.ts'
import type { FlowColumn } from '../db/flow.ts'
import { holds } from '../db/holds.ts'
import { typeWords } from '../db/check.ts'
import type { FittedColumn } from './load.ts'

/** Why the values of these columns have to be looked at one by one; undefined where the table's columns hold whatever comes. */
export function whyLookedAt(columns: readonly FlowColumn[], into: readonly FittedColumn[], readsText: Dialect['readsText'] = () => false): string | undefined {
  for (const { name, from = name, type } of into) {
    const given = columns.find((column) => column.name === from)
    if (given === undefined || (isUntyped(given) && readsText(type)) || holds(type, given.type)) continue
    return isUntyped(given) ? `column ${from} is text without a type at the source`
      : `column ${from} is ${typeWords(given.type)} at the source, and not all that can be in it goes into ${typeWords(type)}`
  }
  return undefined
}

const isUntyped = ({ type }: FlowColumn): boolean => type.kind === 'text' && type.untyped === true

/** A column of a query's row `s` as a statement copies it. */
export function copied(dialect: Dialect, { name, from = name, type }: FittedColumn, columns: readonly FlowColumn[], made?: Made): string {
  const given = columns.find((column) => column.name === from)?.type ?? type
  return dialect.guarded(`s.${dialect.quote(from)}`, type, given, made)
}

/** The rows of a query as `s`, with what is worked out of each row once and used several times. */
export interface Making {
  readonly made: Made
  /** What stands in the FROM, when all of it is named. */
  readonly from: (rows: string) => string
}

export function making(dialect: Dialect, columns: readonly FlowColumn[]): Making {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()))
  const made: string[] = []
  return {
    made(expression) {
      let name = `read_${made.length + 1}`
      while (names.has(name)) name += '_'
      made.push(`${expression} AS ${dialect.quote(name)}`)
      return `s.${dialect.quote(name)}`
    },
    from: (rows) => (made.length === 0 ? `${rows} AS s` : `(SELECT s.*,\n       ${made.join(',\n       ')}\nFROM ${rows} AS s) AS s`),
  }
}
