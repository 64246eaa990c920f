import assert from 'node:assert/strict'
import { changes, queryFlagsOf, readRunFlags } from '../../engine/cli/flags.ts'
import type { QueryFlags, RunFlags } from '../../engine/cli/flags.ts'
import { queryFlags, runFlags } from '../../engine/cli/flag-table.ts'
import { runHelp } from '../../engine/cli/help.ts'
import { readWritten } from '../../engine/cli/parser.ts'
import { ConfigurationError } from '../../engine/errors.ts'
import { captured } from './captured.ts'

const none: RunFlags = {
  testSource: true, dropTables: false, runDimensions: false, runFacts: false, rollback: false, select: [], exclude: [], enqueue: false, wait: false, dryRun: false, concurrency: 1,
  failFast: false, adopt: false, yes: false, json: false, quiet: false, help: false, version: false,
}

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))

const readQueryFlags = (argv: readonly string[]): QueryFlags => queryFlagsOf(readWritten(argv, queryFlags))

describe('the flags of a run', () => {
  const readings: [string, Partial<RunFlags>][] = [
    ['', {}],
    ['--test_source', {}],
    ['--run_dimensions', { runDimensions: true }],
    ['--run-dimensions --run-facts', { runDimensions: true, runFacts: true }],
    ['--drop_tables --yes', { dropTables: true, yes: true }],
    ['--test_dimension_source', {}],
    ['--delete_existing_tables', { dropTables: true }],
    ['--delete-existing-tables', { dropTables: true }],
    ['--no-test_source --run_facts', { testSource: false, runFacts: true }],
    ['--no-test-source --run_facts', { testSource: false, runFacts: true }],
    ['--no-test_dimension_source --run_facts', { testSource: false, runFacts: true }],
    ['--run_facts --no-run_facts', {}],
    ['--select a,b', { select: ['a', 'b'] }],
    ['--select=a,b --select c', { select: ['a', 'b', 'c'] }],
    ['--exclude a, --run_facts', { exclude: ['a'], runFacts: true }],
    ['--dry_run', { dryRun: true }],
    ['--dry-run --no-test_source', { dryRun: true, testSource: false }],
    ['--json --quiet --adopt --fail_fast', { json: true, quiet: true, adopt: true, failFast: true }],
    ['--concurrency 4', { concurrency: 4 }],
    ['--concurrency=2 --concurrency=3', { concurrency: 3 }],
    ['--help', { help: true }],
    ['-h', { help: true }],
    ['--version', { version: true }],
  ]
  for (const [line, expected] of readings) {
    it(`reads ${line || 'an empty line'}`, () => assert.deepEqual(readRunFlags(line.split(' ').filter(Boolean)), { ...none, ...expected }))
  }

  // command line | what is wrong | the way out
  const refusals: [string, string, string][] = [
    ['--run_dimension', 'there is no flag --run_dimension', 'did you mean --run_dimensions?'],
    ['--run-fact', 'there is no flag --run-fact', 'did you mean --run_facts?'],
    ['--no-test_sorce', 'there is no flag --no-test_sorce', 'did you mean --test_source?'],
    ['--delete_tables', 'there is no flag --delete_tables', '--help shows all flags'],
    ['-x', 'there is no flag -x', '--help shows all flags'],
    ['--no-select', 'there is no flag --no-select', 'did you mean --select?'],
    ['--select a --selct b --x', 'there is no flag --selct', 'did you mean --select?'],
    ['--no-select=a', 'there is no flag --no-select', 'did you mean --select?'],
    ['--no-run_facts=1', 'there is no flag --no-run_facts', 'did you mean --run_facts?'],
    ['-json', 'there is no flag -j', '--help shows all flags'],
    ['--to-string', 'there is no flag --to-string', '--help shows all flags'],
    ['--select.a b', 'there is no flag --select.a', 'did you mean --select?'],
    ['--dry-run=true', '--dry_run takes no value', 'write --dry_run, or --no-dry_run to switch it off'],
    ['--json true', 'nothing can be done with "true"', 'a run takes flags only; --help shows them'],
    ['--select', '--select wants a value', 'write --select a,b'],
    ['--concurrency=', '--concurrency wants a value', 'write --concurrency n'],
    ['--concurrency 101', '--concurrency wants a whole number from 1 to 100, not "101"', 'write --concurrency 2'],
    ['--concurrency two', '--concurrency wants a whole number from 1 to 100, not "two"', 'write --concurrency 2'],
    ['--run_facts=yes', '--run_facts takes no value', 'write --run_facts, or --no-run_facts to switch it off'],
    ['--select --json', '--select wants a value', 'write --select a,b'],
    ['--select=,', '--select wants a value', 'write --select a,b'],
    ['--concurrency 0', '--concurrency wants a whole number from 1 to 100, not "0"', 'write --concurrency 2'],
    ['--concurrency 1.5', '--concurrency wants a whole number from 1 to 100, not "1.5"', 'write --concurrency 2'],
    ['school', 'nothing can be done with "school"', 'a run takes flags only; --help shows them'],
    ['--no-test_source', 'there is nothing to do', 'add --run_dimensions or --run_facts, or leave --no-test_source out'],
  ]
  for (const [line, what, wayOut] of refusals) {
    it(`refuses ${line}`, () => {
      assert.throws(() => readRunFlags(line.split(' ')), (error) => {
        assert.ok(error instanceof ConfigurationError)
        assert.deepEqual([error.what, error.wayOut], [what, wayOut])
        return true
      })
    })
  }

  it('know what changes nothing', () => {
    const changing = ['--drop_tables', '--run_dimensions', '--run_facts', '--test_source', '--select a']
      .map((line) => changes(readRunFlags(line.split(' '))))
    assert.deepEqual(changing, [true, true, true, false, false])
  })

  it('are all in the help, the four steps first', async () => {
    const help = await runHelp(captured())
    const shown = [...help.matchAll(/^ {2}--(\w+)/gm)].map(([, name]) => name)
    assert.deepEqual(shown.slice(0, 4), ['test_source', 'drop_tables', 'run_dimensions', 'run_facts'])
    assert.deepEqual(shown, runFlags.flatMap(({ flags }) => flags.map(({ name }) => name)))
    for (const { title } of runFlags) assert.ok(help.includes(`\n\n${title}\n  --`), title)
    assert.ok(help.includes('  --select a,b   only these'), 'what stands for a value is shown beside its flag')
  })

  it('have a help that is as wide as the terminal, and is not wrapped in a pipe', async () => {
    assert.ok(widest(await runHelp(captured())) > 120)
    const narrow = await runHelp(captured({ width: 64 }))
    assert.ok(widest(narrow) <= 64)
    assert.match(narrow, /^ {2}--test_source {5}run every.*\n {20}\S/m)
  })

  it('have a help whose heads are painted where colours are wanted', async () => {
    assert.ok((await runHelp(captured({ colours: true }))).includes('\n\u001b[1mHow\u001b[22m\n'))
  })
})

describe('the command line of a query', () => {
  it('is one text, with its semicolon taken off', () => {
    assert.deepEqual(readQueryFlags(['select 1 ;', '--json', '--source', 'crm']), { sql: 'select 1', source: 'crm', json: true, help: false, version: false })
  })

  it('keeps the text as it is, whatever looks like a flag in it', () => {
    assert.equal(readQueryFlags(['--', '--a-comment\nselect 1']).sql, '--a-comment\nselect 1')
  })

  const refusals: [string[], string][] = [
    [['select', '1'], 'a query is one text'],
    [[], 'the SQL is missing'],
    [['--run_facts'], 'there is no flag --run_facts'],
  ]
  for (const [argv, what] of refusals) {
    it(`is refused: ${argv.join(' ') || 'nothing'}`, () => assert.throws(() => readQueryFlags(argv), { what }))
  }
})
