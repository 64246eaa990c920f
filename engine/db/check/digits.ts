const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57

/** A number in text, with or without an exponent. */
export const NUMERAL = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** The end of a run of digits. */
function pastDigits(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(at)) at += 1
  return at
}

function pastZeros(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === ZERO) at += 1
  return at
}

/**
 * A decimal with exactly `scale` digits after the point and no needless zeros before it; '' where the text is none or
 * has more than `whole` digits before the point or other digits than zeros beyond the scale.
 */
export function canonicalDecimal(text: string, whole: number, scale: number): string {
  const first = text.charCodeAt(0) === MINUS ? 1 : 0
  const start = pastZeros(text, first)
  const end = pastDigits(text, start)
  const pointed = text.charCodeAt(end) === POINT
  const fraction = pointed ? end + 1 : end
  const last = pointed ? pastDigits(text, fraction) : end
  if (last !== text.length || (pointed ? last === fraction : end === first)) return ''
  if (end - start > whole) return ''
  if (last - fraction > scale && pastZeros(text, fraction + scale) !== last) return ''
  // Already as it should be: all but what begins with a needless zero, and -0, which begins with a zero too
  if (end > start && start === first && last - fraction === scale) return text
  return assembled(text.slice(start, end), text.slice(fraction, Math.min(last, fraction + scale)), first === 1, scale)
}

function assembled(whole: string, fraction: string, negative: boolean, scale: number): string {
  const digits = `${whole === '' ? '0' : whole}${scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`}`
  return negative && /[1-9]/.test(digits) ? `-${digits}` : digits
}

/** A finite double's shortest text without an exponent. */
export function plainDigits(number: number): string {
  const text = String(number)
  if (!text.includes('e')) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? []
  const digits = whole + fraction
  const point = 1 + Number(exponent)
  return point <= 0 ? `${sign}0.${'0'.repeat(-point)}${digits}` : `${sign}${digits.padEnd(point, '0')}`
}

/** The most digits that `toPrecision` writes. */
const MOST_DIGITS = 100

/**
 * Whether a float, written with as many significant digits as the text has, is the text's number again.
 *
 * So what the text says can be read from the float; the text may be anything that NUMERAL takes.
 */
export function sameDigits(text: string, float: number): boolean {
  const wanted = significant(text)
  if (wanted.digits.length > MOST_DIGITS) return false
  const written = significant(float.toPrecision(wanted.digits.length))
  return wanted.digits === written.digits && wanted.exponent === written.exponent
}

function significant(text: string): { readonly digits: string; readonly exponent: number } {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const all = whole + fraction
  const start = pastZeros(all, 0)
  if (start === all.length) return { digits: '0', exponent: 0 }
  return { digits: all.slice(start).replace(/0+$/, ''), exponent: whole.length - start + Number(exponent) }
}
