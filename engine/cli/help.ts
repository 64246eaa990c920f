import type { FlagGroup, FlagSpec } from './flag-table.ts'
import { queryFlags, runFlags } from './flag-table.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'

const codes = 'Exit code: 0 all well, 1 an ETL or a check failed, 2 the command line or the configuration is wrong, 3 busy.'

/** What a run can be asked for. */
export function runHelp(screen: Screen): string {
  return [
    'Loads the dimensions and facts that config.ts lists, and publishes them together.',
    '', head(screen, 'Usage'), '  npx tsx run.ts [flags]', '  npx starline run [flags]',
    ...listed(screen, runFlags),
    '', head(screen, 'Examples'),
    ...aligned([
      ['npx tsx run.ts', 'test every source; change nothing'],
      ['npx tsx run.ts --run_dimensions --run_facts', 'load the whole star: npm start'],
      ['npx tsx run.ts --run_dimensions --select school,user', 'load two dimensions'],
      ['npx tsx run.ts --run_facts --dry_run', 'show what loading the facts would do'],
      ['npx tsx run.ts --drop_tables --run_dimensions --run_facts --yes', 'begin anew, asking nothing'],
    ]),
    '', codes, '',
  ].join('\n')
}

/** What a query can be asked for. */
export function queryHelp(screen: Screen): string {
  return [
    'Asks the warehouse, or a source, and prints the rows. Nothing can be changed through it.',
    '', head(screen, 'Usage'), '  npx starline query "select …" [flags]',
    ...listed(screen, queryFlags),
    '', head(screen, 'Examples'),
    '  npx starline query "select school_id, name, state from school_dim limit 3"',
    '  npx starline query --source default "select count(*) as n from school"', '',
  ].join('\n')
}

/** What there is. */
export function mainHelp(screen: Screen): string {
  return [
    'Starline loads a star: dimensions and facts, declared in small files.',
    '', head(screen, 'Usage'), '  npx starline <command> [flags]',
    '', head(screen, 'Commands'),
    ...aligned([
      ['run', 'load the dimensions and facts that config.ts lists; the same as run.ts'],
      ['query "select …"', 'ask the warehouse, and print the rows'],
    ]),
    '', 'npx starline <command> --help shows a command\'s flags; --version the version.', '',
  ].join('\n')
}

const head = (screen: Screen, text: string): string => paint(screen, 'bold', text)

const written = ({ name, placeholder }: FlagSpec): string => `--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`

function listed(screen: Screen, groups: readonly FlagGroup[]): string[] {
  const width = Math.max(...groups.flatMap(({ flags }) => flags.map((flag) => written(flag).length)))
  return groups.flatMap(({ title, flags }) => ['', head(screen, title), ...aligned(flags.map((flag) => [written(flag), flag.help]), width)])
}

function aligned(lines: readonly (readonly [left: string, right: string])[], width = Math.max(...lines.map(([left]) => left.length))): string[] {
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`)
}
