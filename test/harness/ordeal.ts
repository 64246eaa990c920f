/** An ordeal inside of one process: loads that are struck by a trouble, one after the other, under the eyes of a reader. */

import { clearUp } from '../../engine/publish/janitor.ts'
import { until } from '../helpers/servers/machine.ts'
import type { Chance } from './chance.ts'
import { orphanFaults } from './checks.ts'
import { countAt, ENOUGH } from './figures.ts'
import type { Figures } from './figures.ts'
import type { FailPoint, Job } from './job.ts'
import type { AtStep } from './load.ts'
import type { Ending } from './loaders.ts'
import { complain, drawChain, loadHere, nextJob, openScene, remember, settle, withSession } from './scene.ts'
import type { Chain, Scene, SceneOptions, Timed } from './scene.ts'
import { silenceAll } from './sessions.ts'
import { openSourceTables } from './source-tables.ts'
import { tookBy, wrongWay } from './ways.ts'

/** One blow, for one load. */
export interface Strike {
  /** What it is, for the figures. */
  readonly kind: string
  /** All that is needed to know it again. */
  readonly words: string
  readonly deadlines?: NonNullable<Job['deadlines']>
  /** The load begins. */
  arm(): void
  /** Told of each step, before anything else is done. */
  readonly atStep?: AtStep
  /** The load has ended, well or not: makes everything as it was, and says whether it was struck. */
  end(well: boolean): Promise<boolean>
}

/** What loads are to go through. */
export interface Trouble {
  /** How the loads reach their databases. */
  readonly warehouse: string
  readonly source?: string
  /** A load without a blow is about to begin; gives what to do when it has ended. */
  calm?(): () => void
  /** Draws the next blow: from the chance alone, so that a seed replays it. */
  next(chance: Chance): Strike
  close(): Promise<void>
}

export interface OrdealOptions extends SceneOptions {
  /** Goes on until so many loads were struck. */
  readonly strikes: number
  /** Where the sources' tables are, if they are read from a database: not over the line. */
  readonly sourceUrl?: string
  /** The fact's rows are read in so many ranges. */
  readonly ranges?: number
  readonly careless?: Job['careless']
  /** Ends with so many violations. */
  readonly enough?: number
  readonly open: (scene: Scene) => Promise<Trouble>
}

/** Milliseconds after which a load that goes on is a violation. */
const PATIENCE = 90_000
const JANITOR_MS = 10_000

/** Strikes loads in chains of one to four, each of which ends with a load that must succeed at once. */
export async function ordeal(options: OrdealOptions): Promise<Figures> {
  const scene = await openScene({ ...options, inside: true })
  const { chance, figures } = scene
  const tables = options.sourceUrl === undefined ? undefined : await openSourceTables(options.sourceUrl)
  const trouble = await options.open(scene)

  const attempt = async (chain: Chain, strike?: Strike): Promise<Ending> => {
    const { content, ...asked } = nextJob(scene, chain)
    await tables?.fill(content)
    const { source, warehouse } = trouble
    const deadlines = strike?.deadlines
    const done = strike === undefined ? trouble.calm?.() : undefined
    strike?.arm()
    const loading = loadHere(scene, { ...asked, whole: true, ...options.careless && { careless: options.careless }, warehouse, ...source !== undefined && { source }, ...options.ranges !== undefined && { ranges: options.ranges }, ...deadlines && { deadlines } }, strike?.atStep)
    const timed = await inTime(loading)
    done?.()
    const struck = await strike?.end(timed !== undefined && succeeded(timed.ending))
    if (timed === undefined) {
      figures.hangs += 1
      complain(scene, { fault: 'error', text: `the load hung: ${strike?.words}` })
      throw new Error(`seed ${options.seed}: a load in this process hangs (${strike?.words}); nothing more can be tried here`)
    }
    const astray = options.ranges === undefined ? undefined : wrongWay('ranges', tookBy(timed.ending))
    if (astray !== undefined) complain(scene, { fault: 'error', text: astray })
    remember(scene, timed.ending, content.generation, `by the door ${chain.door}: ${strike?.words ?? 'nothing'}${struck === false ? ', too late' : ''}`)
    if (strike !== undefined) count(scene, strike, struck === true, performance.now() - timed.begun, timed.ending)
    return timed.ending
  }

  try {
    for (let i = 0; i < 2; i += 1) await settle(scene, await attempt({ door: 'run' }))
    await scene.look()
    while (figures.strikes < options.strikes && figures.violations.length < (options.enough ?? ENOUGH)) {
      const chain = drawChain(chance)
      let struck: Ending | undefined
      for (let length = 1 + Math.floor(chance() * 4); length > 0 && struck === undefined; length -= 1) {
        const ending = await attempt(chain, trouble.next(chance))
        if (succeeded(ending)) struck = ending
      }
      const ending = struck ?? await attempt(chain)
      await settle(scene, ending, struck === undefined)
    }
    await tidied(scene)
  } finally {
    await trouble.close()
    await tables?.close()
    await scene.close()
  }
  return figures
}

/** Whatever is left when all is over is the janitor's: he comes until nothing is, and not for ever. */
async function tidied(scene: Scene): Promise<void> {
  await withSession(scene, silenceAll)
  const left = await until('nothing is left', () => withSession(scene, async (session) => {
    await clearUp(session, scene.log)
    return (await orphanFaults(session)).length === 0 ? [] : undefined
  }), JANITOR_MS).catch(() => withSession(scene, orphanFaults))
  for (const text of left) complain(scene, { fault: 'error', text: `after the janitor: ${text}` })
}

const succeeded = ({ report }: Ending): boolean => report !== undefined && report.errors.length === 0

/** What a load comes to; undefined where it hangs. */
export async function inTime(loading: Promise<Timed>): Promise<Timed | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => { timer = setTimeout(() => resolve(undefined), PATIENCE) })
  try {
    return await Promise.race([loading, late])
  } finally {
    clearTimeout(timer)
  }
}

function count(scene: Scene, { kind, words }: Strike, struck: boolean, milliseconds: number, { report }: Ending): void {
  const { figures } = scene
  if (!struck) {
    figures.missed += 1
    if (report !== undefined && report.errors.length > 0) complain(scene, { fault: 'error', text: `the load failed, and nothing had struck it: ${report.errors.join('; ')}` })
    return
  }
  figures.strikes += 1
  figures.slowest = Math.max(figures.slowest, milliseconds)
  countAt(figures, kind)
  // What was struck from outside may be tried again: an error that says otherwise would stop a queue.
  for (const final of report?.final ?? []) complain(scene, { fault: 'error', text: `after ${words} it says that trying again can't help: ${final}` })
}

/** Whether a step is the one that was meant. */
export const isAt = (point: FailPoint, wanted: FailPoint): boolean => point.step === wanted.step && (wanted.etl === undefined || point.etl === wanted.etl)
