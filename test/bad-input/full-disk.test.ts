import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freshDatabase, freshPostgres, startOwn } from '../helpers/servers/index.ts'
import { loadAll } from '../helpers/refresh.ts'
import { inside } from '../helpers/inside.ts'
import { configOf, liveText } from './star.ts'
import { skip } from '../helpers/skip.ts'

const run = promisify(execFile)
const different = { name: 'name VARCHAR(2000) NOT NULL' }

/** A place of a few megabytes: loads until it is full, and says what each ETL's error was. */
interface Place {
  readonly warehouse: string
  load(folder: string): Promise<readonly (string | undefined)[]>
  lift?(): Promise<void>
  remove(): Promise<void>
}

const hereAndNow = async (folder: string, warehouse: string): Promise<readonly (string | undefined)[]> => {
  const { etls, error } = await loadAll(configOf(folder, warehouse, different))
  return [...etls.map((etl) => etl.error?.message), error?.message]
}

const path = (file: string): string => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)))

/** The same in a process of its own, no file of which may grow beyond so many blocks of 512 bytes; it is told so, and not ended. */
async function loadWithin(blocks: number, folder: string, warehouse: string): Promise<readonly (string | undefined)[]> {
  const code = `const { configOf } = await import(${path('star.ts')}); const { loadAll } = await import(${path('../helpers/refresh.ts')})
    const { etls, error } = await loadAll(configOf(${JSON.stringify(folder)}, ${JSON.stringify(warehouse)}, ${JSON.stringify(different)}))
    console.log(JSON.stringify([...etls.map((etl) => etl.error?.message ?? null), error?.message ?? null])); process.exit()`
  const { stdout } = await run('sh', ['-c', `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" --import tsx --input-type=module -e "$1"`, process.execPath, code], { cwd: fileURLToPath(new URL('../..', import.meta.url)) })
  return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]') as (string | null)[]).map((message) => message ?? undefined)
}

const places: Readonly<Record<string, (folder: string) => Promise<Place>>> = {
  async 'MariaDB whose tablespace is full'() {
    const server = await startOwn('mariadb', { args: ['--innodb-file-per-table=0', '--innodb-data-file-path=ibdata1:12M:autoextend:max:28M'] })
    const { url } = await freshDatabase('full', server.url)
    return { warehouse: url, load: (folder) => hereAndNow(folder, url), remove: () => server.stop() }
  },
  async 'PostgreSQL whose files may not grow'() {
    const server = await startOwn('postgres')
    const { url } = await freshPostgres('full', server.url)
    // Of the server itself, so of every session that begins from now on; a file of its log has 16 MB.
    const as = process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : ['env']
    const limit = async (bytes: string): Promise<void> => { await run('env', [...as, 'prlimit', '--pid', String(server.pid), `--fsize=${bytes}:`]) }
    return {
      warehouse: url, remove: () => server.stop(), lift: () => limit('unlimited'),
      async load(folder) {
        await limit(String(16 * 1024 * 1024 + 8192))
        return hereAndNow(folder, url)
      },
    }
  },
  async 'DuckDB whose file may not grow'(folder) {
    const warehouse = `duckdb:${join(folder, 'warehouse.duckdb')}`
    return { warehouse, load: (of) => loadWithin(16 * 1024, of, warehouse), async remove() {} }
  },
}

const files = (folder: string, schools: readonly string[]): void => {
  writeFileSync(join(folder, 'data', 'school.csv'), `id,name,state\n${schools.map((name, i) => `${i + 1},${name},Ohio`).join('\n')}\n`)
  writeFileSync(join(folder, 'data', 'sale.csv'), 'id,school_id,amount\n1,1,10.50\n')
}

for (const [what, place] of Object.entries(places)) {
  const needsLimits = what.startsWith('PostgreSQL')
  describe(what, () => {
    let folder: string
    let at: Place
    before(async function () {
      this.timeout(120_000)
      if (needsLimits && !existsSync('/usr/bin/prlimit')) skip(this, `${what}: there is no prlimit to limit its files`)
      folder = mkdtempSync(join(tmpdir(), 'starline-full-'))
      mkdirSync(join(folder, 'data'))
      at = await place(folder)
    })
    after(async () => {
      await at?.remove()
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    })

    it('fails the load and says so, keeps the star whole, and takes the next load that has room', async () => {
      files(folder, ['North', 'South'])
      assert.deepEqual(await hereAndNow(folder, at.warehouse), [undefined, undefined, undefined])
      const first = await inside(at.warehouse, liveText)
      files(folder, Array.from({ length: 14_000 }, () => randomBytes(750).toString('hex')))
      const [school = '', sale = ''] = await at.load(folder)
      assert.match(school, /no room|is full|File too large/i)
      assert.match(school, /Way out: make room on/)
      assert.match(school, /dimension school|warehouse\.duckdb/)
      assert.match(sale, /skipped|dimension school/)
      await at.lift?.()
      assert.equal(await inside(at.warehouse, liveText), first)
      files(folder, ['North', 'South', 'East'])
      assert.deepEqual(await hereAndNow(folder, at.warehouse), [undefined, undefined, undefined])
      const rows = await inside(at.warehouse, (session) => session.query('SELECT name FROM school_dim WHERE school_key > 0 ORDER BY school_key'))
      assert.deepEqual(rows, [{ name: 'North' }, { name: 'South' }, { name: 'East' }])
      const left = await inside(at.warehouse, async (session) => (await session.tablesLike('')).filter((name) => /__[a-np-z]\d+$/.test(name)))
      assert.deepEqual(left, [])
    }).timeout(120_000)
  })
}
