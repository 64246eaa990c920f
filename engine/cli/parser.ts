import yargs from 'yargs'
import type { Argv } from 'yargs'
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import type { FlagGroup, FlagSpec } from './flag-table.ts'
import { namesIn, textIn } from './written.ts'
import type { Written } from './written.ts'

/** A yargs that prints nothing and ends nothing: what is wrong on the command line is thrown, in our words. */
export const parserOf = (argv: readonly string[]): Argv => yargs([...argv])
  .locale('en')
  .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'parse-numbers': false, 'parse-positional-numbers': false })
  .help(false).version(false).exitProcess(false)
  .strictOptions()

/**
 * Tells a parser the flags of a table. Hyphens and underscores are the same, `--no-x` takes a flag back, the last one
 * counts and names add up.
 *
 * @throws {ConfigurationError} while it parses: a flag that isn't known, with the nearest one; a value that lacks or is
 *   too much
 */
export function declare(parser: Argv, argv: readonly string[], groups: readonly FlagGroup[]): Argv {
  const flags = groups.flatMap((group) => group.flags)
  for (const { name, takes, also = [], short } of flags) {
    const spellings = [name, ...also].flatMap((each) => [each, each.replaceAll('_', '-')])
    const alias = [...spellings.filter((each) => each !== name), ...short === undefined ? [] : [short]]
    // A switch that eats no value refuses one; without that, `--x=on` would be read as off.
    parser.option(name, { alias, ...takes === 'nothing' ? { boolean: true, nargs: 0 } : { string: true, nargs: 1 } })
  }
  return parser
    .fail((message, error?: Error) => { throw error === undefined || error.name === 'YError' ? worded(message, argv, flags) : error })
    .check((args) => {
      for (const flag of flags) refuseWrongValue(flag, args[flag.name])
      return true
    })
}

/** Reads a command line by a table of flags. @throws {ConfigurationError} where it makes no sense */
export const readWritten = (argv: readonly string[], groups: readonly FlagGroup[]): Written => declare(parserOf(argv), argv, groups).parseSync()

function refuseWrongValue(flag: FlagSpec, value: unknown): void {
  const { name, takes } = flag
  if (takes === 'nothing' || value === undefined) return
  if ([value].flat().includes(false)) throw new ConfigurationError(`there is no flag --no-${name}`, { wayOut: `did you mean --${name}?` })
  const text = textIn(value) ?? ''
  if (takes === 'names' ? namesIn(value).length === 0 : text === '') throw lacking(flag)
  if (takes === 'number' && !(/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 100)) {
    throw new ConfigurationError(`--${name} wants a whole number from 1 to 100, not ${JSON.stringify(text)}`, { wayOut: `write --${name} 2` })
  }
}

const lacking = ({ name, placeholder = 'value' }: FlagSpec): ConfigurationError =>
  new ConfigurationError(`--${name} wants a value`, { wayOut: `write --${name} ${placeholder}` })

/** What yargs finds wrong, in our words, with a way out. */
function worded(message: string, argv: readonly string[], flags: readonly FlagSpec[]): ConfigurationError {
  const [, found = '', written = ''] = /^(Unknown|Not enough|Argument unexpected)[^:]*: ([^,]*)/s.exec(message) ?? []
  const name = written.replaceAll('-', '_')
  const flag = flags.find((each) => each.name === name || each.also?.includes(name))
  if (found === 'Unknown') return unknown(written, argv, flags)
  if (flag === undefined) return new ConfigurationError(message, { wayOut: '--help shows all flags' })
  if (found === 'Not enough') return lacking(flag)
  return new ConfigurationError(`--${flag.name} takes no value`, { wayOut: `write --${flag.name}, or --no-${flag.name} to switch it off` })
}

function unknown(name: string, argv: readonly string[], flags: readonly FlagSpec[]): ConfigurationError {
  const forms = argv.map((arg) => /^--?(?:no-)?([^=]*)/s.exec(arg))
  const [written] = forms.find((form) => form?.[1] === name) ?? [`-${name.length === 1 ? '' : '-'}${name}`]
  const meant = didYouMean(name.replace(/^no-/, '').replaceAll('-', '_'), flags.flatMap((flag) => [flag.name, ...flag.also ?? []]))
  return new ConfigurationError(`there is no flag ${written}`, { wayOut: meant === undefined ? '--help shows all flags' : `did you mean --${meant}?` })
}
