import type { Connection, TableDescription } from '../db/connection.ts'
import { fits } from '../db/fits.ts'
import type { FlowColumn } from '../db/flow.ts'
import { DataError } from '../errors.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { RunContext } from './context.ts'
import { checkColumns, declaredColumns, extract } from './extract.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { badRowsOf } from './bad-rows.ts'
import { fitted } from './load.ts'
import { refuseTypes } from './types.ts'

/** How many rows a check reads. */
const checkedRows = 100

/** How a source is checked. */
export interface CheckOptions {
  /** The live table is not dropped before the load. */
  readonly liveStays?: boolean
  /** A load of the very rows follows, and nothing is dropped before it: what it looks at needs no look now. */
  readonly glance?: boolean
  /** Told what the source brings, before any of it is held against anything. */
  readonly onColumns?: (columns: readonly FlowColumn[]) => void
}

/** What the check of one source found. */
export interface SourceCheck {
  readonly entry: Entry
  readonly rows: number
  readonly error?: Error
}

/**
 * Runs an ETL's source read-only for a few rows and holds its columns, types and values against the create, and the
 * create against the live table, where that is to stay. Changes nothing.
 */
export async function checkSource(entry: Entry, context: RunContext, session: Connection, options: CheckOptions = {}): Promise<SourceCheck> {
  try {
    return { entry, rows: await rowsThatFit(entry, context, session, options) }
  } catch (error) {
    return { entry, rows: 0, error: error as Error }
  }
}

async function rowsThatFit(entry: Entry, context: RunContext, session: Connection, { liveStays = true, glance = false, onColumns }: CheckOptions): Promise<number> {
  const definition = entry.etl.create.definition(session.dialect.name)
  await refuseTypes(session, entry, definition)
  const columns = declaredColumns(definition, session.dialect)
  if (liveStays) checkLive(entry, definition, await session.describe(definition.table), columns)
  const extracted = await extract(entry, context, context.refresh.startedAt, checkedRows, glance)
  try {
    const changed = entry.etl.transform(extracted.flow)
    onColumns?.(changed.columns)
    checkColumns(changed, entry, definition, columns)
    const wanted = new Set(entry.etl.needs(definition).map(({ into }) => into))
    const { batches, read } = fitted({
      flow: changed, etl: labelOf(entry), table: definition.table, sample: entry.etl.sample?.(definition) ?? [], badRows: badRowsOf(entry.etl, labelOf(entry), false),
    }, columns.filter(({ name }) => wanted.has(name)))
    for await (const _ of batches) continue
    return read()
  } finally {
    await extracted.close()
  }
}

/** A dimension keeps its members: what is live must go into what the create declares now. */
function checkLive(entry: Entry, definition: TableDefinition, live: TableDescription | undefined, columns: ReturnType<typeof declaredColumns>): void {
  if (live === undefined || entry.type === 'fact') return
  const problems = columns.flatMap((column) => {
    const present = live.columns.find(({ name }) => name === column.name)
    const reason = present && fits(present.type, column.type)
    return reason === undefined ? [] : [`column ${column.name}: ${reason}`]
  })
  if (problems.length === 0) return
  throw new DataError(`the live table ${definition.table} can't go into what the create declares`, {
    where: labelOf(entry), why: problems.join('; '), wayOut: 'change the create, or drop the table first with --drop_tables',
  })
}
