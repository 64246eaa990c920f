/** What was written on a command line: flags by name, and under `_` what is no flag. */
export interface Written {
  readonly _: readonly (string | number)[]
  readonly [name: string]: unknown
}

/** The names after a flag, which may be written several times. */
export const namesIn = (value: unknown): string[] =>
  [value].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : [])).map((name) => name.trim()).filter((name) => name !== '')

/** The text after a flag: the last one, where it is written several times. */
export function textIn(value: unknown): string | undefined {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value
  return typeof last === 'string' ? last : undefined
}
