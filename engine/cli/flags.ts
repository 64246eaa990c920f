import { ConfigurationError } from '../errors.ts'
import { runFlags } from './flag-table.ts'
import { readWritten } from './parser.ts'
import { namesIn, textIn } from './written.ts'
import type { Written } from './written.ts'

/** What a run was asked to do. */
export interface RunFlags {
  readonly testSource: boolean
  readonly dropTables: boolean
  readonly runDimensions: boolean
  readonly runFacts: boolean
  readonly rollback: boolean
  readonly select: readonly string[]
  readonly exclude: readonly string[]
  readonly enqueue: boolean
  readonly wait: boolean
  readonly dryRun: boolean
  readonly concurrency: number
  readonly failFast: boolean
  readonly adopt: boolean
  readonly yes: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly help: boolean
  readonly version: boolean
}

/** What a query was asked to do. */
export interface QueryFlags {
  readonly sql: string
  readonly source: string | undefined
  readonly json: boolean
  readonly help: boolean
  readonly version: boolean
}

/** Reads the flags of a run. @throws {ConfigurationError} where they make no sense */
export const readRunFlags = (argv: readonly string[]): RunFlags => runFlagsOf(readWritten(argv, runFlags))

/** What was written, as what is to be done. @throws {ConfigurationError} where that is nothing */
export function runFlagsOf({ _: [stray], ...written }: Written): RunFlags {
  if (stray !== undefined) {
    throw new ConfigurationError(`nothing can be done with ${JSON.stringify(stray)}`, { wayOut: 'a run takes flags only; --help shows them' })
  }
  const isOn = (name: string): boolean => written[name] === true
  const flags: RunFlags = {
    testSource: written['test_source'] !== false,
    dropTables: isOn('drop_tables'),
    runDimensions: isOn('run_dimensions'),
    runFacts: isOn('run_facts'),
    rollback: isOn('rollback'),
    select: namesIn(written['select']),
    exclude: namesIn(written['exclude']),
    enqueue: isOn('enqueue'),
    wait: isOn('wait'),
    dryRun: isOn('dry_run'),
    concurrency: Number(textIn(written['concurrency']) ?? 1),
    failFast: isOn('fail_fast'),
    adopt: isOn('adopt'),
    yes: isOn('yes'),
    json: isOn('json'),
    quiet: isOn('quiet'),
    help: isOn('help'),
    version: isOn('version'),
  }
  refuseBesides(written, flags)
  refuseQueued(written, flags)
  if (!flags.testSource && !flags.dryRun && !changes(flags) && !flags.help && !flags.version) {
    throw new ConfigurationError('there is nothing to do', { wayOut: 'add --run_dimensions or --run_facts, or leave --no-test_source out' })
  }
  return flags
}

/** Whether a run changes anything; otherwise it only tests its sources. */
export const changes = ({ dropTables, runDimensions, runFacts, rollback }: RunFlags): boolean => dropTables || runDimensions || runFacts || rollback

/** A rollback is of a whole refresh, and loads nothing. */
const besides = ['drop_tables', 'run_dimensions', 'run_facts', 'select', 'exclude', 'adopt', 'fail_fast', 'concurrency', 'test_source']

function refuseBesides(written: Readonly<Record<string, unknown>>, { rollback }: RunFlags): void {
  const other = besides.find((name) => written[name] !== undefined && written[name] !== false)
  if (!rollback || other === undefined) return
  throw new ConfigurationError(`--rollback and --${other} don't go together`, { wayOut: 'roll back first, alone; it is of a whole refresh' })
}

/** What a refresh through the queue can't take along, and what there is instead. */
const notQueued: Readonly<Record<string, string>> = {
  rollback: 'roll back without it: that is done at once',
  dry_run: 'leave --enqueue out: the plan is the same',
  concurrency: 'the workers say how many they load side by side: npm run worker -- --concurrency n',
  fail_fast: "leave it out: what uses a failed ETL is skipped, and publish: 'all-or-nothing' publishes nothing after a failure",
  adopt: 'take the tables over once with run.ts, without --enqueue',
}

function refuseQueued(written: Readonly<Record<string, unknown>>, { enqueue, wait, runDimensions, runFacts, help, version }: RunFlags): void {
  if (help || version) return
  if (wait && !enqueue) throw new ConfigurationError('--wait waits for what the queue does', { wayOut: 'add --enqueue, or leave --wait out: a run without the queue is always waited for' })
  const other = Object.keys(notQueued).find((name) => written[name] !== undefined && written[name] !== false)
  if (enqueue && other !== undefined) throw new ConfigurationError(`--enqueue and --${other} don't go together`, { wayOut: notQueued[other] ?? '' })
  if (enqueue && !runDimensions && !runFacts) throw new ConfigurationError('there is nothing to load through the queue', { wayOut: 'add --run_dimensions or --run_facts' })
}

/** What was written, as what is to be asked. @throws {ConfigurationError} where it isn't one statement */
export function queryFlagsOf({ _: [sql = '', stray], source, json, help, version }: Written): QueryFlags {
  const flags: QueryFlags = {
    sql: String(sql).trim().replace(/\s*;\s*$/, ''),
    source: textIn(source),
    json: json === true,
    help: help === true,
    version: version === true,
  }
  if (flags.help || flags.version) return flags
  if (stray !== undefined) throw new ConfigurationError('a query is one text', { wayOut: 'put the whole SELECT into quotes' })
  if (flags.sql === '') throw new ConfigurationError('the SQL is missing', { wayOut: 'write: npx starline query "select …"' })
  return flags
}
