import type { Plan } from './plan.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'

const ended = (sql: string): string => `${sql.trimEnd().replace(/;$/, '')};`

/** A plan as a script to read: comments that say what for, and the statements. */
export function planText({ ledger, etls, publish, how }: Plan, place: string, screen: Screen): string {
  const note = (text: string): string => paint(screen, 'dim', `-- ${text}`)
  const strong = (text: string): string => paint(screen, 'bold', `-- ${text}`)
  const part = (title: string, lines: readonly string[]): string => [strong(title), ...lines, ''].join('\n')
  const parts = [
    ...ledger.length === 0 ? [] : [{ title: 'the ledger, which is not there yet', lines: ledger.map(ended) }],
    ...etls.map(({ type, name, kind, table, steps }) => ({
      title: `${type} ${name}: table ${table} (${kind})`,
      lines: steps.flatMap(({ title, sql }) => [note(title), ended(sql)]),
    })),
    ...publish.length === 0 ? [] : [{ title: how, lines: publish.map(ended) }],
  ]
  return [
    part(`The plan for ${place}. Nothing was touched.`, []),
    ...parts.map(({ title, lines }, i) => part(`${i + 1}. ${title}`, lines)),
  ].join('\n')
}
