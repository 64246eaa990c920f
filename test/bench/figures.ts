/** The table that is read: on a terminal, and in a page of the documentation. */

import type { CaseOutcome, Growth, Outcome } from './turns.ts'

const HEAD = ['way', 'rows/s', 's', 'whole command s', 'client CPU s', 'peak RSS MB', '× the first'] as const

/** A case's outcome as a table in Markdown, which is also read well as it stands. */
export function tableOf({ name, about, rows, ways, growth }: CaseOutcome): string {
  const lines = [HEAD, ...ways.map(cellsOf)]
  const widths = HEAD.map((_, at) => Math.max(3, ...lines.map((line) => line[at]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, at) => at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width, at) => at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`).join('|')}|`
  const notes = [...notesOf(ways), ...ways.flatMap(besideNote), ...growth.map(growthNote)]
  return [`### ${name}${rows > 0 ? `: ${thousands(rows)} rows` : ''}`, '', about, '', line(HEAD), rule, ...lines.slice(1).map(line), ...notes.length > 0 ? ['', ...notes] : [], ''].join('\n')
}

function cellsOf({ way, wrong, skipped, median, rowsPerSecond, timesFirst }: Outcome): readonly string[] {
  if (wrong !== undefined) return [way, 'WRONG', '–', '–', '–', '–', '–']
  if (skipped !== undefined || median === undefined) return [way, 'skipped', '–', '–', '–', '–', '–']
  return [way, rate(rowsPerSecond), median.seconds.toFixed(2), median.wall.toFixed(2), digits(median.cpu, 2), digits(median.rss, 0), digits(timesFirst, 2)]
}

const notesOf = (ways: readonly Outcome[]): string[] => ways.flatMap(({ way, skipped, wrong }) => {
  const note = wrong ?? skipped
  return note === undefined ? [] : [`- ${way}: ${shortened(note)}`]
})

const besideNote = ({ way, beside }: Outcome): string[] => beside === undefined ? [] : [`- ${way}: ${beside.times.toFixed(2)} × ${beside.way}`]

const growthNote = ({ group, exponent, fixed, each }: Growth): string =>
  `- ${group}: the time grows with the size to the power of ${exponent.toFixed(2)}; a line through it is ${fixed.toFixed(2)} s, and ${each > 1e-3 ? `${each.toPrecision(3)} s for each` : `${(each * 1e6).toPrecision(3)} s for each million`}`

/** One line; what a program says last says why it ended. */
function shortened(note: string): string {
  const line = note.replaceAll(/\s+/g, ' ')
  return line.length <= 200 ? line : `${line.slice(0, 60)} … ${line.slice(-140)}`
}

const digits = (value: number | undefined, many: number): string => value === undefined ? '–' : value.toFixed(many)

/** Rates differ by orders of magnitude: three digits say all. */
function rate(value: number | undefined): string {
  if (value === undefined) return '–'
  return value < 1_000 ? value.toPrecision(3) : `${thousands(Math.round(value / 1_000))}k`
}

const thousands = (value: number): string => value.toLocaleString('en-US')
