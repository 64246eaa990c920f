import assert from 'node:assert/strict'
import { changes, readQueryFlags, readRunFlags } from '../../engine/cli/flags.ts'
import type { RunFlags } from '../../engine/cli/flags.ts'
import { runFlags } from '../../engine/cli/flag-table.ts'
import { runHelp } from '../../engine/cli/help.ts'
import { ConfigurationError } from '../../engine/errors.ts'
import { captured } from './captured.ts'

const none: RunFlags = {
  testSource: true, dropTables: false, runDimensions: false, runFacts: false, select: [], exclude: [], dryRun: false, concurrency: 1,
  failFast: false, adopt: false, yes: false, json: false, quiet: false, help: false, version: false,
}

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
    ['--run-fact', 'there is no flag --run_fact', 'did you mean --run_facts?'],
    ['--no-test_sorce', 'there is no flag --no-test_sorce', 'did you mean --test_source?'],
    ['--delete_tables', 'there is no flag --delete_tables', '--help shows all flags'],
    ['-x', 'there is no flag -x', '--help shows all flags'],
    ['--no-select', 'there is no flag --no-select', 'did you mean --select?'],
    ['--run_facts=yes', '--run_facts takes no value', 'write --run_facts, or --no-run_facts to switch it off'],
    ['--select', '--select wants a value', 'write --select a,b'],
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

  it('are all in the help, the four steps first', () => {
    const help = runHelp(captured())
    const shown = [...help.matchAll(/^ {2}--(\w+)/gm)].map(([, name]) => name)
    assert.deepEqual(shown.slice(0, 4), ['test_source', 'drop_tables', 'run_dimensions', 'run_facts'])
    assert.deepEqual(shown, runFlags.flatMap(({ flags }) => flags.map(({ name }) => name)))
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
