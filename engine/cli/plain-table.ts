import Table from 'cli-table3'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'

const noLines = {
  'top': '', 'top-mid': '', 'top-left': '', 'top-right': '', 'bottom': '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  'left': '', 'left-mid': '', 'mid': '', 'mid-mid': '', 'right': '', 'right-mid': '', 'middle': '  ',
}

/** Columns side by side, two spaces apart, without lines: easy to read, to copy and to cut with awk. */
export function plainTable(
  screen: Screen, head: readonly string[], rows: readonly (readonly string[])[], isNumber: (column: number) => boolean,
): string {
  const table = new Table({
    chars: noLines,
    style: { 'padding-left': 0, 'padding-right': 0, 'head': [], 'border': [], 'compact': true },
    colAligns: head.map((_, i) => (isNumber(i) ? 'right' : 'left')),
  })
  table.push(head.map((text) => text.split('\n').map((line) => (line === '' ? '' : paint(screen, 'dim', line))).join('\n')))
  for (const row of rows) table.push([...row])
  return table.toString().split('\n').map((line) => line.trimEnd()).join('\n')
}

/** Columns that a text takes on a terminal, as far as it is plain. */
export function visibleWidth(text: string): number {
  // oxlint-disable-next-line no-control-regex -- colours take no room
  return Math.max(...text.split('\n').map((line) => line.replaceAll(/\u001b\[\d+m/g, '').length))
}
