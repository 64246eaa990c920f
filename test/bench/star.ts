/** The fact and its dimensions as a team declares them. */

import { PARTIES, SALE } from './data.ts'
import type { Column } from './data.ts'
import type { EtlText } from './project.ts'

/** One column a line, as a source is written. */
export const selectOf = (table: string, columns: readonly string[], rest = ''): string =>
  `SELECT ${columns.map((name) => `s.${name} AS ${name}`).join(',\n       ')}\nFROM   ${table} AS s${rest}`

/** One column a line, as a create is written. */
export const createText = (table: string, lines: readonly string[]): string => `CREATE TABLE ${table} (\n  ${lines.join(',\n  ')}\n)`

export const linesOf = (columns: readonly Column[]): string[] => columns.map(({ name, type }) => `${name}  ${type}`)

/** Without lookups. */
export const saleFact: EtlText = {
  name: 'sale', kind: 'transaction', more: 'keys: {},',
  source: selectOf('sale', SALE.map(({ name }) => name)),
  create: createText('sale_fact', [...linesOf(SALE), 'PRIMARY KEY (sale_id)']),
}

/** The same in two ranges side by side: nobody changes the benchmark's rows. */
export const inRanges = (fact: EtlText): EtlText => ({ ...fact, options: "{ ranges: { by: 'sale_id', count: 2, frozen: true } }" })

/** One of those whom a sale points at. */
export const partyOf = ({ name, columns }: typeof PARTIES[number]): EtlText => ({
  name, kind: 'scd1', more: `key: '${name}_key',\n  lookup: ['${name}_id'],`,
  source: selectOf(name, columns.map((column) => column.name)),
  create: createText(`${name}_dim`, [`${name}_key  KEY`, ...linesOf(columns), `UNIQUE (${name}_id)`]),
})

/** With the keys of a calendar and of four dimensions. */
export function factOf(columns: readonly Column[]): { readonly dimensions: readonly EtlText[], readonly fact: EtlText } {
  const date: EtlText = {
    name: 'date', kind: 'date', more: "key: 'date_key',\n  from: '2024-01-01',\n  through: '2025-12-31',",
    create: createText('date_dim', ['date_key  KEY', 'full_date  DATE', 'day_name  VARCHAR(9)  NOT NULL', 'month_number  INT', 'year_number  INT']),
  }
  const keys = PARTIES.map(({ name }) => `    ${name}_key: { of: ${name}, by: '${name}_id' },`)
  return {
    dimensions: [date, ...PARTIES.map(partyOf)],
    fact: {
      ...saleFact, uses: ['date', ...PARTIES.map(({ name }) => name)],
      more: ['keys: {', "    date_key: { of: date, by: 'sold_at' },", ...keys, '  },'].join('\n'),
      create: createText('sale_fact', [...linesOf(columns), 'PRIMARY KEY (sale_id)']),
    },
  }
}
