/**
 * Halves of surrogate pairs. MariaDB takes one for a character (a ucs2 column holds nothing else of an emoji) and sends it in
 * three bytes that are no UTF-8: decoded as such, all halves would become the same three replacement characters.
 */

const LEAD = 0xed
/** The first half of the second byte's values is Hangul's. */
const FIRST_HALF = 0xa0
const CONTINUED = 0x80
const PAST_CONTINUED = 0xc0
const REPLACEMENT = '\uFFFD'

/** Where the next half stands from a place on; -1 where there is none. */
function nextHalf(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LEAD, from); at >= 0; at = bytes.indexOf(LEAD, at + 1)) {
    const [second = 0, third = 0] = [bytes[at + 1], bytes[at + 2]]
    if (second >= FIRST_HALF && second < PAST_CONTINUED && third >= CONTINUED && third < PAST_CONTINUED) return at
  }
  return -1
}

/** Whether any bytes may be a half: in bytes that are no text a number may look like one. */
export const mayHoldHalves = (bytes: Buffer): boolean => nextHalf(bytes, 0) >= 0

/** A field's text, in which a half is a half, for the typed boundary to refuse; two that are a pair are their character. */
export function textAt(bytes: Buffer, begin: number, end: number): string {
  const text = bytes.toString('utf8', begin, end)
  return text.includes(REPLACEMENT) ? withHalves(bytes.subarray(begin, end)) : text
}

function withHalves(field: Buffer): string {
  let text = ''
  let from = 0
  for (let at = nextHalf(field, 0); at >= 0; at = nextHalf(field, from)) {
    text += field.toString('utf8', from, at) + String.fromCharCode(0xd000 | ((field[at + 1]! & 0x3f) << 6) | (field[at + 2]! & 0x3f))
    from = at + 3
  }
  return text + field.toString('utf8', from)
}
