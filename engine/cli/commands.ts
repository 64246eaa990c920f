import { boardFlags, generalFlags, newFlags, plainFlags, queryFlags, retryFlags, runFlags, scheduleFlags } from './flag-table.ts'
import type { FlagGroup } from './flag-table.ts'

/** A command of `starline`: what it takes, and how its help shows it. */
export interface Command {
  readonly name: string
  /** What follows the name. */
  readonly takes?: string
  /** The words that may follow the name. */
  readonly words?: readonly string[]
  /** In the list of all commands. */
  readonly brief: string
  /** At the head of its own help. */
  readonly does: string
  readonly usage: readonly string[]
  readonly flags: readonly FlagGroup[]
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** What its document holds besides the error where it could do nothing: the lists that a program goes through. */
  readonly nothing?: Readonly<Record<string, unknown>>
  /** After its flags, before the exit codes. */
  readonly more?: string
}

const run: Command = {
  name: 'run',
  brief: 'load the dimensions and facts that config.ts lists; the same as run.ts',
  does: 'Loads the dimensions and facts that config.ts lists, and publishes them together.',
  usage: ['npx tsx run.ts [flags]', 'npx starline run [flags]'],
  flags: runFlags,
  examples: [
    ['npx tsx run.ts', 'test every source; change nothing'],
    ['npx tsx run.ts --run_dimensions --run_facts', 'load the whole star: npm start'],
    ['npx tsx run.ts --run_dimensions --select school,user', 'load two dimensions'],
    ['npx tsx run.ts --run_facts --dry_run', 'show what loading the facts would do'],
    ['npx tsx run.ts --drop_tables --run_dimensions --run_facts --yes', 'begin anew, asking nothing'],
    ['npx tsx run.ts --run_dimensions --run_facts --enqueue --wait', 'let the workers load it, and wait'],
    ['npx tsx run.ts --rollback', 'put back what stood before the last refresh'],
  ],
}

const query: Command = {
  name: 'query', takes: '<sql>',
  brief: 'ask the warehouse, and print the rows',
  does: 'Asks the warehouse, or a source, and prints the rows. Nothing can be changed through it.',
  usage: ['npx starline query "select …" [flags]'],
  flags: queryFlags,
  nothing: { columns: [], rows: [], cut: false },
  examples: [
    ['npx starline query "select school_id, name, state from school_dim limit 3"', ''],
    ['npx starline query --source default "select count(*) as n from school"', ''],
  ],
}

const init: Command = {
  name: 'init', takes: '[folder]',
  brief: 'begin a warehouse of your own: copies the example into a folder',
  does: 'Begins a warehouse of your own: copies the example, which loads as it is, into this folder or another one.\n'
    + 'Nothing that is there is written over; a package.json only gets what it lacks.',
  usage: ['npx starline init [folder] [flags]'],
  flags: plainFlags,
  nothing: { written: [], kept: [], added: [], byHand: [] },
  examples: [
    ['npx starline init', 'into this folder'],
    ['npx starline init warehouse && cd warehouse && npm install && npm start', 'into a new one, and load it'],
  ],
}

const make: Command = {
  name: 'new', takes: 'dimension|fact <table>', words: ['dimension', 'fact'],
  brief: 'declare a dimension or fact of a table of a source',
  does: 'Reads a table of a source and declares a dimension or a fact of it: its files in sources/, creates/ and dimensions/ or facts/, which load at once.\n'
    + 'Adds it to the index and to config.ts where these are plain, and says what to write where they aren\'t. Nothing is written over.',
  usage: ['npx starline new dimension <table> [flags]', 'npx starline new fact <table> [flags]'],
  flags: newFlags,
  nothing: { leftOut: [], written: [], changed: [], byHand: [] },
  examples: [
    ['npx starline new dimension customer', 'by its primary key, without history'],
    ['npx starline new dimension customer --kind scd2 --lookup email', 'with history, known by an address'],
    ['npx starline new fact invoice_line --source crm', 'foreign keys lead to the dimensions that there are'],
  ],
}

const ls: Command = {
  name: 'ls',
  brief: 'list all dimensions and facts, and how each was loaded last',
  does: 'Lists every dimension and fact that config.ts activates or an index exports, and what the ledger knows of its last load.',
  usage: ['npx starline ls [flags]'],
  flags: plainFlags,
  nothing: { etls: [] },
  examples: [['npx starline ls', ''], ['npx starline ls --json', 'for a program']],
}

const status: Command = {
  name: 'status', takes: '[refresh]',
  brief: 'show what runs, what waits, and what failed and why',
  does: 'Shows the refreshes that wait or run and the last ones that ended; with the name of one, or the end of it, each ETL of it:\n'
    + 'rows so far and before, who works on it, what it waits for, and why it failed.',
  usage: ['npx starline status [refresh] [flags]'],
  flags: plainFlags,
  nothing: { refreshes: [] },
  examples: [['npx starline status', ''], ['npx starline status 20260131T000000-1a2b3c4d', 'ETL by ETL'], ['npx starline status 1a2b3c4d --json', 'for a program']],
}

const retry: Command = {
  name: 'retry', takes: '<refresh>',
  brief: 'let the workers do once more what failed of a refresh',
  does: 'Asks the queue once more for what failed of a refresh, and for what was skipped because of it. What is live is not loaded again.',
  usage: ['npx starline retry <refresh> [flags]'],
  flags: retryFlags,
  nothing: { etls: [] },
  examples: [['npx starline retry 1a2b3c4d', ''], ['npx starline retry 1a2b3c4d --wait', 'until it has ended']],
}

const cancel: Command = {
  name: 'cancel', takes: '<refresh|etl>',
  brief: 'end a refresh, or one ETL, wherever it runs',
  does: 'Ends a refresh, or one dimension or fact that waits or runs, wherever that is: its statement in the database is ended, what it staged is dropped,\n'
    + 'jobs that nobody has begun are taken away, what is not published yet stays as it was. Returns when that is so.',
  usage: ['npx starline cancel <refresh> [flags]', 'npx starline cancel <etl> [flags]'],
  flags: plainFlags,
  nothing: { stopped: [], notBegun: [] },
  examples: [['npx starline cancel 1a2b3c4d', 'the whole refresh'], ['npx starline cancel school', 'one dimension of it; what uses it is skipped']],
}

const logs: Command = {
  name: 'logs', takes: '<refresh>',
  brief: 'print what the workers have logged of a refresh',
  does: 'Prints what the jobs of a refresh have logged, on whatever machine, by time. The queue keeps the lines with its jobs.',
  usage: ['npx starline logs <refresh> [flags]'],
  flags: plainFlags,
  nothing: { lines: [] },
  examples: [['npx starline logs 1a2b3c4d', '']],
}

const board: Command = {
  name: 'board',
  brief: 'look at the queue in a browser',
  does: 'Shows the queues and their jobs in a browser, by bull-board: on this machine alone, at an address with a token in it, until Ctrl-C.\n'
    + 'It only looks. Needs the packages @bull-board/api, @bull-board/ui and ejs.',
  usage: ['npx starline board [flags]'],
  flags: boardFlags,
  examples: [['npx starline board', ''], ['npx starline board --port 3000', 'for ssh -L 3000:127.0.0.1:3000']],
}

const validate: Command = {
  name: 'validate',
  brief: 'look for everything that a load would refuse, and load nothing',
  does: 'Looks for everything that a load would refuse before its first row: the configuration, the types of every create, the live tables of the warehouse\n'
    + 'and what hangs on them, and every source. All of it is told at once; nothing is loaded, and nothing is written.',
  usage: ['npx starline validate [flags]'],
  flags: plainFlags,
  nothing: { ok: false, findings: [] },
  examples: [['npx starline validate', ''], ['npx starline validate && npm start', 'load only where all is well']],
}

const schedule: Command = {
  name: 'schedule', takes: 'sync|ls|rm|pause|resume [name]', words: ['sync', 'ls', 'rm', 'pause', 'resume'],
  brief: 'enter the schedules that tasks/index.ts exports, list them, pause them',
  does: 'Schedules are refreshes that come by the clock. tasks/index.ts exports them, sync enters them into the ledger, and the workers ask for them in time.\n'
    + 'sync tells what was added, changed and removed; ls, when each comes next and what became of it last. rm, pause and resume take a name.',
  usage: ['npx starline schedule sync [flags]', 'npx starline schedule ls [flags]', 'npx starline schedule rm|pause|resume <name> [flags]'],
  flags: scheduleFlags,
  nothing: { schedules: [] },
  examples: [
    ['npx starline schedule sync', 'enter what is declared'],
    ['npx starline schedule ls', 'when each comes next'],
    ['npx starline schedule pause nightly', 'until it is resumed'],
  ],
}

const config: Command = {
  name: 'config', takes: 'print', words: ['print'],
  brief: 'show each value of the configuration, and where it came from',
  does: 'Shows each value of the configuration and where it came from: config.ts, a variable, .env, or the default. Passwords are hidden.',
  usage: ['npx starline config print [flags]'],
  flags: plainFlags,
  nothing: { values: [] },
  examples: [['npx starline config print', ''], ['ETL_SOURCE=duckdb:copy.duckdb npx starline config print', 'what a variable would change']],
}

const completion: Command = {
  name: 'completion', takes: 'bash|zsh', words: ['bash', 'zsh'],
  brief: 'print a script that completes commands, flags and names',
  does: 'Prints a script for a shell, which then completes commands, flags, and the names of dimensions, facts and sources.',
  usage: ['npx starline completion bash', 'npx starline completion zsh'],
  flags: generalFlags,
  examples: [
    ['npx starline completion bash >> ~/.bashrc', ''],
    ['npx starline completion zsh >> ~/.zshrc', 'after compinit'],
  ],
  more: 'It completes after starline, and after npx starline.',
}

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [init, make, run, status, retry, cancel, logs, board, query, ls, validate, schedule, config, completion]

/** `starline` without a command. */
export const noCommand = { flags: generalFlags }
