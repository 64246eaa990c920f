/** The kill harness: loaders die, readers watch, and after every success the whole warehouse is looked through. */

import type { Connection, Database } from '../../engine/db/connection.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { messageOf } from '../../engine/errors.ts'
import { newRefreshId } from '../../engine/publish/refresh.ts'
import { chanceOf } from './chance.ts'
import { faultsOf, noPast } from './checks.ts'
import { contentOf, small } from './content.ts'
import type { Size } from './content.ts'
import type { Death, Job, Note, Report } from './job.ts'
import { wordsOf } from './job.ts'
import { follows, sightOf } from './judge.ts'
import type { Violation } from './judge.ts'
import { load } from './load.ts'
import type { Ending, Loaders } from './loaders.ts'
import { after, nothing, signatureOf } from './model.ts'
import type { State } from './model.ts'
import { planOf } from './plan.ts'
import { look, read, watch } from './reader.ts'
import type { Reader, Watched } from './reader.ts'

/** A warehouse to torture. */
export interface Place {
  readonly url: string
  /** Only one process can have it open: a reader lives in the loader's process, and looks again after it. */
  readonly oneProcess: boolean
}

export interface TortureOptions extends Place {
  readonly loaders: Loaders
  readonly seed: number
  /** Goes on until so many loaders have died, and somebody at every fail point. */
  readonly kills: number
  readonly size?: Size
  /** Loads that are not to die run in this process: half the processes, half the time. */
  readonly quick?: boolean
  readonly tell?: (line: string) => void
}

/** What became of it. */
export interface Figures {
  kills: number
  /** Of them by chance: from outside, or a moment after a step. */
  chance: number
  /** Loads that were told to die and were faster. */
  survived: number
  successes: number
  polls: number
  hangs: number
  /** How many died with this as their last step. */
  readonly at: Map<string, number>
  readonly violations: string[]
}

export const noFigures = (): Figures => ({ kills: 0, chance: 0, survived: 0, successes: 0, polls: 0, hangs: 0, at: new Map(), violations: [] })

/** More than this many violations say nothing new. */
const ENOUGH = 10

/** Kills loaders in chains of one to four, each of which ends with a load that must succeed at once. */
export async function torture(options: TortureOptions): Promise<Figures> {
  const scene = await openScene(options)
  const { chance, plan, figures } = scene
  try {
    await settle(scene, await attempt(scene, { door: 'run' }))
    scene.reader = await readerOf(scene)
    while ((figures.kills < options.kills || plan.left().length > 0) && figures.violations.length < ENOUGH) {
      const chain: Chain = chance() < 0.65 ? { door: 'run' } : { door: 'queue', refresh: newRefreshId() }
      let ending: Ending | undefined
      for (let length = 1 + Math.floor(chance() * 4); length > 0; length -= 1) {
        ending = await attempt(scene, chain, plan.next(scene.milliseconds))
        if (!ending.killed) break
      }
      if (ending?.killed !== false) ending = await attempt(scene, chain)
      await settle(scene, ending)
    }
    return figures
  } finally {
    await scene.close()
  }
}

/** Attempts that end with a success: by the command line's door each is a refresh of its own, by the queue's all are one. */
type Chain = Pick<Job, 'door' | 'refresh'>

interface Scene {
  readonly options: TortureOptions
  readonly chance: () => number
  readonly plan: ReturnType<typeof planOf>
  readonly figures: Figures
  readonly past: ReturnType<typeof noPast>
  readonly watched: Watched
  readonly database: Database | undefined
  readonly history: string[]
  reader: Reader | undefined
  /** The states that the warehouse may be in. */
  states: readonly State[]
  generation: number
  chain: Chain | undefined
  milliseconds: number
  close(): Promise<void>
}

async function openScene(options: TortureOptions): Promise<Scene> {
  const chance = chanceOf(options.seed)
  const database = options.oneProcess ? undefined : await openDatabase(options.url)
  const scene: Scene = {
    options, chance, plan: planOf(chance), figures: noFigures(), past: noPast(), watched: { may: [], seen: [] }, database, history: [],
    reader: undefined, states: [nothing], generation: 0, chain: undefined, milliseconds: 300,
    async close() {
      await scene.reader?.stop()
      scene.figures.polls += scene.reader?.polls() ?? 0
      await database?.close()
    },
  }
  return scene
}

async function readerOf(scene: Scene): Promise<Reader | undefined> {
  if (scene.database === undefined) return undefined
  return watch(await scene.database.connect(), scene.watched, (violation) => complain(scene, violation))
}

/** One run of a loader, and what is known of the warehouse after it. */
async function attempt(scene: Scene, chain: Chain, death?: Death): Promise<Ending> {
  const { options, watched, figures } = scene
  const { seed, url, size = small, oneProcess, loaders } = options
  if (chain.refresh === undefined || chain !== scene.chain) scene.generation += 1
  scene.chain = chain
  const { generation } = scene
  const content = contentOf(seed, generation, size)
  const reached = scene.states.filter(({ path }) => follows(path, watched.seen))
  scene.states = [...reached, ...reached.filter(({ path }) => path.at(-1) !== generation).map((state) => after(state, content))]
  watched.may = scene.states.map(sightOf)
  const inside = oneProcess && watched.seen.length > 0 ? { watched } : {}
  const job = { ...chain, ...inside, warehouse: url, seed, generation, size, ...death && { death } }
  const { begun, ending } = options.quick && death === undefined ? await loadHere(job) : await loadThere(loaders, job)
  remember(scene, ending.notes, `generation ${generation} by the door ${chain.door}: ${wordsOf(death)}`)
  if (ending.killed && !ending.hung) {
    count(scene, ending.notes, death)
    if (oneProcess) await lookAgain(scene)
    return ending
  }
  figures.survived += death === undefined ? 0 : 1
  if (death === undefined) scene.milliseconds = scene.milliseconds * 0.8 + (performance.now() - begun) * 0.2
  if (ending.hung) {
    figures.hangs += 1
    complain(scene, { fault: 'error', text: `the loader hung; it said ${ending.said}` })
  }
  return ending
}

interface Timed { readonly begun: number; readonly ending: Ending }

async function loadThere(loaders: Loaders, job: Omit<Job, 'notes'>): Promise<Timed> {
  const running = await loaders.start(job)
  return { begun: performance.now(), ending: await running.ended }
}

async function loadHere(job: Omit<Job, 'notes'>): Promise<Timed> {
  const begun = performance.now()
  const notes: Note[] = []
  const ended = { killed: false, hung: false, notes, report: undefined, said: '' }
  try {
    const report = await load({ ...job, notes: '' }, (note) => { notes.push(note) }, () => {})
    return { begun, ending: { ...ended, report } }
  } catch (error) {
    return { begun, ending: { ...ended, said: messageOf(error) } }
  }
}

function remember(scene: Scene, notes: readonly Note[], words: string): void {
  const { watched, past, history, figures, generation } = scene
  history.push(`${words}; ${notes.map((note) => ('step' in note ? note.step : note.what)).at(-1) ?? 'nothing'} was last`)
  for (const note of notes) {
    if (note.what === 'refresh') past.refreshes.set(note.id, generation)
    if (note.what === 'violation') complain(scene, note)
    if (note.what === 'seen') {
      figures.polls += note.polls
      if (note.path.length > watched.seen.length) watched.seen = note.path
    }
  }
}

function count({ figures, plan }: Scene, notes: readonly Note[], death: Death | undefined): void {
  const last = notes.flatMap((note) => (note.what === 'step' ? [note.step] : [])).at(-1) ?? 'start'
  const drawn = death !== undefined && 'at' in death && death.later === undefined
  figures.kills += 1
  figures.chance += drawn ? 0 : 1
  figures.at.set(last, (figures.at.get(last) ?? 0) + 1)
  if (drawn) plan.died(last)
}

/** Opens what a killed process left behind: it must be a whole star. */
async function lookAgain(scene: Scene): Promise<void> {
  if (scene.watched.seen.length === 0) return
  const violation = await withSession(scene, (session) => look(session, scene.watched))
  scene.figures.polls += 1
  if (violation !== undefined) complain(scene, violation)
}

/** A load has ended by itself: it must have succeeded, and everything must be in its place. */
async function settle(scene: Scene, { report, said }: Ending): Promise<void> {
  const { figures, watched, past, generation } = scene
  if (report === undefined || report.errors.length > 0) {
    complain(scene, { fault: 'error', text: `the load failed: ${report?.errors.join('; ') ?? said}` })
    return
  }
  figures.successes += 1
  const faults = await withSession(scene, async (session) => {
    const signature = signatureOf(await read(session))
    const state = scene.states.find((each, i) => watched.may[i]?.signature === signature && each.path.at(-1) === generation)
    if (state === undefined) return [`after the success of generation ${generation} the star is in no state that it may be in`]
    scene.states = [state]
    watched.may = [sightOf(state)]
    watched.seen = state.path
    return faultsOf(session, state, past, report satisfies Report)
  })
  for (const text of faults) complain(scene, { fault: 'error', text })
}

async function withSession<T>({ options, database }: Scene, work: (session: Connection) => Promise<T>): Promise<T> {
  const opened = database ?? await openDatabase(options.url)
  const session = await opened.connect()
  try {
    return await work(session)
  } finally {
    await session.close()
    if (opened !== database) await opened.close()
  }
}

/** A violation with all that is needed to see it again. */
function complain({ options: { seed, tell }, figures, history }: Pick<Scene, 'options' | 'figures' | 'history'>, { fault, text }: Violation): void {
  const words = [`seed ${seed}, ${fault}: ${text}`, ...history.slice(-8).map((line) => `    ${line}`)].join('\n')
  figures.violations.push(words)
  tell?.(words)
}
