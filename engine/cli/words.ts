import { visibleWidth } from './plain-table.ts'

/** A number, or the digits of one, with its thousands parted: `2,035,113.85`. */
export function grouped(value: number | bigint | string): string {
  const [whole = '', fraction] = String(value).split('.')
  const parted = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? parted : `${parted}.${fraction}`
}

/** `1 table`, `2 tables`. */
export const counted = (n: number, noun: string): string => `${grouped(n)} ${noun}${n === 1 ? '' : 's'}`

/** Seconds as a report writes them: `0.12 s`, `12.3 s`, `2 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/**
 * Texts joined by ` · `, wrapped between them at a width; the lines after the first are indented. A head that leaves no room
 * for them stands on a line of its own; a text that is wider than all folds at its words.
 */
export function wrapped(head: string, items: readonly string[], width: number): string {
  const longest = Math.max(0, ...items.map((item) => item.length))
  const stands = head.length > 12 && head.length + longest > width - 2
  const indent = ' '.repeat(stands ? 2 : head.length)
  const lines: string[] = []
  let line = ''
  for (const item of items) {
    const next = line === '' ? item : `${line} · ${item}`
    if (line !== '' && indent.length + next.length > width - 2) {
      lines.push(`${line} ·`)
      line = item
    } else {
      line = next
    }
  }
  const texts = [...lines, line].map((text, i) => (i === 0 && !stands ? head : indent) + text)
  return folded([...stands ? [head.trimEnd()] : [], ...texts].join('\n'), width, 2)
}

/** A text whose lines fold between words at a width. What follows is indented as its line, and by `hang` more; a word is never cut. */
export function folded(text: string, width: number, hang = 0): string {
  return text.split('\n').map((line) => (visibleWidth(line) <= width ? line : foldedLine(line, width, hang))).join('\n')
}

function foldedLine(line: string, width: number, hang: number): string {
  const indent = ' '.repeat((/^ */.exec(line)?.[0].length ?? 0) + hang)
  const lines: string[] = []
  let now = ''
  for (const word of line.match(/\s*\S+/g) ?? []) {
    if (now.trim() === '' || visibleWidth(now + word) <= width) now += word
    else {
      lines.push(now)
      now = indent + word.trimStart()
    }
  }
  return [...lines, now].join('\n')
}
