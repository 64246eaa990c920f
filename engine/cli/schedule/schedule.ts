import type { Connection } from '../../db/connection.ts'
import { openDatabase } from '../../db/open.ts'
import { ConfigurationError } from '../../errors.ts'
import type { Config } from '../../etl/registry.ts'
import { withSession } from '../../etl/sessions.ts'
import { loadConfig } from '../../load-config.ts'
import { openLedger } from '../../publish/ledger.ts'
import { pauseSchedule, removeSchedule, scheduleNamed } from '../../schedule/ledger.ts'
import { isScheduledTask } from '../../schedule/scheduled-task.ts'
import { applySync, refuseDeclared, syncPlan } from '../../schedule/sync.ts'
import type { Declared, SyncStep } from '../../schedule/sync.ts'
import { didYouMean } from '../../sql/did-you-mean.ts'
import { clean } from '../document.ts'
import type { Door } from '../door.ts'
import { indexOf } from '../exported.ts'
import { plainTable } from '../plain-table.ts'
import { confirm } from '../prompt.ts'
import { listenForStop } from '../stop.ts'
import type { Stop } from '../stop.ts'
import type { Io } from '../terminal.ts'
import type { Written } from '../written.ts'
import { listSchedules } from './list.ts'

/** What was done to a schedule. */
type Change = SyncStep['change'] | 'paused' | 'resumed'

const words = ['sync', 'ls', 'rm', 'pause', 'resume'] as const

/** `starline schedule`: enters what `tasks/index.ts` declares into the ledger, and shows or changes what is there. The exit code. */
export async function schedule({ _: [written, name, stray], json, yes }: Written, door: Door): Promise<number> {
  const what = words.find((word) => word === written)
  if (what === undefined) {
    const meant = didYouMean(String(written), words)
    throw new ConfigurationError(written === undefined ? 'what is to be done with the schedules is missing' : `nothing can be done with ${JSON.stringify(written)}`, {
      wayOut: meant === undefined ? `write: npx starline schedule ${words.join('|')}` : `did you mean ${meant}?`,
    })
  }
  const named = what === 'rm' || what === 'pause' || what === 'resume'
  if (named && name === undefined) throw new ConfigurationError('the schedule\'s name is missing', { wayOut: `write: npx starline schedule ${what} <name>; npx starline schedule ls shows them` })
  if ((named ? stray : name) !== undefined) throw new ConfigurationError(`nothing can be done with ${JSON.stringify(named ? stray : name)}`, { wayOut: `npx starline schedule ${what} takes ${named ? 'one name' : 'no name'}` })
  const config = await loadConfig(door.config)
  if (what === 'ls') return listSchedules(config, door.io, json === true)
  const done = what === 'sync' ? await sync(config, door, yes === true)
    : await inLedger(config, (session) => change(session, what, String(name)))
  tell(done, door.io, json === true)
  if (what === 'rm' && json !== true) door.io.err.write('Where tasks/index.ts still exports it, the next sync enters it again.\n')
  return 0
}

/** Enters what is declared. Where a declaration is gone, somebody is asked first. */
async function sync(config: Config, door: Door, yes: boolean): Promise<readonly SyncStep[]> {
  const declared = await declaredIn(door)
  refuseDeclared(config, declared)
  return inLedger(config, async (session, stop) => {
    await openLedger(session)
    const plan = await syncPlan(session, declared)
    const gone = plan.filter((step) => step.change === 'removed').map((step) => step.name)
    if (gone.length > 0 && !yes) await ask(door.io, stop, gone)
    await applySync(session, plan)
    return plan
  })
}

async function declaredIn(door: Door): Promise<readonly Declared[]> {
  const exported = await indexOf(door, 'tasks')
  if (exported === undefined) throw new ConfigurationError('there is no tasks/index.ts here', { where: process.cwd(), wayOut: "write one that exports the schedules: export { nightly } from './nightly.ts'" })
  return exported.flatMap(([name, task]) => (isScheduledTask(task) ? [{ name, task }] : []))
}

async function ask(io: Io, stop: Stop, gone: readonly string[]): Promise<void> {
  const why = `tasks/index.ts exports ${gone.join(', ')} no more`
  if (io.keyboard === undefined) throw new ConfigurationError('a schedule would be removed, and nobody can be asked', { why, wayOut: 'add --yes, or export it again' })
  if (await confirm(io, `${why}. Remove ${gone.length === 1 ? 'it' : 'them'}?`, stop.signal, () => stop.ask('SIGINT'))) return
  stop.signal.throwIfAborted()
  throw new ConfigurationError('nothing was changed', { why: 'the answer was not yes' })
}

async function change(session: Connection, what: 'rm' | 'pause' | 'resume', name: string): Promise<readonly { name: string; change: Change }[]> {
  const known = await scheduleNamed(session, name)
  if (what === 'rm') {
    await removeSchedule(session, known.name)
    return [{ name, change: 'removed' }]
  }
  const isNew = await pauseSchedule(session, known.name, what === 'pause')
  return [{ name, change: !isNew ? 'unchanged' : what === 'pause' ? 'paused' : 'resumed' }]
}

async function inLedger<T>(config: Config, work: (session: Connection, stop: Stop) => Promise<T>): Promise<T> {
  const stop = listenForStop(() => undefined)
  try {
    const warehouse = await openDatabase(config.warehouse, { connectSeconds: config.deadlines.connectSeconds })
    try {
      return await withSession(warehouse, stop.signal, (session) => work(session, stop))
    } finally {
      await warehouse.close()
    }
  } finally {
    stop.release()
  }
}

function tell(done: readonly (Pick<SyncStep, 'name' | 'task'> & { readonly change: Change })[], io: Io, json: boolean): void {
  if (json) {
    io.out.write(`${JSON.stringify(clean({ schedules: done.map(({ name, change: what }) => ({ name, change: what })) }), undefined, 2)}\n`)
  } else if (done.length === 0) {
    io.err.write("No schedule is declared: tasks/index.ts exports none. export const nightly = task({ schedule: '@daily' }) makes one.\n")
  } else {
    // Who removes or pauses one by its name knows what it is.
    const columns = done.some(({ task }) => task !== undefined) ? 4 : 2
    const rows = done.map(({ name, change: what, task }) => [what, name, task?.schedule ?? '', task?.tz ?? ''])
    io.out.write(`${plainTable(io.out, ['', 'name', 'schedule', 'zone'].slice(0, columns), rows.map((row) => row.slice(0, columns)), () => false)}\n`)
  }
}
