import type { Connection } from '../db/connection.ts'
import { fits } from '../db/fits.ts'
import { isOneProcess } from '../db/open.ts'
import type { AnyFlow, Flow, FurtherRange, RangeTerms, Relation } from '../db/flow.ts'
import { onAbort } from '../db/waiting.ts'
import { DataError, messageOf, within } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { SourceContext } from '../source/source.ts'
import type { RunContext } from './context.ts'
import type { Etl, Stage, TargetColumn } from './etl.ts'
import type { Entry } from './registry.ts'
import { labelOf } from './registry.ts'

/** A flow, and how to close what it is read from where that was never read to its end. */
export interface Extracted<F extends AnyFlow = Flow> {
  readonly flow: F
  /** Why the rows are read, where they could stay where they are. */
  readonly why?: string
  /** Never throws; a second time does nothing. */
  close(): Promise<void>
}

/** What of a run is needed to ask a source. */
type Asking = Pick<RunContext, 'source' | 'signal' | 'log' | 'config'>

/**
 * Begins to read an ETL's source, on a session of its own, which ends with its last row: the statements that follow in the
 * warehouse may take long, and nobody should hold a source meanwhile.
 *
 * `time` is what `:refreshed_at` stands for; `limit` is how many rows are asked for, with `glance` where a load follows.
 *
 * @throws {DatabaseError} where the source refuses the query
 */
export async function extract(entry: Entry, context: Asking, time: string, limit?: number, glance = false): Promise<Extracted> {
  const { etl } = entry
  const source = openSource(entry, context, { time, ...limit === undefined ? { takesBytes: etl.takesBytes === true } : { limit, glance, takesRanges: mayRange(etl, context) } })
  return source.guard(async () => reading(await etl.source.read(source.asked), source))
}

/**
 * The same for a load: rows stay where they are, if the warehouse's session reaches them there and nobody has to look at
 * them.
 */
export async function extractFor(entry: Entry, context: Asking, time: string, stage: Stage, warehouse: Connection): Promise<Extracted<AnyFlow>> {
  const { etl } = entry
  const source = openSource(entry, context, { time, takesBytes: etl.takesBytes === true, takesRanges: mayRange(etl, context) })
  return source.guard(async () => {
    // The session that was asked first is the one that is read.
    const asked = new Map<string | undefined, Connection>()
    const related = await relate(etl, {
      ...source.asked,
      async connect(name) {
        const session = await source.asked.connect(name)
        asked.set(name, session)
        return session
      },
    }, stage, warehouse)
    if (typeof related === 'object') return { flow: related, close: () => source.close() }
    const flow = await etl.source.read({
      ...source.asked,
      async connect(name) {
        const session = asked.get(name)
        return session !== undefined && asked.delete(name) ? session : source.asked.connect(name)
      },
    })
    return { ...reading(flow, source), ...related !== undefined && { why: related } }
  })
}

/** What one process alone can open takes rows over one session. */
const mayRange = ({ takesRanges }: Etl, { config }: Asking): boolean => takesRanges === true && !isOneProcess(config.warehouse)

/** The rows where they stay in the warehouse's server, without a look at any; or why they have to be read, where there is a choice. */
export async function lookAtSource(entry: Entry, context: Asking, time: string, stage: Stage, warehouse: Connection): Promise<Flow<Relation> | string | undefined> {
  const source = openSource(entry, context, { time })
  try {
    return await source.guard(() => relate(entry.etl, source.asked, stage, warehouse))
  } finally {
    await source.close()
  }
}

async function relate(etl: Etl, asked: SourceContext, stage: Stage, warehouse: Connection): Promise<Flow<Relation> | string | undefined> {
  const related = etl.whyRead && await etl.source.relate?.(asked, warehouse)
  return typeof related === 'object' ? etl.whyRead?.(related, stage) ?? await related.rows.otherwise?.() ?? related : related
}

/** A source that is asked: closed by whoever asks, and where anything fails. */
interface OpenSource {
  readonly place: string
  readonly asked: SourceContext
  guard<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

function openSource(entry: Entry, context: Asking, { time, ...wishes }: Pick<SourceContext, 'limit' | 'glance' | 'takesBytes' | 'takesRanges'> & { readonly time: string }): OpenSource {
  const place = `source of ${labelOf(entry)}`
  const sessions: Connection[] = []
  const closers: (() => Promise<void>)[] = []
  const unwatch = onAbort(context.signal, (reason) => { for (const session of sessions) session.abort(reason) })
  // What was read stays right where its source can't be closed, and one that can't keeps no other open.
  const close = async (): Promise<void> => {
    unwatch()
    for (const work of closers.splice(0).toReversed()) {
      await work().catch((error: unknown) => context.log.warn(`Could not close the ${place}: ${messageOf(error)}`, { event: 'source-not-closed' }))
    }
  }
  const asked: SourceContext = {
    async connect(name) {
      const session = await (await context.source(name)).connect()
      sessions.push(session)
      closers.push(() => session.close())
      context.signal.throwIfAborted()
      return session
    },
    onClose: (work) => { closers.push(work) },
    binds: { refreshed_at: time }, idleSeconds: context.config.deadlines.idleSeconds, signal: context.signal, ...wishes,
  }
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      await close()
      throw within(error, place)
    }
  }
  return { place, asked, guard, close }
}

/** A flow whose last row, in whichever of its ranges, closes its source. */
function reading(flow: Flow, source: OpenSource): Extracted {
  const { others = [], ...first } = flow
  let open = 1 + others.length
  const isOver = async (): Promise<void> => {
    open -= 1
    if (open === 0) await source.close()
  }
  const from = (one: Flow): Flow => ({ ...one, rows: one.rows.form === 'bytes' ? { ...one.rows, of: located(one.rows.of, source.place, isOver) } : { ...one.rows, of: located(one.rows.of, source.place, isOver) } })
  const more = others.map((range): FurtherRange => ({ ...range, open: () => placed(source, async () => from(await range.open())), leave: isOver }))
  return { flow: { ...from(first), ...more.length > 0 && { others: more } }, close: () => source.close() }
}

/** The other ranges are still read: whoever ends them says why, and not that their sessions were closed. */
async function placed<T>({ place }: OpenSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw within(error, place)
  }
}

/** Begins to read one range for a load that is another worker's. */
export async function extractRange(entry: Entry, context: Asking, time: string, terms: RangeTerms): Promise<Extracted> {
  const { etl } = entry
  const source = openSource(entry, context, { time, takesBytes: etl.takesBytes === true })
  return source.guard(async () => {
    if (etl.source.readRange === undefined) throw new DataError('it is not read in ranges here')
    return reading(await etl.source.readRange(source.asked, terms), source)
  })
}

/** Batches as they come, and what is to be done behind the last one; an error among them says whose source it was. */
async function* located<T>(batches: AsyncIterable<T>, place: string, close: () => Promise<void>): AsyncGenerator<T> {
  try {
    yield* batches
  } catch (error) {
    throw within(error, place)
  } finally {
    await close()
  }
}

/** The columns that a create declares, with the types that its words mean in this warehouse. */
export function declaredColumns(definition: TableDefinition, dialect: Connection['dialect']): readonly TargetColumn[] {
  return definition.columns.filter(({ generated }) => !generated)
    .map((column) => ({ name: column.name, nullable: column.nullable, type: dialect.readType(column.type) }))
}

/** Holds a flow's columns against what the table asks for, before the first row. @throws {DataError} with every problem at once */
export function checkColumns(flow: AnyFlow, entry: Entry, definition: TableDefinition, columns: readonly TargetColumn[]): void {
  const problems = [...doubled(flow), ...lacking(flow, entry.etl, definition), ...unfit(flow, entry.etl, definition, columns)]
  if (problems.length === 0) return
  throw new DataError(`the source does not fit table ${definition.table}`, {
    where: labelOf(entry), why: problems.join('; '), wayOut: 'change the source or the create so that they agree',
  })
}

function doubled({ columns }: AnyFlow): string[] {
  const names = columns.map(({ name }) => name)
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => `the source names column ${name} twice`)
}

function lacking(flow: AnyFlow, etl: Etl, definition: TableDefinition): string[] {
  const names = flow.columns.map(({ name }) => name)
  return etl.needs(definition).filter(({ name }) => !names.includes(name)).map(({ name }) => {
    const meant = didYouMean(name, names)
    return `the source brings no column ${name}${meant === undefined ? '' : ` (did it mean ${meant}?)`}`
  })
}

function unfit(flow: AnyFlow, etl: Etl, definition: TableDefinition, columns: readonly TargetColumn[]): string[] {
  return etl.needs(definition).flatMap(({ name, into }) => {
    const from = flow.columns.find((column) => column.name === name)
    const to = columns.find((column) => column.name === into)
    const reason = from && to && fits(from.type, to.type)
    return reason === undefined ? [] : [`column ${name}: ${reason}`]
  })
}
