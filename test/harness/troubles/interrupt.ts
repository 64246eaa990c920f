/** DuckDB's own way to end a statement: an interrupt from another thread, at each statement of a load. */

import { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import type { Chance } from '../chance.ts'
import { readingSql } from '../model.ts'
import type { Strike, Trouble } from '../ordeal.ts'
import type { Scene } from '../scene.ts'
import { STRIDE } from './query.ts'

/** Told of every statement that is about to run, with its session; what it gives back happens instead, if anything. */
type Watch = (connection: DuckDBConnection) => Promise<never> | undefined

/** Looks at what runs, in the driver itself: the engine's sessions are behind private fields. */
function watched(): { watch: Watch | undefined; end(): void } {
  const hook: { watch: Watch | undefined; end(): void } = { watch: undefined, end() {} }
  const owners = new WeakMap<DuckDBPreparedStatement, DuckDBConnection>()
  // oxlint-disable-next-line typescript/unbound-method -- called with its own object
  const { prepare } = DuckDBConnection.prototype
  // oxlint-disable-next-line typescript/unbound-method
  const { run, stream } = DuckDBPreparedStatement.prototype
  const about = (statement: DuckDBPreparedStatement): Promise<never> | undefined => {
    const connection = owners.get(statement)
    return connection && hook.watch?.(connection)
  }
  DuckDBConnection.prototype.prepare = async function prepared(sql) {
    const statement = await prepare.call(this, sql)
    // The reader is in this process, too.
    if (sql !== readingSql) owners.set(statement, this)
    return statement
  }
  DuckDBPreparedStatement.prototype.run = async function ran() { return about(this) ?? run.call(this) }
  DuckDBPreparedStatement.prototype.stream = async function streamed() { return about(this) ?? stream.call(this) }
  hook.end = () => {
    DuckDBConnection.prototype.prepare = prepare
    Object.assign(DuckDBPreparedStatement.prototype, { run, stream })
  }
  return hook
}

export function interruptTrouble({ options: { url, seed } }: Scene): Trouble {
  const hook = watched()
  let usual = 100
  let turn = seed * STRIDE

  function next(chance: Chance): Strike {
    turn += 1
    // An interrupt may come too late for a short statement: every second one is hit for certain, before it has done anything.
    const certain = turn % 2 === 0
    const wanted = 1 + (Math.floor(turn / 2) % (usual + 5))
    const again = 1 + Math.floor(chance() * 3)
    let count = 0
    let struck = false
    return {
      kind: certain ? 'before' : 'during', words: `an interrupt ${certain ? 'before' : 'during'} statement ${wanted}`,
      arm() {
        hook.watch = (connection) => {
          count += 1
          if (count !== wanted) return undefined
          struck = true
          if (certain) return Promise.reject(new Error('INTERRUPT Error: Interrupted!'))
          for (let i = 0; i < again; i += 1) setImmediate(() => { connection.interrupt() })
          return undefined
        }
      },
      async end() {
        hook.watch = undefined
        return struck
      },
    }
  }

  return {
    warehouse: url, next,
    calm() {
      let count = 0
      hook.watch = () => {
        count += 1
        return undefined
      }
      return () => {
        usual = count
        hook.watch = undefined
      }
    },
    close: async () => { hook.end() },
  }
}
