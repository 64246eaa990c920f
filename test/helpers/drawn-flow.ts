import type { Connection } from '../../engine/db/connection.ts'
import type { Flow } from '../../engine/db/flow.ts'
import { tuplesOf } from './drawn.ts'
import type { Drawn } from './drawn.ts'

/** A flow of a drawn table, with the types that its header means in this database. */
export function flowOf({ columns, rows }: Drawn, { dialect }: Pick<Connection, 'dialect'>, batch = 2): Flow {
  const tuples = tuplesOf({ columns, rows })
  const types = columns.map(({ name, type }) => ({
    name, type: type === 'UNTYPED' ? { kind: 'text', untyped: true } as const : dialect.readType(type),
  }))
  async function* batches(): AsyncGenerator<readonly (typeof tuples)[number][]> {
    for (let i = 0; i < tuples.length; i += batch) yield tuples.slice(i, i + batch)
  }
  return { columns: types, rows: { form: 'batches', of: batches() } }
}
