import yargs from 'yargs'
import { generalFlags, queryFlags, runFlags } from './flag-table.ts'
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

/** What a run can be asked for. */
export const runHelp = (screen: Screen): Promise<string> => help(screen, {
  does: 'Loads the dimensions and facts that config.ts lists, and publishes them together.',
  usage: ['npx tsx run.ts [flags]', 'npx starline run [flags]'],
  flags: runFlags,
  examples: [
    ['npx tsx run.ts', 'test every source; change nothing'],
    ['npx tsx run.ts --run_dimensions --run_facts', 'load the whole star: npm start'],
    ['npx tsx run.ts --run_dimensions --select school,user', 'load two dimensions'],
    ['npx tsx run.ts --run_facts --dry_run', 'show what loading the facts would do'],
    ['npx tsx run.ts --drop_tables --run_dimensions --run_facts --yes', 'begin anew, asking nothing'],
  ],
  end: codes,
})

/** What a query can be asked for. */
export const queryHelp = (screen: Screen): Promise<string> => help(screen, {
  does: 'Asks the warehouse, or a source, and prints the rows. Nothing can be changed through it.',
  usage: ['npx starline query "select …" [flags]'],
  flags: queryFlags,
  examples: [
    ['npx starline query "select school_id, name, state from school_dim limit 3"', ''],
    ['npx starline query --source default "select count(*) as n from school"', ''],
  ],
  end: codes,
})

/** What there is. */
export const mainHelp = (screen: Screen): Promise<string> => help(screen, {
  does: 'Starline loads a star: dimensions and facts, declared in small files.',
  usage: ['npx starline <command> [flags]'],
  commands: [
    ['run', 'load the dimensions and facts that config.ts lists; the same as run.ts'],
    ['query <sql>', 'ask the warehouse, and print the rows'],
  ],
  flags: generalFlags,
  end: 'npx starline <command> --help shows a command\'s flags.',
})

async function help(screen: Screen, { does, usage, commands = [], flags, examples = [], end }: Shown): Promise<string> {
  const head = (text: string): string => paint(screen, 'bold', text)
  const width = screen.width()
  // Words of our own stay apart from what other users of yargs in the process say.
  const shown = yargs([]).locale('starline').updateStrings({ 'Examples:': head('Examples'), 'Commands:': head('Commands') })
    .scriptName('').help(false).version(false).wrap(Number.isFinite(width) ? width : null)
    .usage(`${does}\n\n${usage.map((line, i) => `${head(i === 0 ? 'Usage' : 'or')}  ${i === 0 ? '' : '   '}${line}`).join('\n')}`)
  for (const [command, what] of commands) shown.command(command, what)
  // yargs would list a flag's other names and types, and not what stands for its value: so a flag's name is what is to be shown.
  for (const { title, flags: group } of flags) for (const flag of group) shown.option(written(flag), { describe: flag.help, group: head(title) })
  for (const [line, what] of examples) shown.example(line, what)
  return `${await shown.epilogue(end).getHelp()}\n`
}

const written = ({ name, placeholder }: FlagSpec): string => (placeholder === undefined ? name : `${name} ${placeholder}`)
