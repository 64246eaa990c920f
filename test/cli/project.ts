import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runWith } from '../../engine/run.ts'
import type { Io } from '../../engine/cli/terminal.ts'
import { create, defineConfig, scd1, source, transaction } from '../../engine/index.ts'
import type { Config, ConfigSpec } from '../../engine/index.ts'
import { inside } from '../helpers/inside.ts'
import { capturedIo } from './captured.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const data = {
  'data/school.csv': 'id,name,state\n1,North,Ohio\n2,South,\n3,West,Utah\n',
  'data/sale.csv': 'id,school_id,amount\n1,1,10.50\n2,2,3.25\n3,9,1.00\n',
}

/** What is different from the plain star of schools and sales. */
export interface Different {
  /** What follows the FROM clause of the schools' source. */
  readonly schools?: string
  readonly sales?: string
  /** The type of a school's name. */
  readonly name?: string
  readonly config?: Partial<ConfigSpec>
  /** One more dimension, of the schools once more. */
  readonly towns?: boolean
  /** Schools are not active: their ETL is there for the fact's keys only. */
  readonly withoutSchools?: boolean
}

/** What came of a command. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A folder with a tiny star in it: schools, and sales that name them. */
export interface Project {
  readonly folder: string
  path(name: string): string
  write(name: string, text: string): void
  read(name: string): string
  has(name: string): boolean
  config(different?: Different): Config
  /** Runs a command line in this process; the words of `line` are parted by spaces. */
  run(line: string, different?: Different, io?: Partial<Io>): Promise<Ran>
  /** Asks the warehouse. */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  /** Does something to the warehouse that no run would do. */
  execute(...statements: string[]): Promise<void>
  tables(): Promise<readonly string[]>
  remove(): void
}

export function newProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'starline-cli-'))
  const path = (name: string): string => join(folder, name)
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), text)
  }
  for (const [name, text] of Object.entries(data)) write(name, text)
  const warehouse = `duckdb:${path('warehouse.duckdb')}`
  const config = (different: Different = {}): Config => configOf(folder, warehouse, different)
  const project: Project = {
    folder, path, write, config,
    read: (name) => readFileSync(path(name), 'utf8'),
    has: (name) => existsSync(path(name)),
    async run(line, different, io = {}) {
      const captured = capturedIo()
      const code = await runWith(() => Promise.resolve({ default: config(different) }), line.split(' ').filter((word) => word !== ''), { ...captured, ...io })
      return { code, out: captured.out.text(), err: captured.err.text() }
    },
    async rows(sql) {
      return inside(warehouse, (session) => session.query(sql))
    },
    async execute(...statements) {
      await inside(warehouse, async (session) => { for (const sql of statements) await session.execute(sql) })
    },
    async tables() {
      if (!existsSync(path('warehouse.duckdb'))) return []
      return inside(warehouse, (session) => session.tablesLike(''))
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
  return project
}

function configOf(folder: string, warehouse: string, different: Different): Config {
  const schools = (table: string) => scd1({
    source: source<{ school_id: number; name: string; state: string | null }>(
      `SELECT s.id AS school_id, s.name AS name, s.state AS state FROM ${different.schools ?? 'school AS s'}`),
    create: create<string>(`CREATE TABLE ${table} (
      school_key KEY,
      school_id INT NOT NULL,
      name ${different.name ?? 'VARCHAR(20)'} NOT NULL,
      state VARCHAR(20),
      UNIQUE (school_id)
    )`),
    key: 'school_key', lookup: ['school_id'],
  })
  const school = schools('school_dim')
  const sale = transaction({
    source: source<{ sale_id: number; school_id: number; amount: string }>(
      `SELECT s.id AS sale_id, s.school_id AS school_id, s.amount AS amount FROM ${different.sales ?? 'sale AS s'}`),
    create: create<string>('CREATE TABLE sale_fact (sale_id INT NOT NULL, school_fk INT NOT NULL, amount DECIMAL(10,2))'),
    keys: { school_fk: { of: school, by: 'school_id' } },
    total: 'amount',
  })
  return defineConfig({
    source: `files:${join(folder, 'data')}`, warehouse, logs: join(folder, 'etl-logs'),
    dimensions: { ...!different.withoutSchools && { school }, ...different.towns && { town: schools('town_dim') } }, facts: { sale }, ...different.config,
  })
}

/** The same star as files, to be run by a process of its own. */
export function writeFiles(project: Project): void {
  copyFileSync(join(ROOT, 'run.ts'), project.path('run.ts'))
  project.write('package.json', '{ "type": "module" }\n')
  project.write('tsconfig.json', JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'ES2023', paths: { starline: [join(ROOT, 'engine/index.ts')] } },
  }))
  project.write('config.ts', `
    import { create, defineConfig, env, scd1, source } from 'starline'
    const school = scd1({
      source: source(process.env['SCHOOLS'] ?? 'SELECT s.id AS school_id, s.name AS name FROM school AS s'),
      create: create('CREATE TABLE school_dim (school_key KEY, school_id BIGINT NOT NULL, name VARCHAR(40) NOT NULL, UNIQUE (school_id))'),
      key: 'school_key', lookup: ['school_id'],
    })
    export default defineConfig({
      source: 'files:data', warehouse: env('WAREHOUSE', 'duckdb:warehouse.duckdb'), dimensions: { school }, facts: {},
    })
  `)
}
