import type { Door } from './door.ts'
import type { Form } from './words.ts'

/** A column of what is checked: how it is found there, and what it is. */
export interface Checked {
  readonly name: string
  readonly form: Form
}

/** A value that is not there; no text of the data is the same. */
const NOTHING = "'~'"

/**
 * One text for all rows, whatever their order: how many, and the sum of the first 32 bits of each row's MD5. The same rows give
 * the same text on every database.
 *
 * @param from the table, or anything else that stands after FROM
 */
export async function checksum(door: Door, from: string, columns: readonly Checked[]): Promise<string> {
  const { words } = door
  const texts = columns.map(({ name, form }) => `COALESCE(${words.asText(name, form)}, ${NOTHING})`)
  const [count, sum] = [words.asText('COUNT(*)', 'integer'), words.asText(`COALESCE(SUM(${words.hash(words.joined(texts))}), 0)`, 'integer')]
  return door.one(`SELECT ${words.joined([count, sum])} FROM ${from}`)
}
