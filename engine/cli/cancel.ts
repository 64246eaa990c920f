import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../db/connection.ts'
import { ConfigurationError, DatabaseError, messageOf, StarlineError } from '../errors.ts'
import type { Unwanted } from '../etl/queue-door.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { cancel as ask, hasEnded, hasStaging, runsAtWork } from '../publish/cancel.ts'
import { etlsIn, refreshesIn, refreshIn } from '../publish/standing.ts'
import type { RefreshStanding } from '../publish/standing.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { clean } from './document.ts'
import type { Door } from './door.ts'
import { atLedger, onlyWord, refreshCalled } from './ledger-door.ts'
import type { AtLedger } from './ledger-door.ts'
import { inOrder } from './status.ts'
import { counted } from './words.ts'
import type { Written } from './written.ts'

/** Seconds that those who work on it have to end: they look every two, and then a database has a statement to end. */
const patience = 30

/** Seconds that what they have staged is waited for to be dropped: a database may have millions of rows to take back first. */
const clearing = 20

/** What is to be cancelled: a refresh, or one ETL of one. */
interface Target extends Unwanted {
  readonly held: boolean
}

/** `starline cancel`: ends a refresh, or one ETL of it, wherever it runs. Returns when that is so. The exit code. */
export async function cancel(written: Written, door: Door): Promise<number> {
  const name = onlyWord(written, 'cancel', 'the refresh or the ETL')
  const { io } = door
  return atLedger(door, false, async (at) => {
    const target = await targetCalled(at, name)
    const stopped = await runsAtWork(at.session, target)
    const waiting = inOrder(at.config, await etlsIn(at.session, target.refresh)).filter((etl) => etl.status === 'waiting' && (target.etl === undefined || labelOf(etl) === labelOf(target.etl)))
    await ask(at.session, target)
    await untilEnded(at, door, target)
    const became = target.etl === undefined ? (await refreshIn(at.session, target.refresh))?.status ?? 'cancelled' : 'cancelled'
    const document = { refresh: target.refresh, ...target.etl && { etl: labelOf(target.etl) }, status: became, stopped: stopped.map(({ type, name: etl, worker, rows }) => ({ type, name: etl, worker, rows })), notBegun: waiting.map(labelOf) }
    io.out.write(written['json'] === true ? `${JSON.stringify(clean(document), undefined, 2)}\n` : textOf(target, became, stopped.map((run) => `${labelOf(run)} on ${run.worker}`), waiting.map(labelOf)))
    return became === 'cancelled' ? 0 : 1
  })
}

function textOf({ refresh, etl }: Target, became: string, stopped: readonly string[], waiting: readonly string[]): string {
  const what = etl === undefined ? `refresh ${refresh}` : `${labelOf(etl)} of refresh ${refresh}`
  if (became !== 'cancelled') return `It came too late: ${what} has ended as ${became}.\n`
  const parts = [
    ...stopped.length === 0 ? [] : [`Stopped: ${stopped.join(', ')}.`],
    ...waiting.length === 0 ? [] : [`Not begun: ${waiting.join(', ')}.`],
  ]
  return `Cancelled ${what}. ${[...parts, 'What is not published yet stays as it was.'].join(' ')}\n${etl === undefined ? '' : `What uses it is skipped; the rest of the refresh goes on.\n`}`
}

/** Returns when nobody works on it any more. @throws {StarlineError} where that takes too long */
async function untilEnded({ config, session, stop }: AtLedger, door: Door, target: Target): Promise<void> {
  const end = performance.now() + patience * 1000
  let unreachable: string | undefined
  while (!(await hasEnded(session, target))) {
    stop.signal.throwIfAborted()
    if (performance.now() > end) throw await stillAtWork(session, target, unreachable)
    if (!target.held && unreachable === undefined) {
      // The hearts of those who work on it see it in the ledger, also where the queue is away.
      unreachable = await door.queue(config).then((queue) => queue.clear(config, session, target)).then(() => undefined, (error: unknown) => {
        if (!(error instanceof DatabaseError) || !session.isOpen) throw error
        door.io.err.write(`The queue can't be asked (${messageOf(error)}); whoever is at work ends all the same.\n`)
        return messageOf(error)
      })
    }
    await sleep(250)
  }
  // Who died while clearing up leaves the rest to the janitor.
  const cleared = performance.now() + clearing * 1000
  while (performance.now() < cleared) {
    if (!(await hasStaging(session, target))) return
    await sleep(100)
  }
  door.io.err.write('What it had staged is still being dropped; whoever died over it leaves that to the workers.\n')
}

async function stillAtWork(session: Connection, target: Target, unreachable: string | undefined): Promise<StarlineError> {
  const runs = await runsAtWork(session, target)
  return new StarlineError(`it was told to end, and has not ended within ${patience} s`, {
    where: `refresh ${target.refresh}`, why: runs.length > 0 ? `at work are ${runs.map((run) => `${labelOf(run)} on ${run.worker}`).join(', ')}` : unreachable ?? 'its job is at work still',
    wayOut: 'it ends as soon as they find it out; whoever stands still is overtaken within a minute of silence',
  })
}

/** A refresh by its name, or the ETL of this name that waits or runs. @throws {ConfigurationError} where there is none, or not just one */
async function targetCalled({ config, session }: AtLedger, name: string): Promise<Target> {
  if (!/^(?:(?:dimension|fact) )?[a-z][a-z0-9_]*$/.test(name) || await refreshIn(session, name) !== undefined) return wholeOf(await refreshCalled(session, name))
  const open = (await refreshesIn(session, 0))
  const found: Target[] = []
  for (const { id, held } of open) {
    const etls = (await etlsIn(session, id)).filter((etl) => (etl.name === name || labelOf(etl) === name) && (etl.status === 'waiting' || etl.status === 'running'))
    found.push(...etls.map((etl) => ({ refresh: id, held, etl: { type: etl.type, name: etl.name } })))
  }
  const [one, ...others] = found
  if (one === undefined) return wholeOf(await refreshCalled(session, name).catch(() => { throw nothingCalled(config, session, name) }))
  if (others.length > 0) {
    throw new ConfigurationError(`${counted(found.length, 'ETL')} of this name wait or run`, {
      where: found.map(({ refresh, etl }) => `${etl === undefined ? '' : labelOf(etl)} of refresh ${refresh}`).join(', '), wayOut: 'cancel the refresh by its name, or write the type as well: npx starline cancel "dimension x"',
    })
  }
  if (one.held) throw new ConfigurationError('run.ts drives its refresh, which ends as a whole', { where: `refresh ${one.refresh}`, wayOut: `npx starline cancel ${one.refresh}` })
  return one
}

function wholeOf({ id, held, status }: RefreshStanding): Target {
  if (status === 'waiting' || status === 'running') return { refresh: id, held }
  throw new ConfigurationError(`this refresh has ended already: ${status.replace('_', ' ')}`, { where: `refresh ${id}`, wayOut: 'there is nothing left to cancel' })
}

function nothingCalled(config: Config, session: Connection, name: string): ConfigurationError {
  const meant = didYouMean(name, entriesOf(config).map((entry) => entry.name).filter((each) => each !== name))
  return new ConfigurationError(`nothing that waits or runs is called ${JSON.stringify(name)}`, { where: session.place, wayOut: meant === undefined ? 'npx starline status shows what does' : `did you mean ${meant}? npx starline status shows what waits and runs` })
}
