import yargs from 'yargs'
import { commands, noCommand } from './commands.ts'
import type { Command } from './commands.ts'
import type { FlagGroup, FlagSpec } from './flag-table.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'

/** A command line as its help shows it. */
interface Shown {
  readonly does: string
  readonly usage: readonly string[]
  readonly commands?: readonly (readonly [command: string, does: string])[]
  readonly flags: readonly FlagGroup[]
  readonly examples?: readonly (readonly [line: string, does: string])[]
  readonly end: string
}

const codes = 'Exit code: 0 all well, 1 an ETL or a check failed, 2 the command line or the configuration is wrong, 3 busy.'

/** What a command can be asked for. */
const commandHelp = (screen: Screen, { more, ...command }: Command): Promise<string> =>
  help(screen, { ...command, end: more === undefined ? codes : `${more}\n\n${codes}` })

/** What a run can be asked for: the help of `run.ts` too. */
export const runHelp = (screen: Screen): Promise<string> => helpOf(screen, 'run')

/** The help of the command of this name. */
export async function helpOf(screen: Screen, name: string): Promise<string> {
  const command = commands.find((each) => each.name === name)
  return command === undefined ? mainHelp(screen) : commandHelp(screen, command)
}

/** What there is. */
export const mainHelp = (screen: Screen): Promise<string> => help(screen, {
  does: 'Starline loads a star: dimensions and facts, declared in small files.',
  usage: ['npx starline <command> [flags]'],
  commands: commands.map(({ name, takes, brief }) => [takes === undefined ? name : `${name} ${takes}`, brief]),
  flags: noCommand.flags,
  end: 'npx starline <command> --help shows a command\'s flags.',
})

async function help(screen: Screen, { does, usage, commands: listed = [], flags, examples = [], end }: Shown): Promise<string> {
  const head = (text: string): string => paint(screen, 'bold', text)
  const width = screen.width()
  // Words of our own stay apart from what other users of yargs in the process say.
  const shown = yargs([]).locale('starline').updateStrings({ 'Examples:': head('Examples'), 'Commands:': head('Commands') })
    .scriptName('').help(false).version(false).wrap(Number.isFinite(width) ? width : null)
    .usage(`${does}\n\n${usage.map((line, i) => `${head(i === 0 ? 'Usage' : 'or')}  ${i === 0 ? '' : '   '}${line}`).join('\n')}`)
  for (const [command, what] of listed) shown.command(command, what)
  // yargs would list a flag's other names and types, and not what stands for its value: so a flag's name is what is to be shown.
  for (const { title, flags: group } of flags) for (const flag of group) shown.option(written(flag), { describe: flag.help, group: head(title) })
  for (const [line, what] of examples) shown.example(line, what)
  return `${await shown.epilogue(end).getHelp()}\n`
}

const written = ({ name, placeholder }: FlagSpec): string => (placeholder === undefined ? name : `${name} ${placeholder}`)
