/** Others who hold what a load needs: readers in a live table across its publish, and writers who lock the ledger the other way round. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Connection, Database } from '../../../engine/db/connection.ts'
import { oneOf, shuffled } from '../chance.ts'
import type { Chance } from '../chance.ts'
import { pointWords } from '../job.ts'
import { isAt } from '../ordeal.ts'
import type { Strike, Trouble } from '../ordeal.ts'
import { anyPoint } from '../plan.ts'
import type { Scene } from '../scene.ts'
import { tables } from '../star.ts'

/** Statements that lock rows or tables one after the other, and what is held for how long. */
interface Holder {
  readonly kind: string
  readonly statements: readonly string[]
  readonly between: number
  readonly milliseconds: number
}

const LEDGER = ['etl_target', 'etl_run', 'etl_request', 'etl_refresh'] as const

function holderOf(chance: Chance, rowLocks: boolean): Holder {
  const milliseconds = 50 + Math.floor(chance() * 1_200)
  const between = Math.floor(chance() * 25)
  if (!rowLocks || chance() < 0.5) {
    return { kind: 'reader', between, milliseconds, statements: shuffled(chance, tables).map((table) => `SELECT COUNT(*) AS n FROM ${table}`) }
  }
  // Rows and tables in an order that no load takes them in: one of both must give way.
  const locked = shuffled(chance, LEDGER).slice(0, 2).map((table) => `SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM ${table} FOR UPDATE) AS held`)
  const read = `SELECT COUNT(*) AS n FROM ${oneOf(chance, tables)}`
  return { kind: 'writer', between, milliseconds: milliseconds / 2, statements: chance() < 0.5 ? [...locked, read] : [read, ...locked] }
}

export function locksTrouble({ database, options: { url } }: Scene): Trouble {
  if (database === undefined) throw new Error('this needs other sessions than the load\'s')

  function next(chance: Chance): Strike {
    const at = anyPoint(chance, ['reserved', 'created', 'loaded', 'checked', 'staged', 'publish-locked', 'publish-locked', 'swapped', 'published', 'ending'])
    const holder = holderOf(chance, database!.dialectName !== 'duckdb')
    let holding: Promise<void> | undefined
    return {
      kind: holder.kind,
      words: `a ${holder.kind} from ${pointWords(at)} on for ${Math.round(holder.milliseconds)} ms: ${holder.statements.join('; ')}`,
      arm() {},
      atStep(point) { if (isAt(point, at)) holding ??= hold(database!, holder) },
      async end() {
        await holding
        return holding !== undefined
      },
    }
  }

  return { warehouse: url, next, close: async () => {} }
}

/** A holder who is chosen to give way has given way. */
async function hold(database: Database, { statements, between, milliseconds }: Holder): Promise<void> {
  const session: Connection = await database.connect()
  try {
    await session.transaction(async () => {
      for (const statement of statements) {
        await session.query(statement)
        await pause(between)
      }
      await pause(milliseconds)
    })
  } catch {
    // It was to be in the way, and was.
  } finally {
    await session.close()
  }
}
