import type { FieldPacket } from 'mysql2'
import { DataError } from '../../errors.ts'
import type { LoadOptions, LoadTarget } from '../connection.ts'
import type { LoadBatch } from '../flow.ts'
import { targetColumns } from './encode.ts'
import { loadByInfile } from './infile.ts'
import { loadByInserts } from './inserts.ts'
import type { Job } from './job.ts'
import { RowSource } from '../row-source.ts'
import type { Server } from './server.ts'
import { quote } from './text.ts'
import { IDLE_SECONDS, onAbort } from '../waiting.ts'
import type { Wire } from './wire.ts'

/**
 * Loads rows into a table; the caller holds the transaction, and rolls it back after any error. By LOAD DATA LOCAL where
 * the server allows it, else by INSERTs of many rows; both are held against the same gate.
 *
 * @returns the number of rows loaded
 * @throws {DataError} where the rows and what the table holds would differ
 * @throws the error of whoever gives the rows, as it was thrown
 */
export async function loadRows(
  session: { readonly wire: Wire, readonly server: Server, readonly place: string },
  target: LoadTarget, batches: AsyncIterable<LoadBatch>, { signal, idleSeconds = IDLE_SECONDS, onRows }: LoadOptions,
): Promise<number> {
  const { wire, server, place } = session
  const source = new RowSource(batches, onRows)
  const unwatch = onAbort(signal, (reason) => source.stop(reason))
  try {
    source.throwIfStopped()
    const names = target.columns.map(({ name }) => quote(name)).join(', ')
    const { fields = [] } = await wire.run(`SELECT ${names} FROM ${quote(target.table)} LIMIT 0`)
    refuseTakenForOther(target, fields, place)
    const job: Job = { wire, place, target, source, idleSeconds, maxPacket: server.maxPacket, columns: targetColumns(target, fields) }
    const loaded = server.localInfile ? await loadByInfile(job) : undefined
    return loaded ?? await loadByInserts(job)
  } finally {
    unwatch()
    source.close()
  }
}

/** MySQL takes some names for one that are two, such as ß and ſ: rows would go into the wrong column. @throws {DataError} */
function refuseTakenForOther({ table, columns }: LoadTarget, fields: readonly FieldPacket[], place: string): void {
  const at = columns.findIndex(({ name }, i) => fields[i]?.orgName !== name)
  if (at < 0) return
  throw new DataError(`the server takes the column ${columns[at]?.name} for ${fields[at]?.orgName}`, { where: `${place}, ${table}`, wayOut: 'give one of the two another name' })
}
