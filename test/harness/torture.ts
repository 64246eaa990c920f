/** The kill harness: loaders die, readers watch, and after every success the whole warehouse is looked through. */

import { countAt, ENOUGH } from './figures.ts'
import type { Figures } from './figures.ts'
import type { Death, Job, Note } from './job.ts'
import { wordsOf } from './job.ts'
import type { Ending, Loaders } from './loaders.ts'
import type { PlaceName } from './places.ts'
import { planOf } from './plan.ts'
import type { Plan } from './plan.ts'
import { look } from './reader.ts'
import { complain, drawChain, loadHere, nextJob, openScene, remember, settle, withSession } from './scene.ts'
import type { Chain, Scene, SceneOptions, Timed } from './scene.ts'
import { openWays, tookBy, wrongWay } from './ways.ts'
import type { Way, WayName, Ways } from './ways.ts'

export interface TortureOptions extends SceneOptions {
  readonly loaders: Loaders
  /** Goes on until so many loaders have died, and somebody at every fail point. */
  readonly kills: number
  /** Loads that are not to die run in this process: half the processes, half the time. */
  readonly quick?: boolean
  readonly warehouse: PlaceName
  /** How the rows come, in turn: made in the loader's process unless told. */
  readonly ways?: readonly [WayName, ...WayName[]]
  readonly careless?: Job['careless']
  /** Ends with so many violations. */
  readonly enough?: number
}

/** Kills loaders in chains of one to four, each of which ends with a load that must succeed at once. */
export async function torture(options: TortureOptions): Promise<Figures> {
  const scene = await openScene(options)
  const { chance, figures } = scene
  const plan = planOf(chance)
  const ways = await openWays(options.warehouse, options, options.ways ?? ['values'])
  const attempt = (chain: Chain, death?: Death): Promise<Ending> => attemptOf(scene, options, { ways, plan }, chain, death)
  try {
    await settle(scene, await attempt({ door: 'run' }))
    await scene.look()
    while ((figures.strikes < options.kills || plan.left().length > 0) && figures.violations.length < (options.enough ?? ENOUGH)) {
      const chain = drawChain(chance)
      let ending: Ending | undefined
      for (let length = 1 + Math.floor(chance() * 4); length > 0; length -= 1) {
        ending = await attempt(chain, plan.next(scene.milliseconds))
        if (!ending.killed) break
      }
      if (ending?.killed !== false) ending = await attempt(chain)
      await settle(scene, ending)
    }
  } finally {
    await scene.close()
    await ways.close()
  }
  return figures
}

interface Course { readonly ways: Ways; readonly plan: Plan }

/** One run of a loader, and what is known of the warehouse after it. */
async function attemptOf(scene: Scene, { oneProcess, loaders, quick, careless }: TortureOptions, { ways, plan }: Course, chain: Chain, death?: Death): Promise<Ending> {
  const { watched, figures } = scene
  const { content, ...asked } = nextJob(scene, chain)
  const { generation } = content
  await ways.fill(content)
  const way = ways.next(death !== undefined)
  const inside = oneProcess && watched.seen.length > 0 ? { watched } : {}
  const job = { ...asked, ...inside, ...death && { death }, ...careless && { careless }, ...way.spec() }
  const { begun, ending } = quick && death === undefined ? await loadHere(scene, job) : await loadThere(loaders, job)
  remember(scene, ending, generation, `by the door ${chain.door}, rows by ${way.name}: ${wordsOf(death)}`)
  const astray = wrongWay(way.name, tookBy(ending))
  if (astray !== undefined) complain(scene, { fault: 'error', text: astray })
  if (ending.killed && !ending.hung) {
    count(scene, plan, ending.notes, way, death)
    if (oneProcess) await lookAgain(scene)
    return ending
  }
  figures.missed += death === undefined ? 0 : 1
  if (death === undefined) scene.milliseconds = scene.milliseconds * 0.8 + (performance.now() - begun) * 0.2
  if (ending.hung) {
    figures.hangs += 1
    complain(scene, { fault: 'error', text: `the loader hung; it said ${ending.said}` })
  }
  return ending
}

async function loadThere(loaders: Loaders, job: Omit<Job, 'notes'>): Promise<Timed> {
  const running = await loaders.start(job)
  return { begun: performance.now(), ending: await running.ended }
}

function count({ figures }: Scene, plan: Plan, notes: readonly Note[], way: Way, death: Death | undefined): void {
  const last = notes.flatMap((note) => (note.what === 'step' ? [note.step] : [])).at(-1) ?? 'start'
  const drawn = death !== undefined && 'at' in death && death.later === undefined
  figures.strikes += 1
  figures.chance += drawn ? 0 : 1
  countAt(figures, last)
  figures.by.set(way.name, (figures.by.get(way.name) ?? 0) + 1)
  if (drawn) plan.died(last)
}

/** Opens what a killed process left behind: it must be a whole star. */
async function lookAgain(scene: Scene): Promise<void> {
  if (scene.watched.seen.length === 0) return
  const violation = await withSession(scene, (session) => look(session, scene.watched))
  scene.figures.polls += 1
  if (violation !== undefined) complain(scene, violation)
}
