import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { commands } from '../engine/cli/commands.ts'
import { runFlags } from '../engine/cli/flag-table.ts'
import type { FlagGroup } from '../engine/cli/flag-table.ts'
import { duckdbDialect } from '../engine/db/duckdb/dialect.ts'
import { mysqlDialect } from '../engine/db/mysql/dialect.ts'
import { familyOf } from '../engine/db/mysql/family.ts'
import { sourceSchemes } from '../engine/db/open.ts'
import { CALENDAR } from '../engine/dimension/calendar-columns.ts'
import { env } from '../engine/env.ts'
import { ledgerStatements, ledgerTables } from '../engine/publish/ledger.ts'
import { readCreate } from '../engine/sql/create.ts'
import { apiPage } from './docs/api.ts'
import { compile, examples, snippetsOf } from './docs/compile.ts'
import type { Snippet } from './docs/compile.ts'
import { anchorsOf, documented, linksOf, markdownFiles, read, ROOT, section } from './docs/markdown.ts'
import { isRunnable, runExamples } from './docs/run-examples.ts'
import { freshClone, notPrinted, stepsOf, take } from './docs/tour.ts'
import { askedWhile, exportsOf, flagsSpokenOf, membersOf, uncommented, variablesIn } from './docs/truth.ts'
import { allEngineFiles } from './docs/engine-files.ts'

const commandLine = 'docs/reference/command-line.md'
const configuration = 'docs/reference/configuration.md'
const declarations = 'docs/reference/declarations.md'
const api = 'docs/reference/api.md'
const ledger = 'docs/reference/ledger.md'

const namesOf = (groups: readonly FlagGroup[]): string[] => groups.flatMap(({ flags }) => flags.map(({ name }) => name))
const matches = (path: string, pattern: RegExp): string[] => [...uncommented(path).matchAll(pattern)].map(([, name = '']) => name)

/** The ledger's columns, on whatever database they are. */
function ledgerColumns(table: string): string[] {
  const columns = [duckdbDialect, mysqlDialect(familyOf(true))].flatMap((dialect) => ledgerStatements(dialect, [table])
    .filter((sql) => /^create table/i.test(sql)).flatMap((sql) => readCreate(sql, dialect.name === 'mysql' ? 'mysql' : 'standard').columns.map(({ name }) => name)))
  return [...new Set(columns)]
}

function scriptsOf(manifest: string): string[] {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(manifest)
  return Object.keys(scripts)
}

const variables = (): string[] => [
  ...allEngineFiles().flatMap((path) => variablesIn(uncommented(path))),
  ...variablesIn(uncommented('config.ts')).filter((name) => name !== 'CRM_URL'),
  ...askedWhile(() => { env('ETL_SOURCE'); env('ETL_WAREHOUSE') }),
]

const scd1 = membersOf('engine/dimension/dimension.ts', 'interface DimensionSpec')

// what | where it is documented | what the code has
const truths: [string, string, string, () => readonly string[]][] = [
  ['every flag of run.ts', commandLine, 'run.ts', () => namesOf(runFlags)],
  ['every command of starline', commandLine, 'starline', () => commands.map(({ name }) => name)],
  ...commands.filter(({ name }) => name !== 'run').map(({ name, flags }): [string, string, string, () => readonly string[]] =>
    [`every flag of starline ${name}`, commandLine, `starline ${name}`, () => namesOf(flags)]),
  ['every flag of the worker', commandLine, 'The worker', () => matches('engine/queue/work.ts', /(\w+): \{ type: '(?:string|boolean)'/g)],
  ['every exit code', commandLine, 'Exit codes', () => ['0', '1', '2', '3', ...matches('engine/cli/stop.ts', /SIG\w+: (\d+)/g)]],
  ['every script', commandLine, 'Scripts', () => scriptsOf(read('package.json'))],
  ['every key of the configuration', configuration, 'defineConfig', () => membersOf('engine/config-shape.ts', 'shape = z.strictObject(')],
  ['every deadline', configuration, 'deadlines', () => membersOf('engine/define-config.ts', 'readonly deadlines?:')],
  ['every variable', configuration, 'Environment variables', () => [...variables(), ...['mariadb', 'postgres', 'redis'].flatMap((kind) => variablesIn(uncommented(`test/helpers/servers/${kind}.ts`)))]],
  ['every scheme and parameter of a URL', configuration, 'URLs', () => [
    ...sourceSchemes, ...matches('engine/config-shape.ts', /'(rediss?:|embedded)'/g),
    ...matches('engine/queue/backend/redis-address.ts', /PARAMETERS = \[(.*)\]/g).flatMap((list) => list.split(', ').map((word) => word.slice(1, -1))),
    ...matches('engine/db/mysql/address.ts', /PARAMETERS = \[(.*)\]/g).flatMap((list) => list.split(', ').map((word) => word.slice(1, -1))),
    ...matches('engine/db/postgres/address.ts', /PARAMETERS = \[(.*)\]/g).flatMap((list) => list.split(', ').map((word) => word.slice(1, -1))),
    ...matches('engine/db/files.ts', /key !== '(\w+)'/g),
  ]],
  ['every option of a source', declarations, 'source', () => membersOf('engine/source/sql.ts', 'interface SourceOptions')],
  ['every option of scd1', declarations, 'scd1', () => scd1],
  ['every option of scd2', declarations, 'scd2', () => [...membersOf('engine/dimension/scd2.ts', 'interface Scd2Spec'), 'valid_from', 'valid_to', 'is_current']],
  ['every option of date', declarations, 'date', () => [...membersOf('engine/dimension/date.ts', 'interface DateSpec'), ...membersOf('engine/dimension/calendar.ts', 'interface CalendarOptions')]],
  ['every option of transaction', declarations, 'transaction', () => membersOf('engine/fact/fact.ts', 'interface FactSpec')],
  ['every option of a key', declarations, 'One of its keys', () => membersOf('engine/fact/fact.ts', 'interface DeclaredKey')],
  ['every option of a task', declarations, 'task', () => membersOf('engine/schedule/scheduled-task.ts', 'interface TaskSpec')],
  ['every column of the calendar', declarations, 'Calendar columns', () => CALENDAR.map(({ name }) => name)],
  ['every export', api, 'Exports', () => exportsOf('engine/index.ts')],
  ...ledgerTables.map((table): [string, string, string, () => readonly string[]] => [`every column of ${table}`, ledger, table, () => ledgerColumns(table)]),
]

describe('the reference', () => {
  for (const [what, page, heading, has] of truths) {
    it(`has ${what}, and nothing else`, () => {
      const real = has()
      assert.ok(real.length > 0, 'the code was read')
      assert.deepEqual([...new Set(documented(page, heading))].toSorted(), [...new Set(real)].toSorted())
    })
  }

  it('has both forms of every key: what a user writes and what is checked', () => {
    assert.deepEqual(membersOf('engine/config-shape.ts', 'shape = z.strictObject(').toSorted(), membersOf('engine/define-config.ts', 'interface ConfigSpec').toSorted())
  })

  it('has every other name of a flag', () => {
    for (const name of runFlags.flatMap(({ flags }) => flags.flatMap(({ also }) => also ?? []))) assert.ok(section(commandLine, 'run.ts').includes(`--${name}`), name)
  })

  it('has a section for each export, made of its docstring', () => {
    const page = apiPage()
    assert.equal(read(api), page, 'write it anew: npm run docs:api')
    for (const name of exportsOf('engine/index.ts')) assert.match(page, new RegExp(`^### ${name}\\n\\n(?!\`\`\`)\\S`, 'm'), `${name} has no docstring`)
  })

  it('has every table of the ledger', () => {
    assert.deepEqual([...read(ledger).matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name).toSorted(), ledgerTables.toSorted())
    const many = ['Six', 'Seven', 'Eight', 'Nine', 'Ten'][ledgerTables.length - 6] ?? ''
    assert.match(read(ledger), new RegExp(`^${many} tables in the warehouse`, 'm'))
    assert.match(read('docs/guide/warehouses.md'), new RegExp(`^${many} \`etl_…\` tables are the ledger`, 'm'))
    const reserved = read('docs/guide/creates.md').split('\n').find((line) => line.endsWith("are the ledger's.")) ?? ''
    assert.deepEqual([...reserved.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).toSorted(), ledgerTables.toSorted())
  })
})

describe('the pages', () => {
  it('speak of no flag that nobody has', () => {
    const known = [...commands.flatMap(({ flags }) => namesOf(flags)), ...runFlags.flatMap(({ flags }) => flags.flatMap(({ also }) => also ?? [])),
      ...matches('engine/queue/work.ts', /(\w+): \{ type: '(?:string|boolean)'/g), 'no_test_source', 'no_x', 'replace', 'embedded', 'import', 'ignore_scripts']
    assert.deepEqual([...flagsSpokenOf()].filter(([flag]) => !known.includes(flag)), [])
  })

  for (const page of markdownFiles()) {
    it(`${page} links to what is there`, () => {
      const broken = linksOf(read(page)).filter((target) => {
        const [path = '', anchor] = target.split('#', 2)
        const file = path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path))
        if (!existsSync(join(ROOT, file))) return true
        return anchor !== undefined && !anchorsOf(read(file)).includes(anchor)
      })
      assert.deepEqual(broken, [])
    })
  }
})

describe('what the documentation shows', () => {
  const pages = markdownFiles().filter((page) => page.startsWith('docs/guide/'))
  const snippets = [...pages.flatMap(snippetsOf), ...examples()]
  let said: ReadonlyMap<Snippet, string>
  before(async function () {
    this.timeout(60_000)
    said = await compile(snippets)
  })
  for (const snippet of snippets) it(`compiles: ${snippet.title}`, () => assert.equal(said.get(snippet), '', snippet.text))
})

describe('the examples in docstrings', () => {
  const runnable = examples().filter(isRunnable)
  let became: ReadonlyMap<Snippet, string | undefined>
  before(function () {
    this.timeout(120_000)
    became = runExamples(runnable)
  })
  it('are run, all that need no queue', () => assert.ok(runnable.length >= 11, `${runnable.length}`))
  for (const snippet of runnable) it(`run: ${snippet.title}`, () => assert.equal(became.get(snippet), undefined, became.get(snippet)))
})

describe('the tour', () => {
  const steps = stepsOf(read('README.md'))
  const inGuide = stepsOf(read('docs/guide/warehouses.md')).filter(({ kind }) => kind === 'run')
  let clone: ReturnType<typeof freshClone>
  before(() => { clone = freshClone() })
  after(() => clone.remove())

  it('is a tour', () => assert.ok(steps.length > 20, `${steps.length} steps`))

  // What the guide asks for is asked right after the first load.
  const loaded = 1 + steps.findIndex(({ kind }) => kind === 'run')
  for (const step of [...steps.slice(0, loaded), ...inGuide, ...steps.slice(loaded)]) {
    if (step.kind !== 'run') {
      it(`${step.kind}s ${step.path}`, () => { take(step, clone.folder) })
      continue
    }
    it(`$ ${step.command}`, () => {
      const printed = take(step, clone.folder)
      assert.equal(notPrinted(step.printed, printed), undefined, `printed was:\n${printed}`)
    })
  }
})
