/** Loaders that stand still past their time: another one takes over, they are continued, and must publish nothing. */

import { oneOf } from './chance.ts'
import { countAt, ENOUGH } from './figures.ts'
import type { Figures } from './figures.ts'
import { gated, newGate } from './gate.ts'
import { pointWords } from './job.ts'
import type { FailPoint } from './job.ts'
import type { Ending, Loaders } from './loaders.ts'
import { inTime, isAt } from './ordeal.ts'
import { anyPoint } from './plan.ts'
import { stoodStill } from './pairs.ts'
import { complain, loadHere, nextJob, openScene, remember, settle, withSession } from './scene.ts'
import type { Scene, SceneOptions } from './scene.ts'
import { silenceAll } from './sessions.ts'

export interface FencedOptions extends SceneOptions {
  readonly workers: number
  readonly loaders: () => Loaders
}

/**
 * `fence alone`: the locks are off, and only the fence tells them apart. `lease over`: it has been silent for too long, and
 * whoever takes over ends its sessions. `process stopped`: the same with a process of its own under SIGSTOP.
 */
type Way = 'fence alone' | 'lease over' | 'process stopped'

/** From here on all that the loader has staged is overtaken. */
const points: readonly string[] = ['reserved', 'cleared', 'extracting', 'created', 'loaded', 'checked', 'staged', 'run', 'publish-locked']

export async function fenced(options: FencedOptions): Promise<Figures> {
  const scene = await openScene({ ...options, inside: true })
  const { chance, figures, database } = scene
  if (database === undefined) throw new Error('two loaders need a warehouse that both can open')
  const isFile = database.dialectName === 'duckdb'
  // Elsewhere the swap is a part of the transaction, which keeps the others waiting.
  const steps = database.dialectName === 'mysql' ? [...points, 'publishing'] : points
  try {
    await settle(scene, await loadThrough(scene, 'began'))
    await scene.look()
    while (figures.strikes < options.workers && figures.violations.length < ENOUGH) {
      const way: Way = chance() < 0.5 ? 'fence alone' : isFile ? 'lease over' : oneOf<Way>(chance, ['lease over', 'lease over', 'lease over', 'process stopped'])
      const drawn = anyPoint(chance, steps)
      const at: FailPoint = drawn.step === 'run' || drawn.etl !== undefined ? { step: drawn.step, etl: 'sale' } : drawn
      const { first, second } = await (way === 'process stopped' ? stopped(scene, options.loaders(), at) : stoodStillInside(scene, way, at))
      figures.strikes += 1
      countAt(figures, way)
      judge(scene, way, first, `${way} at ${pointWords(at)}`)
      await settle(scene, second)
    }
  } finally {
    await scene.close()
  }
  return figures
}

interface Two { readonly first: Ending; readonly second: Ending }

/** What was overtaken publishes nothing, and says why. */
function judge(scene: Scene, way: Way, { report, said }: Ending, words: string): void {
  const wrong = report === undefined ? `it gave no report: ${said}`
    : report.published.length > 0 ? `it published ${report.published.join(', ')}`
      : report.errors.length === 0 ? 'it says that all went well'
        : way === 'fence alone' && !report.fenced ? `it says nothing of the fence: ${report.errors.join('; ')}` : undefined
  if (wrong !== undefined) complain(scene, { fault: 'error', text: `a loader was overtaken (${words}), and ${wrong}` })
}

async function stoodStillInside(scene: Scene, way: Way, at: FailPoint): Promise<Two> {
  const { database } = scene
  const gate = newGate()
  const { content: { generation }, ...job } = nextJob(scene, { door: 'run' })
  const loading = loadHere(scene, { ...job, whole: true, lockless: way === 'fence alone' }, (point) => { if (isAt(point, at)) gate.shut() }, gated(database!, gate))
  await Promise.race([gate.reached, loading])
  if (way !== 'fence alone') await withSession(scene, silenceAll)
  const second = await loadThrough(scene, 'overtook it')
  gate.open()
  const timed = await inTime(loading)
  if (timed === undefined) throw new Error(`seed ${scene.options.seed}: a loader that was overtaken at ${pointWords(at)} hangs`)
  remember(scene, timed.ending, generation, `stood still at ${pointWords(at)} (${way})`)
  return { first: timed.ending, second }
}

async function stopped(scene: Scene, loaders: Loaders, at: FailPoint): Promise<Two> {
  const { content: { generation }, ...job } = nextJob(scene, { door: 'run' })
  const running = await loaders.start({ ...job, whole: true, stop: at })
  await stoodStill(running)
  await withSession(scene, silenceAll)
  const second = await loadThrough(scene, 'overtook it')
  running.signal('SIGCONT')
  const first = await running.ended
  remember(scene, first, generation, `stopped at ${pointWords(at)}`)
  return { first, second }
}

async function loadThrough(scene: Scene, words: string): Promise<Ending> {
  const { content: { generation }, ...job } = nextJob(scene, { door: 'run' })
  const { ending } = await loadHere(scene, job, undefined, scene.database)
  remember(scene, ending, generation, words)
  return ending
}
