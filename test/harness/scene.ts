/** A star under an ordeal: what it may hold, who watches it, and what was seen. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { openLog } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import { newRefreshId } from '../../engine/publish/refresh.ts'
import { chanceOf } from './chance.ts'
import type { Chance } from './chance.ts'
import { faultsOf, ledgerText, noPast } from './checks.ts'
import type { Past } from './checks.ts'
import { contentOf, small } from './content.ts'
import type { Content, Size } from './content.ts'
import { noFigures } from './figures.ts'
import type { Figures } from './figures.ts'
import type { Job, Note, Report } from './job.ts'
import { follows, sightOf } from './judge.ts'
import type { Violation } from './judge.ts'
import { load, reportOfError } from './load.ts'
import type { AtStep } from './load.ts'
import type { Ending } from './loaders.ts'
import { after, nothing, signatureOf } from './model.ts'
import type { State } from './model.ts'
import { read, watch } from './reader.ts'
import type { Reader, Watched } from './reader.ts'

/** A warehouse to torture. */
export interface Place {
  readonly url: string
  /** Only one process can have it open: a reader lives in the loader's process, and looks again after it. */
  readonly oneProcess: boolean
  /** A text that is in the URL and must be nowhere else. */
  readonly canary?: string
}

export interface SceneOptions extends Place {
  readonly seed: number
  readonly size?: Size
  readonly tell?: (line: string) => void
  /** Everybody is in this process: the reader too, also where only one process can open the warehouse. */
  readonly inside?: boolean
  /** The server may go away: a reader whose session has ended comes again. */
  readonly comesAgain?: boolean
}

/** Attempts that end with a success: by the command line's door each is a refresh of its own, by the queue's all are one. */
export type Chain = Pick<Job, 'door' | 'refresh'>

export const drawChain = (chance: Chance): Chain => (chance() < 0.65 ? { door: 'run' } : { door: 'queue', refresh: newRefreshId() })

export interface Scene {
  readonly options: SceneOptions
  readonly chance: Chance
  readonly figures: Figures
  readonly past: Past
  readonly watched: Watched
  readonly database: Database | undefined
  readonly history: string[]
  readonly log: Log
  reader: Reader | undefined
  /** The states that the warehouse may be in. */
  states: readonly State[]
  generation: number
  chain: Chain | undefined
  /** How long a load usually takes. */
  milliseconds: number
  /** Begins to look: from the first success on. */
  look(): Promise<void>
  close(): Promise<void>
}

export async function openScene(options: SceneOptions): Promise<Scene> {
  const { url, oneProcess, inside = false, comesAgain = false, canary } = options
  const database = oneProcess && !inside ? undefined : await openDatabase(url)
  const logs = mkdtempSync(join(tmpdir(), 'starline-harness-logs-'))
  const scene: Scene = {
    options, chance: chanceOf(options.seed), figures: noFigures(), past: noPast(), watched: { may: [], seen: [] }, database, history: [],
    log: openLog(logs, 'harness'), reader: undefined, states: [nothing], generation: 0, chain: undefined, milliseconds: 300,
    async look() {
      if (database === undefined) return
      scene.reader = watch(await database.connect(), scene.watched, (violation) => complain(scene, violation), 5, comesAgain ? () => database.connect() : undefined)
    },
    async close() {
      await scene.reader?.stop()
      scene.figures.polls += scene.reader?.polls() ?? 0
      await database?.close()
      await scene.log.close()
      const written = readdirSync(logs).map((file) => readFileSync(join(logs, file), 'utf8')).join('')
      rmSync(logs, { recursive: true })
      if (canary !== undefined && written.includes(canary)) complain(scene, { fault: 'error', text: 'a password is in the logs' })
    },
  }
  return scene
}

/** The next load's job: from now on the star may hold what it brings. */
export function nextJob(scene: Scene, chain: Chain): Omit<Job, 'notes'> & { readonly content: Content } {
  const { options: { seed, url, size = small }, watched } = scene
  if (chain.refresh === undefined || chain !== scene.chain) scene.generation += 1
  scene.chain = chain
  const { generation } = scene
  const content = contentOf(seed, generation, size)
  const reached = scene.states.filter(({ path }) => follows(path, watched.seen))
  scene.states = [...reached, ...reached.filter(({ path }) => path.at(-1) !== generation).map((state) => after(state, content))]
  watched.may = scene.states.map(sightOf)
  return { ...chain, warehouse: url, seed, generation, size, content }
}

export interface Timed { readonly begun: number; readonly ending: Ending }

/** Loads in this process. */
export async function loadHere(scene: Scene, job: Omit<Job, 'notes'>, atStep: AtStep = () => {}, given?: Database): Promise<Timed> {
  const begun = performance.now()
  const notes: Note[] = []
  const ended = { killed: false, hung: false, notes, said: '' }
  const hoped = (report: Report): Report => (job.careless === 'guesses' && notes.some((note) => note.what === 'step' && note.step === 'publishing') ? guessed(report) : report)
  try {
    const report = await load({ ...job, notes: '' }, (note) => { notes.push(note) }, atStep, given, scene.log)
    return { begun, ending: { ...ended, report: hoped(report) } }
  } catch (error) {
    return { begun, ending: { ...ended, report: hoped(reportOfError(error)) } }
  }
}

/** What a loader says who was cut off while it published, and hopes. */
const guessed = (report: Report): Report => ({ ...report, errors: [], final: [], published: report.results.map(([, name]) => name) })

/** Takes in what a load has noted. */
export function remember(scene: Scene, { notes, report, said }: Ending, generation: number, words: string): void {
  const { watched, past, history, figures, options: { canary } } = scene
  history.push(`generation ${generation} ${words}; ${notes.map((note) => ('step' in note ? note.step : note.what)).at(-1) ?? 'nothing'} was last`)
  for (const note of notes) {
    if (note.what === 'refresh') past.refreshes.set(note.id, generation)
    if (note.what === 'violation') complain(scene, note)
    if (note.what === 'seen') {
      figures.polls += note.polls
      if (note.path.length > watched.seen.length) watched.seen = note.path
    }
  }
  if (canary !== undefined && `${said}${JSON.stringify(report)}`.includes(canary)) complain(scene, { fault: 'error', text: 'a password is in what the load said' })
}

/** A load has ended by itself: it must have succeeded, and everything must be in its place; but for what it could not tidy up. */
export async function settle(scene: Scene, { report, said }: Ending, tidy = true): Promise<void> {
  const { figures, watched, past, generation, options: { canary } } = scene
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
    return [
      ...await faultsOf(session, state, past, report, tidy),
      ...canary !== undefined && (await ledgerText(session)).includes(canary) ? ['a password is in the ledger'] : [],
    ]
  })
  for (const text of faults) complain(scene, { fault: 'error', text })
}

export async function withSession<T>({ options, database }: Scene, work: (session: Connection) => Promise<T>): Promise<T> {
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
export function complain({ options: { seed, tell }, figures, history }: Pick<Scene, 'options' | 'figures' | 'history'>, { fault, text }: Violation): void {
  const words = [`seed ${seed}, ${fault}: ${text}`, ...history.slice(-8).map((line) => `    ${line}`)].join('\n')
  figures.violations.push(words)
  tell?.(words)
}
