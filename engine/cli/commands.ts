import { generalFlags, initFlags, newFlags, queryFlags, runFlags } from './flag-table.ts'
import type { FlagGroup } from './flag-table.ts'

/** A command of `starline`: what it takes, and how its help shows it. */
export interface Command {
  readonly name: string
  /** What follows the name. */
  readonly takes?: string
  /** In the list of all commands. */
  readonly brief: string
  /** At the head of its own help. */
  readonly does: string
  readonly usage: readonly string[]
  readonly flags: readonly FlagGroup[]
  readonly examples: readonly (readonly [line: string, does: string])[]
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
  ],
}

const query: Command = {
  name: 'query', takes: '<sql>',
  brief: 'ask the warehouse, and print the rows',
  does: 'Asks the warehouse, or a source, and prints the rows. Nothing can be changed through it.',
  usage: ['npx starline query "select …" [flags]'],
  flags: queryFlags,
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
  flags: initFlags,
  examples: [
    ['npx starline init', 'into this folder'],
    ['npx starline init warehouse && cd warehouse && npm install && npm start', 'into a new one, and load it'],
  ],
}

const make: Command = {
  name: 'new', takes: 'dimension|fact <table>',
  brief: 'declare a dimension or fact of a table of a source',
  does: 'Reads a table of a source and declares a dimension or a fact of it: its files in sources/, creates/ and dimensions/ or facts/, which load at once.\n'
    + 'Adds it to the index and to config.ts where these are plain, and says what to write where they aren\'t. Nothing is written over.',
  usage: ['npx starline new dimension <table> [flags]', 'npx starline new fact <table> [flags]'],
  flags: newFlags,
  examples: [
    ['npx starline new dimension customer', 'by its primary key, without history'],
    ['npx starline new dimension customer --kind scd2 --lookup email', 'with history, known by an address'],
    ['npx starline new fact invoice_line --source crm', 'foreign keys lead to the dimensions that there are'],
  ],
}

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [init, make, run, query]

/** `starline` without a command. */
export const noCommand = { flags: generalFlags }
