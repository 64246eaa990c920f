import { createRequire } from 'node:module'
import type * as Zod from 'zod'
import { StarlineError } from '../errors.ts'

/**
 * The queue of the refreshes' own jobs. Every worker takes it, whichever ETLs it takes: such a job only adds others and
 * publishes, so a refresh goes on as long as anybody works.
 */
export const refreshesQueue = 'refresh'

function shapesBy({ z }: typeof Zod) {
  /** A refresh's name is part of job ids: no colon, which a queue's own names are joined with. */
  const refresh = z.string().regex(/^(?!\d+$)[A-Za-z0-9-]{1,80}$/)
  return {
    etlMessage: z.strictObject({ type: z.enum(['dimension', 'fact']), name: z.string().regex(/^[a-z][a-z0-9_]{0,47}$/), refresh }),
    refreshMessage: z.strictObject({ refresh }),
    rangeMessage: z.strictObject({ type: z.enum(['dimension', 'fact']), name: z.string().regex(/^[a-z][a-z0-9_]{0,47}$/), refresh, run: z.uuid() }),
    asked: z.discriminatedUnion('task', [
      z.strictObject({ task: z.literal('processEtl'), type: z.enum(['dimension', 'fact']), name: z.string() }),
      z.strictObject({ task: z.literal('refreshDataWarehouse'), runDimensions: z.boolean(), runFacts: z.boolean(), dropTables: z.boolean(), only: z.array(z.string()).optional() }),
    ]),
  }
}

type Shapes = ReturnType<typeof shapesBy>

const require = createRequire(import.meta.url)
let made: Shapes | undefined

/** Loaded with the first message: a program that only declares its tasks reads none. */
const shapes = (): Shapes => made ??= shapesBy(require('zod') as typeof Zod)

/** What travels for one ETL: which one, and for which refresh. Never SQL, rows or credentials. */
export type EtlMessage = Readonly<Zod.infer<Shapes['etlMessage']>>

/** What travels for a refresh: its name. What it is to do, the ledger knows. */
export type RefreshMessage = Readonly<Zod.infer<Shapes['refreshMessage']>>

/** What travels to who may take ranges of an ETL's load: of which run. */
export type RangeMessage = Readonly<Zod.infer<Shapes['rangeMessage']>>

export type Message =
  | { readonly task: 'processEtl'; readonly message: EtlMessage }
  | { readonly task: 'refreshDataWarehouse'; readonly message: RefreshMessage }
  | { readonly task: 'loadRanges'; readonly message: RangeMessage }

/** Reads a job as it arrived. Anybody who reaches the queue can write jobs, so nothing of it is believed unread. @throws {StarlineError} */
export function readMessage(name: string, data: unknown, from: string): Message {
  if (tasks.includes(name) && (name === 'refreshDataWarehouse') !== (from === refreshesQueue)) throw refused(`no ${name} waits in this queue`)
  if (name === 'processEtl') return { task: name, message: parse(shapes().etlMessage, data) }
  if (name === 'refreshDataWarehouse') return { task: name, message: parse(shapes().refreshMessage, data) }
  if (name === 'loadRanges') return { task: name, message: parse(shapes().rangeMessage, data) }
  throw refused(`no task is called ${JSON.stringify(name.slice(0, 80))}`)
}

const tasks: readonly string[] = ['processEtl', 'refreshDataWarehouse', 'loadRanges']

function parse<S extends Zod.ZodType>(shape: S, data: unknown): Zod.infer<S> {
  const read = shape.safeParse(data)
  if (read.success) return read.data
  throw refused(read.error.issues.map(({ path, message }) => `${path.join('.') || 'data'}: ${message}`).join('; ').slice(0, 500))
}

const refused = (why: string): StarlineError =>
  new StarlineError('the job is refused', { why, wayOut: 'add jobs through the tasks, with the same version as the workers' })

/** The id of an ETL's job: the same whenever and by whomever it is added, so that it is in the queue once. */
export const etlJobId = ({ refresh: id, type, name }: { readonly refresh: string; readonly type: string; readonly name: string }): string => `${id}-${type}-${name}`

/** The ids of the jobs by which others are asked to take ranges of a run. */
export const rangeJobIds = (etl: EtlMessage, fence: number, count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${etlJobId(etl)}-${fence}-${i + 1}`)

/** The id of the job that does what was asked for: a whole refresh, or one ETL by itself. */
export const jobIdOf = (id: string, asked: Asked): string => (asked.task === 'processEtl' ? etlJobId({ refresh: id, type: asked.type, name: asked.name }) : id)

/** What a refresh was asked for, as the ledger keeps it: it tells an ETL's own refresh from a whole one. */
export type Asked = Readonly<Zod.infer<Shapes['asked']>>
export type RefreshAsked = Extract<Asked, { readonly task: 'refreshDataWarehouse' }>

/** What a refresh was asked for; undefined for one that the command line drives. */
export const readAsked = (value: unknown): Asked | undefined => shapes().asked.safeParse(value).data
