import { readFileSync, writeFileSync } from 'node:fs'

const BEGIN = '<!-- begin: npm run bench -- --write docs/performance.md -->'
const END = '<!-- end -->'

/** Puts the tables of a run into a page, between its two marks. @throws where the page lacks them */
export function writeTables(path: string, text: string): void {
  const page = readFileSync(path, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for the tables: a line ${BEGIN}, and later a line ${END}`)
  writeFileSync(path, `${page.slice(0, begin)}${BEGIN}\n\n${text}\n${page.slice(end)}`)
}
