/** A refresh whose process stands still, or dies, without stopping this one; and how time passes for it. */

import assert from 'node:assert/strict'
import type { Connection } from '../../engine/db/connection.ts'
import { databasesOf, workerName } from '../../engine/etl/context.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { runAll } from '../../engine/etl/run-all.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { silent } from '../../engine/log.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { gated, newGate } from '../harness/gate.ts'

export type Door = 'run' | 'queue'

interface Still {
  readonly refresh: string
  /** Ends all its sessions, as the end of its process would. */
  die(): Promise<void>
  goOn(): Promise<RefreshReport>
}

/** A refresh of either door whose process stands still from a step on, until the gate is opened. */
export async function standingStill(config: Config, door: Door, step: string, etl?: string): Promise<Still> {
  const databases = databasesOf(config)
  const gate = newGate()
  let still = false
  const lost = new AbortController()
  const real = await databases.warehouse()
  const sessions: Connection[] = []
  const connect = async (): Promise<Connection> => {
    const session = await real.connect()
    sessions.push(session)
    return session
  }
  const warehouse = gated({ ...real, connect, close: () => real.close() }, gate)
  const refresh = await openRefresh(warehouse, { held: door === 'run', asked: door, onLost: (error) => lost.abort(error) })
  const running = runAll(entriesOf(config), {
    config, warehouse, source: (name) => databases.source(name), refresh, signal: lost.signal, adopt: false, worker: workerName(), log: silent,
    on(happening, entry) {
      if (still || (etl !== undefined && entry?.name !== etl) || happening.what !== 'step' || happening.step !== step) return
      still = true
      gate.shut()
    },
  }, { concurrency: 1, failFast: false })
  await Promise.race([gate.reached, running.then(() => assert.fail(`step ${step} was never reached`))])
  return {
    refresh: refresh.id,
    async die() {
      for (const session of sessions) session.abort(new Error('its process has died'))
      await Promise.all(sessions.map((session) => session.close()))
    },
    async goOn() {
      gate.open()
      const report = await running
      await refresh.end('failed').catch(() => undefined)
      await databases.close()
      return report
    },
  }
}

/** As if more time than its lease had passed since it was last heard of: of the sessions of a refresh, of its runs, or of itself. */
export async function silence(connection: Connection, what: 'sessions' | 'refresh' | 'runs', refresh: string): Promise<void> {
  const { knex, after } = connection.dialect
  const over = knex.raw(after(-120))
  const silenced = {
    sessions: knex('etl_session').where({ refresh }).update({ lease: over }),
    runs: knex('etl_run').where({ refresh }).update({ heartbeat_at: over }),
    refresh: knex('etl_refresh').where({ id: refresh }).update({ lease: over }),
  }
  assert.ok(await connection.execute(silenced[what]) > 0, `the ledger knows the ${what}`)
}
