import type { DuckDBMaterializedResult } from '@duckdb/node-api'
import type { Value } from '../value-type.ts'
import { chunkReader } from './read-vectors.ts'

/** The rows of a result that is in memory, as objects. */
export function asObjects(result: DuckDBMaterializedResult): Record<string, Value>[] {
  const names = result.columnNames()
  const read = chunkReader(result.columnTypes())
  const rows: Record<string, Value>[] = []
  // Not by fetching: that would be a turn of the thread pool for each chunk.
  for (let at = 0; at < result.chunkCount; at += 1) {
    const chunk = result.getChunk(at)
    const columns = read(chunk)
    for (let row = 0; row < chunk.rowCount; row += 1) {
      rows.push(Object.fromEntries(names.map((name, column) => [name, columns[column]?.[row] ?? null])))
    }
  }
  return rows
}
