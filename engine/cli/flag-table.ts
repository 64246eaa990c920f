/** What a flag takes: nothing, names parted by commas, or a number. */
type Takes = 'nothing' | 'names' | 'number' | 'text'

export interface FlagSpec {
  readonly name: string
  readonly takes: Takes
  /** What stands for the value in the help. */
  readonly placeholder?: string
  readonly help: string
  /** Other names it goes by: the ancestor's. */
  readonly also?: readonly string[]
  /** What it can be, where that is known: for the shell's completion. */
  readonly values?: readonly string[]
  /** The letter that stands for it after one hyphen. */
  readonly short?: string
}

export interface FlagGroup {
  readonly title: string
  readonly flags: readonly FlagSpec[]
}

/** The steps of a run; they are done in this order. */
const steps: FlagGroup = {
  title: 'What to do, in this order',
  flags: [
    {
      name: 'test_source', takes: 'nothing', also: ['test_dimension_source'],
      help: 'run every active source read-only for a few rows, and hold its columns, types and values against its table.\n'
        + 'Done in every run; alone where nothing else is asked for. --no-test_source leaves it out',
    },
    { name: 'drop_tables', takes: 'nothing', also: ['delete_existing_tables'], help: 'drop the tables of facts, then of dimensions. Asks first' },
    { name: 'run_dimensions', takes: 'nothing', help: 'load the dimensions' },
    { name: 'run_facts', takes: 'nothing', help: 'load the facts' },
  ],
}

const json: FlagSpec = { name: 'json', takes: 'nothing', help: 'one JSON document on standard output, in every case' }
const general: FlagGroup = {
  title: 'General',
  flags: [
    { name: 'help', takes: 'nothing', short: 'h', help: 'this text' },
    { name: 'version', takes: 'nothing', help: 'the version' },
  ],
}

/** The flags of a run. */
export const runFlags: readonly FlagGroup[] = [
  steps,
  {
    title: 'Or, alone',
    flags: [{ name: 'rollback', takes: 'nothing', help: 'put back what stood before the refresh that was published last: all of its tables, or none. Asks first' }],
  },
  {
    title: 'Which',
    flags: [
      { name: 'select', takes: 'names', placeholder: 'a,b', help: 'only these dimensions and facts' },
      { name: 'exclude', takes: 'names', placeholder: 'a,b', help: 'all but these' },
    ],
  },
  {
    title: 'How',
    flags: [
      { name: 'enqueue', takes: 'nothing', help: 'let the workers do it: asks the queue, and ends' },
      { name: 'wait', takes: 'nothing', help: 'with --enqueue: wait until it has ended, and report as without it' },
      { name: 'dry_run', takes: 'nothing', help: 'show the plan and the exact SQL of dimensions and facts, and touch nothing' },
      { name: 'concurrency', takes: 'number', placeholder: 'n', help: 'how many run side by side (1)' },
      { name: 'fail_fast', takes: 'nothing', help: 'stop at the first failure, and publish nothing more' },
      { name: 'adopt', takes: 'nothing', help: 'take over tables that exist and were not made here; keys are kept' },
      { name: 'yes', takes: 'nothing', help: 'answer yes: needed by --drop_tables and --rollback where nobody can be asked' },
    ],
  },
  {
    title: 'What to show',
    flags: [json, { name: 'quiet', takes: 'nothing', help: 'no progress on standard error' }],
  },
  general,
]

/** The flags of a query. */
export const queryFlags: readonly FlagGroup[] = [
  {
    title: 'Flags',
    flags: [
      { name: 'source', takes: 'text', placeholder: 'name', help: 'ask a source instead of the warehouse: one of the configuration\'s sources, or default' },
      json,
    ],
  },
  general,
]

/** The flags of a command that only says what it finds or does. */
export const plainFlags: readonly FlagGroup[] = [{ title: 'Flags', flags: [json] }, general]

/** The flags of `starline retry`. */
export const retryFlags: readonly FlagGroup[] = [
  { title: 'Flags', flags: [{ name: 'wait', takes: 'nothing', help: 'wait until it has ended, and report as a run does' }, json, { name: 'quiet', takes: 'nothing', help: 'no progress on standard error' }] },
  general,
]

/** The flags of `starline schedule`. */
export const scheduleFlags: readonly FlagGroup[] = [
  { title: 'Flags', flags: [{ name: 'yes', takes: 'nothing', help: 'answer yes: needed by sync where a declaration is gone and nobody can be asked' }, json] },
  general,
]

/** The flags of `starline board`. */
export const boardFlags: readonly FlagGroup[] = [
  { title: 'Flags', flags: [{ name: 'port', takes: 'text', placeholder: 'n', help: 'where it listens, at 127.0.0.1 alone; a free one unless told' }] },
  general,
]

/** The flags of `starline new`. */
export const newFlags: readonly FlagGroup[] = [
  {
    title: 'Flags',
    flags: [
      { name: 'source', takes: 'text', placeholder: 'name', help: 'where the table is: one of the configuration\'s sources; the default one unless told' },
      { name: 'lookup', takes: 'names', placeholder: 'a,b', help: 'by which columns a member is known again; the primary key unless told' },
      { name: 'kind', takes: 'text', placeholder: 'kind', values: ['scd1', 'scd2'], help: 'how a dimension loads: scd1 (unless told) or scd2' },
      { name: 'name', takes: 'text', placeholder: 'name', help: 'what it is called; the table\'s name in snake_case unless told' },
      json,
    ],
  },
  general,
]

/** The flags of `starline` itself. */
export const generalFlags: readonly FlagGroup[] = [general]
