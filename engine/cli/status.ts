import { errorDocument } from '../error-document.ts'
import type { Connection } from '../db/connection.ts'
import { flowIn } from '../etl/flow-form.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { untakenQueues } from '../etl/untaken.ts'
import { ConfigurationError } from '../errors.ts'
import { detailsIn, etlsIn, previousRows, refreshesIn } from '../publish/standing.ts'
import type { EtlStanding } from '../publish/standing.ts'
import { clean } from './document.ts'
import type { Door } from './door.ts'
import { atLedger, refreshCalled } from './ledger-door.ts'
import { listText, refreshText } from './status-text.ts'
import type { Shown } from './status-text.ts'
import type { Written } from './written.ts'

/** How many of the refreshes that have ended are shown. */
const lately = 5

/** `starline status`: the refreshes that wait or run and the last ones that ended, or one of them ETL by ETL. The exit code. */
export async function status({ _: [name, stray], json }: Written, door: Door): Promise<number> {
  if (stray !== undefined) throw new ConfigurationError(`nothing can be done with ${JSON.stringify(stray)}`, { wayOut: 'status takes one refresh, or none' })
  const { out } = door.io
  return atLedger(door, true, async ({ config, session }) => {
    const known = name === undefined ? await refreshesIn(session, lately) : [await refreshCalled(session, String(name))]
    const shown: Shown[] = []
    const untaken = known.length === 0 ? new Map<string, string>() : await untakenBy(session, config)
    for (const refresh of known) {
      const etls = inOrder(config, await etlsIn(session, refresh.id))
      const isWhole = name !== undefined || json === true
      shown.push({ refresh, etls, before: isWhole ? await rowsBefore(session, etls) : new Map(), flows: isWhole ? await flowsOf(session, refresh.id) : new Map(), untaken: refresh.held ? new Map() : untaken })
    }
    if (json === true) out.write(`${JSON.stringify(clean(name === undefined ? { refreshes: shown.map(documentOf) } : shown.map(documentOf)[0]), undefined, 2)}\n`)
    else out.write(name === undefined ? listText(shown, out, session.place) : shown.map((each) => refreshText(each, out)).join(''))
    return 0
  })
}

/** The rows of each ETL's run that was live before. */
async function rowsBefore(session: Connection, etls: readonly EtlStanding[]): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  for (const etl of etls) {
    const rows = await previousRows(session, etl)
    if (rows !== undefined) found.set(labelOf(etl), rows)
  }
  return found
}

/** How the rows of each ETL came, where it loaded. */
async function flowsOf(session: Connection, refresh: string): Promise<Shown['flows']> {
  const details = await detailsIn(session, refresh)
  return new Map([...details].flatMap(([label, text]) => {
    const flow = flowIn(text)
    return flow === undefined ? [] : [[label, flow] as const]
  }))
}

/** The queue of each ETL whose queue no worker takes. A ledger of an earlier version knows of no workers. */
async function untakenBy(session: Connection, config: Config): Promise<ReadonlyMap<string, string>> {
  if (await session.describe('etl_worker') === undefined) return new Map()
  const queues = await untakenQueues(session, entriesOf(config))
  return new Map([...queues].flatMap(([queue, entries]) => entries.map((entry): [string, string] => [labelOf(entry), queue])))
}

/** The order of the configuration; what is not active any more comes last. */
export function inOrder(config: Config, etls: readonly EtlStanding[]): readonly EtlStanding[] {
  const labels = entriesOf(config).map(labelOf)
  const place = (etl: EtlStanding): number => (labels.includes(labelOf(etl)) ? labels.indexOf(labelOf(etl)) : labels.length)
  return etls.toSorted((a, b) => place(a) - place(b))
}

function documentOf({ refresh: { id, status: state, held, cancel, asked, startedAt, finishedAt, seconds, outcome }, etls, before, untaken, flows }: Shown): unknown {
  return {
    refresh: id, status: state, by: held ? 'run' : 'queue', cancelled: cancel, asked, startedAt, finishedAt, seconds,
    ...outcome.heldBack !== undefined && { heldBack: outcome.heldBack }, ...outcome.dropped && { dropped: outcome.dropped }, ...outcome.error && { error: outcome.error },
    etls: etls.map(({ type, name, status: how, attempts, dependsOn, run, error }) => ({
      type, name, status: how, attempts, dependsOn, rows: run?.rows ?? run?.rowsRead ?? null, previousRows: before.get(labelOf({ type, name })) ?? null,
      worker: run?.worker ?? null, seconds: run?.seconds ?? null, ...flows.has(labelOf({ type, name })) && { flow: flows.get(labelOf({ type, name })) }, ...error && { error: errorDocument(error) }, ...how === 'waiting' && untaken.has(labelOf({ type, name })) && { untakenQueue: untaken.get(labelOf({ type, name })) },
    })),
  }
}
