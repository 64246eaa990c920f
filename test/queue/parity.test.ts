import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { openMysql } from '../../engine/db/mysql.ts'
import { targetLock } from '../../engine/publish/ledger.ts'
import type { RunningWorker } from '../../engine/queue/worker.ts'
import { asAdmin } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { bothDoors, comparable, contentsOf, documentOf, runOn, workerOn } from './doors.ts'
import type { Ran } from './doors.ts'
import { rows } from './project.ts'
import type { Project } from './project.ts'
import { tell, untell } from './star/star.ts'

const LOAD = '--run_dimensions --run_facts'
const UNTESTED = '--no-test_source'

type Doors = Awaited<ReturnType<typeof bothDoors>>

/** Some texts name the warehouse, or its user. */
const nowhere = (document: unknown): unknown => JSON.parse(JSON.stringify(document).replaceAll(/mysql:\/\/[^,\s"]*/g, '<place>').replaceAll(/'loader_\w+'/g, '<loader>'))

/** The same line by both doors: the same document, the same exit code, the same tables. */
async function alike({ queued, inTurn }: Doors, more: string, code: number, load = LOAD): Promise<{ readonly queued: Ran; readonly document: unknown }> {
  const line = `${load} --json ${more}`.trim()
  const ran = { inTurn: await runOn(inTurn, line), queued: await runOn(queued, `${line} --enqueue --wait`) }
  assert.deepEqual([ran.inTurn.code, ran.queued.code], [code, code], `${line}\n${ran.inTurn.out}${ran.inTurn.err}\n${ran.queued.out}${ran.queued.err}`)
  const document = documentOf(ran.inTurn)
  assert.deepEqual(nowhere(withoutRefresh(documentOf(ran.queued))), nowhere(withoutRefresh(document)))
  const expected = await contentsOf(inTurn)
  // How it ended is entered before what it staged is dropped, so who waits for that may be here a moment earlier.
  await until('what was staged is dropped', async () => isDeepStrictEqual(await contentsOf(queued), expected) || undefined, 10_000).catch(() => undefined)
  assert.deepEqual(await contentsOf(queued), expected)
  return { queued: ran.queued, document }
}

/** A run whose sources fail their test has a refresh already; nothing was asked of the queue by then. */
const withoutRefresh = (document: unknown): unknown => ({ ...document as object, refresh: null })

/** A report whose columns are as wide as they need to be. */
const textOf = ({ out }: Ran): string => comparable(out).replaceAll(/ {2,}/g, '  ')

/** Holds the lock of a table, until it is told to let go. */
async function hold({ warehouse }: Project, table: string): Promise<() => Promise<void>> {
  const database = await openMysql(warehouse)
  const session = await database.connect()
  assert.ok(await session.lock(targetLock(table)), 'the lock is free')
  return () => database.close()
}

const onSource = async ({ source }: Project, ...statements: readonly string[]): Promise<void> => withConnection(await asAdmin(source), async (connection) => {
  for (const sql of statements) await connection.query(sql)
})

describe('a refresh by either door has the same tables, tuples, document and exit code', () => {
  const workers: RunningWorker[] = []
  let both: Doors
  before(async () => { both = await doors() })
  after(() => Promise.all(workers.map((worker) => worker.stop())))

  const doors = async (more?: Parameters<typeof bothDoors>[0]): Promise<Doors> => {
    const made = await bothDoors(more)
    workers.push(await workerOn(made.queued))
    return made
  }

  it('where all is well: loaded first, picked of it, dropped before it', async () => {
    const { queued } = await alike(both, '', 0)
    assert.match(queued.err, /^tested 3 sources$/m)
    // A look that comes after the publish finds the fact published already.
    assert.match(queued.err, /^(loaded|published) fact sale, 500 rows, [\d.]+ s$/m)
    await alike(both, `--select product ${UNTESTED}`, 0, '--run_dimensions')
    const dropped = await alike(both, `--drop_tables --yes --exclude product ${UNTESTED}`, 0, '--run_dimensions')
    assert.deepEqual((dropped.document as { dropped: unknown }).dropped, ['sale_fact', 'school_dim'])
    await alike(both, UNTESTED, 0, '--run_facts')
  })

  it('and the same report', async () => {
    const reports = { inTurn: await runOn(both.inTurn, `${LOAD} ${UNTESTED}`), queued: await runOn(both.queued, `${LOAD} ${UNTESTED} --enqueue --wait`) }
    assert.match(reports.inTurn.out, /^dimension {2}school 3 · product 4$/m)
    assert.equal(textOf(reports.queued), textOf(reports.inTurn))
  })

  it('where a source is broken: at its test, and in the load', async () => {
    tell(both.queued.folder, 'product', 'broken')
    const { document } = await alike(both, '', 1)
    assert.deepEqual((document as { etls: unknown }).etls, [])
    await alike(both, UNTESTED, 1)
    untell(both.queued.folder, 'product', 'broken')
  })

  it('where a row does not fit', async () => {
    await onSource(both.queued, 'ALTER TABLE product MODIFY title VARCHAR(200) NOT NULL', "INSERT INTO product VALUES (14, REPEAT('long', 20), 1)")
    const { document } = await alike(both, UNTESTED, 1)
    assert.match(JSON.stringify(document), /"name":"DataError"/)
    await onSource(both.queued, 'DELETE FROM product WHERE id = 14')
  })

  it('where the declarations and the warehouse do not agree', async () => {
    for (const project of [both.queued, both.inTurn]) await rows(project.warehouse, "ALTER TABLE product_dim COMMENT = 'mine'")
    const { document } = await alike(both, '', 2)
    assert.match(JSON.stringify(document), /a table of this name exists and was not made here/)
    for (const project of [both.queued, both.inTurn]) await rows(project.warehouse, 'DROP TABLE product_dim')
  })

  it('but where a table is busy: a run ends, a job waits until it is free', async () => {
    const free = await Promise.all([hold(both.inTurn, 'school_dim'), hold(both.queued, 'school_dim')])
    const inTurn = await runOn(both.inTurn, `${LOAD} ${UNTESTED} --json`)
    assert.equal(inTurn.code, 3, inTurn.out)
    const queued = runOn(both.queued, `${LOAD} ${UNTESTED} --json --enqueue --wait`)
    await until('the job was put off', async () => (await rows(both.queued.warehouse, "SELECT 1 FROM etl_request WHERE etl = 'dimension product' AND status = 'loaded'")).length > 0 || undefined, 60_000)
    for (const letGo of free) await letGo()
    assert.equal((await queued).code, 0, (await queued).out)
  })

  for (const [publish, code] of [['all-or-nothing', 1], ['each', 1]] as const) {
    it(`where one ETL fails under publish: '${publish}'`, async () => {
      const own = await doors({ publish })
      await alike(own, UNTESTED, 0)
      await onSource(own.queued, "INSERT INTO school VALUES (4, 'New', 'York')")
      tell(own.queued.folder, 'product', 'broken')
      const { document } = await alike(own, UNTESTED, code)
      assert.equal((document as { heldBack?: string }).heldBack !== undefined, publish === 'all-or-nothing')
      untell(own.queued.folder, 'product', 'broken')
      await alike(own, UNTESTED, 0)
    })
  }

  it('where the source is away', async () => {
    const away = await doors({ source: 'mysql://reader@127.0.0.1:1/away' })
    // Facts are left out: which of two dimensions fails them first is chance.
    const { document } = await alike(away, UNTESTED, 1, '--run_dimensions')
    assert.match(JSON.stringify(document), /"transient":true/)
    await alike(away, '', 1, '--run_dimensions')
  })
})
