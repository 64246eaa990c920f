import { openDatabase } from '../db/open.ts'
import { workerName } from '../etl/context.ts'
import { entriesOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { asError, ConfigurationError, messageOf } from '../errors.ts'
import { oldStatements } from '../publish/before.ts'
import { lastPublished } from '../publish/last-published.ts'
import type { LastPublished, RollbackTable } from '../publish/last-published.ts'
import { fenceOf, rollback, rollbackSwap } from '../publish/rollback.ts'
import { openRefresh } from '../publish/refresh.ts'
import type { TableDefinition } from '../sql/create.ts'
import { planText } from './plan-text.ts'
import { confirm } from './prompt.ts'
import { end } from './refresh-all.ts'
import type { Scene } from './scene.ts'
import { withSession } from '../etl/sessions.ts'
import { counted } from './words.ts'

/** `--rollback`: look, ask, and put back what stood before the refresh that was published last. */
export async function rollBack(scene: Scene): Promise<void> {
  const { config, databases, flags, log, outcome, stop } = scene
  const warehouse = await databases.warehouse()
  const found = await withSession(warehouse, stop.signal, (session) => lastPublished(session))
  await ask(scene, found, warehouse.place)
  stop.signal.throwIfAborted()
  const refresh = await openRefresh(warehouse, { held: true, asked: flags, onLost: (error) => stop.abort(error) })
  outcome.refresh = refresh.id
  try {
    const { untidy, ...done } = await withSession(warehouse, stop.signal, (session) => rollback(session, found, {
      refresh: refresh.id, worker: workerName(), definitionOf: definitionsOf(config, session.dialect.name),
      step: (step) => { if (step === 'rollback-claimed') stop.publishing(true) },
    }))
    outcome.rolledBack = done
    if (untidy !== undefined) log.warn(`Could not clear away what was taken away: ${messageOf(untidy)}`, { event: 'untidy', refresh: refresh.id })
    const tables = found.tables.map(({ run }) => run.target)
    log.info(`Rolled back ${counted(tables.length, 'table')} of refresh ${found.refresh}`, { event: 'rolled-back', refresh: refresh.id, rolledBack: found.refresh, tables })
  } catch (error) {
    outcome.error = asError(error)
    log.error(asError(error).message, { event: 'ended', refresh: refresh.id })
  }
  stop.publishing(false)
  await end(scene, refresh)
}

/** The same with `--dry_run`: which refresh, and the statements. */
export async function planRollBack({ config, io, outcome, stop }: Scene): Promise<void> {
  const warehouse = await openDatabase(config.warehouse, { readOnly: true, orEmpty: true, connectSeconds: config.deadlines.connectSeconds })
  try {
    await withSession(warehouse, stop.signal, async (session) => {
      const found = await lastPublished(session)
      const definitionOf = definitionsOf(config, session.dialect.name)
      const swaps = await Promise.all(found.tables.map(async (table) => rollbackSwap(table, 1 + await fenceOf(session, table.run.target), definitionOf)))
      const how = `put back what stood before refresh ${found.refresh}, in one atomic step`
      const made: string[] = []
      for (const { run, changed } of found.tables) if (changed !== undefined) made.push(...await oldStatements(session, run, changed, definitionOf(run.target)))
      outcome.plan = { ledger: [], etls: [], publish: [...made, ...session.dialect.swap(swaps)], how }
      outcome.planText = planText(outcome.plan, warehouse.place, io.out)
    })
  } finally {
    await warehouse.close()
  }
}

const definitionsOf = (config: Config, dialect: string) => (target: string): TableDefinition | undefined =>
  entriesOf(config).map(({ etl }) => etl.create.definition(dialect)).find(({ table }) => table === target)

async function ask(scene: Scene, found: LastPublished, place: string): Promise<void> {
  const { flags, io, stop } = scene
  if (flags.yes) return
  const question = `${place}: refresh ${found.refresh}, published at ${found.publishedAt} (UTC)\n${found.tables.map(lineOf).join('\n')}\nPut back what stood before it?`
  if (await confirm(io, question, stop.signal, () => stop.ask('SIGINT'))) return
  stop.signal.throwIfAborted()
  throw new ConfigurationError('nothing was rolled back', { why: 'the answer was not yes' })
}

const lineOf = ({ run, liveRows, oldRows }: RollbackTable): string =>
  `  ${run.target}: ${rowsText(liveRows)} now, ${run.replaced === null ? 'and no table before it: it goes' : `${rowsText(oldRows)} before`}`

const rowsText = (rows: number | undefined): string => (rows === undefined ? 'rows that are not known' : counted(rows, 'row'))
