/** The users of docs/guide/grants.md, made by the very statements that stand there: tests work as they do. */

import { blocksOf, section } from '../../docs/markdown.ts'

export type Role = 'reader' | 'loader' | 'analyst'

const PAGE = 'docs/guide/grants.md'
const WORDS: Readonly<Record<Role, string>> = { reader: 'A reader', loader: 'A loader', analyst: 'An analyst' }

/** The statements that make a user, with the page's names replaced by others. */
export function grantsOf(role: Role, database: 'MySQL and MariaDB' | 'PostgreSQL', names: Readonly<Record<string, string>>): string[] {
  const sql = blocksOf(section(PAGE, `${WORDS[role]} on ${database}`)).find(({ language }) => language === 'sql')?.text ?? ''
  const statements = sql.split(';\n').filter((statement) => statement !== '')
  if (statements.length < 2) throw new Error(`${PAGE} does not say what a ${role} on ${database} needs`)
  return statements.map((statement) => Object.entries(names).reduce((text, [from, to]) => text.replaceAll(new RegExp(`\\b${from}\\b`, 'g'), () => to), statement))
}
