import { parseArgs } from 'node:util'
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import type { FlagGroup, FlagSpec } from './flag-table.ts'

/** What was written on a command line: flags by name (`true`, `false` or the texts after them) and the rest. */
export interface Written {
  readonly flags: ReadonlyMap<string, boolean | readonly string[]>
  readonly rest: readonly string[]
}

/**
 * Reads a command line by a table of flags. Hyphens and underscores are the same, `--no-x` takes a flag back, and the
 * last one counts.
 *
 * @throws {ConfigurationError} for a flag that isn't known, with the nearest one; for a value that lacks or is too much
 */
export function readWritten(argv: readonly string[], groups: readonly FlagGroup[]): Written {
  const known = groups.flatMap(({ flags }) => flags)
  const options = Object.fromEntries(known.flatMap(({ name, takes, also }) => [name, ...also ?? []]
    .map((each) => [each, { type: takes === 'nothing' ? 'boolean' : 'string' } as const])))
  const args = argv.map((arg) => (arg === '-h' ? '--help' : underscored(arg)))
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, allowNegative: true, tokens: true })
  const flags = new Map<string, boolean | readonly string[]>()
  const rest: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') rest.push(argv[token.index] ?? token.value)
    if (token.kind !== 'option') continue
    const negated = token.rawName.startsWith('--no-')
    const name = negated ? token.rawName.slice('--no-'.length) : token.name
    const flag = known.find((each) => each.name === name || each.also?.includes(name))
    if (flag === undefined || (negated && flag.takes !== 'nothing')) throw unknown(token.rawName, known)
    const value = flag.takes === 'nothing' ? switchOf(flag, token.value, !negated) : valuesOf(flag, token.value)
    const before = flags.get(flag.name)
    flags.set(flag.name, Array.isArray(before) && Array.isArray(value) && flag.takes === 'names' ? [...before, ...value] : value)
  }
  return { flags, rest }
}

/** `--run-dimensions=x` is `--run_dimensions=x`; what follows the `=`, and the hyphen of `--no-`, stay. */
function underscored(arg: string): string {
  const [, no, name, value] = /^--(no-)?([^=]*)(=.*)?$/s.exec(arg) ?? []
  return name === undefined || name === '' ? arg : `--${no ?? ''}${name.replaceAll('-', '_')}${value ?? ''}`
}

function switchOf({ name }: FlagSpec, value: string | undefined, on: boolean): boolean {
  if (value === undefined) return on
  throw new ConfigurationError(`--${name} takes no value`, { wayOut: `write --${name}, or --no-${name} to switch it off` })
}

function valuesOf({ name, takes, placeholder }: FlagSpec, value: string | undefined): readonly string[] {
  const values = takes === 'names' ? (value ?? '').split(',').map((each) => each.trim()).filter((each) => each !== '') : [value ?? '']
  // A flag where a value should stand means that the value was forgotten.
  if (values.length === 0 || values[0] === '' || value?.startsWith('--')) {
    throw new ConfigurationError(`--${name} wants a value`, { wayOut: `write --${name} ${placeholder ?? 'value'}` })
  }
  return values
}

function unknown(written: string, known: readonly FlagSpec[]): ConfigurationError {
  const names = known.flatMap(({ name, also }) => [name, ...also ?? []])
  const meant = didYouMean(written.replace(/^--?(no-)?/, ''), names)
  return new ConfigurationError(`there is no flag ${written}`, {
    wayOut: meant === undefined ? '--help shows all flags' : `did you mean --${meant}?`,
  })
}
