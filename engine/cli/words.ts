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

/** Texts joined by ` · `, wrapped between them at a width; the lines after the first are indented. */
export function wrapped(head: string, items: readonly string[], width: number): string {
  const indent = ' '.repeat(head.length)
  const lines: string[] = []
  let line = ''
  for (const item of items) {
    const next = line === '' ? item : `${line} · ${item}`
    if (line !== '' && head.length + next.length > width - 2) {
      lines.push(`${line} ·`)
      line = item
    } else {
      line = next
    }
  }
  return [...lines, line].map((text, i) => (i === 0 ? head : indent) + text).join('\n')
}
