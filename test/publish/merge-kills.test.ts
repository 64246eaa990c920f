import assert from 'node:assert/strict'
import { openDatabase } from '../../engine/db/open.ts'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { faultsOf, noPast } from '../harness/checks.ts'
import { contentOf, NOBODY, small } from '../harness/content.ts'
import { wordsOf } from '../harness/job.ts'
import type { Death, Job, Note, Report } from '../harness/job.ts'
import { sightOf } from '../harness/judge.ts'
import type { Sight } from '../harness/judge.ts'
import { load } from '../harness/load.ts'
import { openLoaders } from '../harness/loaders.ts'
import type { Loaders } from '../harness/loaders.ts'
import { after as published, nothing, readingOf, signatureOf } from '../harness/model.ts'
import type { State } from '../harness/model.ts'
import { places } from '../harness/places.ts'
import type { OwnPlace } from '../harness/places.ts'
import { read, watch } from '../harness/reader.ts'
import type { Watched } from '../harness/reader.ts'

/** STARLINE_HARNESS_SEED replays one. */
const seed = Number(process.env['STARLINE_HARNESS_SEED'] ?? Date.now() % 1_000_000)

/**
 * Somebody's own tables point at a dimension and at the fact of the star: on MySQL the one is merged before the RENAME of the
 * other dimension, and the other after it. DuckDB changes no value under an index in a fact that somebody points at.
 */
const childrenOf: Readonly<Record<string, readonly string[]>> = {
  shop_dim: [
    'CREATE TABLE shop_note (shop_key INT NOT NULL, FOREIGN KEY (shop_key) REFERENCES shop_dim (shop_key))',
    'INSERT INTO shop_note SELECT shop_key FROM shop_dim',
  ],
  sale_fact: [
    'CREATE TABLE sale_note (sale_id INT NOT NULL, FOREIGN KEY (sale_id) REFERENCES sale_fact (sale_id))',
    `INSERT INTO sale_note SELECT sale_id FROM sale_fact WHERE sale_id <= ${small.sales}`,
  ],
}

/** The old facts with dimensions of which some are new already. */
function between(old: State, { shops, items }: Pick<State, 'shops' | 'items'>): Sight {
  const generation = old.path.at(-1)
  const weight = old.sales.reduce((sum, { item, amount }) => sum + amount * (item === NOBODY ? 0 : old.items.get(item)?.prices.at(-1) ?? NaN), 0)
  const mixed = old.sales.filter(({ shop, item }) =>
    (shop !== NOBODY && shops.get(shop)?.generation !== generation) || (item !== NOBODY && items.get(item)?.generation !== generation)).length
  return { path: old.path, signature: signatureOf({ ...readingOf({ ...old, shops, items }), item_weight: weight, mixed }) }
}

/** What a reader may see on the way from one state to the next where a RENAME commits by itself: dimensions first, never a new fact alone. */
const onTheWay = (old: State, next: State): Sight[] => [between(old, { shops: next.shops, items: old.items }), between(old, next)]

interface Scene {
  readonly place: OwnPlace
  readonly past: ReturnType<typeof noPast>
  readonly watched: Watched
  readonly violations: string[]
  /** The tables that others point at. */
  readonly merged: readonly string[]
  /** Several steps are seen one after the other. */
  readonly inSteps: boolean
  states: readonly State[]
  generation: number
  polls: number
}

/** The next generation, and every state that the star may be in from now on. */
function nextJob(scene: Scene, death?: Death): Omit<Job, 'notes'> {
  scene.generation += 1
  const content = contentOf(seed, scene.generation, small)
  const ways = scene.states.map((state) => ({ old: state, next: published(state, content) }))
  scene.states = [...scene.states, ...ways.map(({ next }) => next)]
  const known = scene.inSteps ? scene.watched.may.filter(({ path }) => path.length >= scene.watched.seen.length) : []
  scene.watched.may = [...scene.states.map(sightOf), ...scene.inSteps ? [...known, ...ways.flatMap(({ old, next }) => onTheWay(old, next))] : []]
  const inside = scene.place.oneProcess && scene.watched.seen.length > 0 ? { watched: scene.watched } : {}
  return { door: 'run', warehouse: scene.place.url, seed, generation: scene.generation, size: small, ...inside, ...death && { death } }
}

function hear(scene: Scene, note: Note): void {
  if (note.what === 'refresh') scene.past.refreshes.set(note.id, scene.generation)
  if (note.what === 'violation') scene.violations.push(`${note.fault}: ${note.text}`)
  if (note.what !== 'seen') return
  scene.polls += note.polls
  if (note.path.length > scene.watched.seen.length) scene.watched.seen = note.path
}

/** A load that must succeed at once, and the whole warehouse looked through after it. The generations that were ever published. */
async function settle(scene: Scene): Promise<readonly number[]> {
  const report: Report = await load({ ...nextJob(scene), notes: '' }, (note) => hear(scene, note), () => {})
  assert.deepEqual(report.errors, [])
  return withSession(scene.place, async (session) => {
    const signature = signatureOf(await read(session))
    const state = scene.states.find((each) => signatureOf(readingOf(each)) === signature && each.path.at(-1) === scene.generation)
    assert.ok(state, `after generation ${scene.generation} the star is in no state that it may be in`)
    scene.states = [state]
    Object.assign(scene.watched, { may: [sightOf(state)], seen: state.path })
    assert.deepEqual(await faultsOf(session, state, scene.past, report), [])
    for (const table of scene.merged) assert.equal((await session.children(table)).length, 1, `${table} is no longer the table that others point at`)
    return state.path
  })
}

async function withSession<T>({ url }: OwnPlace, work: (session: Connection, database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(url)
  const session = await database.connect()
  try {
    return await work(session, database)
  } finally {
    await session.close()
    await database.close()
  }
}

/** Kills a loader at every step of its publish, and looks at what its successor makes of it. How often the star was read. */
async function survives(name: keyof typeof places, loaders: Loaders): Promise<number> {
  const place = await places[name]()
  const merged = name === 'duckdb' ? ['shop_dim'] : ['shop_dim', 'sale_fact']
  const scene: Scene = { place, merged, past: noPast(), watched: { may: [], seen: [] }, violations: [], inSteps: name === 'mariadb', states: [nothing], generation: 0, polls: 0 }
  await load({ ...nextJob(scene), notes: '' }, (note) => hear(scene, note), () => {})
  scene.states = scene.states.slice(-1)
  scene.watched.seen = scene.states[0]?.path ?? []
  await withSession(place, async (session) => { for (const sql of merged.flatMap((table) => childrenOf[table] ?? [])) await session.execute(sql) })
  const own = place.oneProcess ? undefined : await openDatabase(place.url)
  const reader = own && watch(await own.connect(), scene.watched, ({ fault, text }) => scene.violations.push(`${fault}: ${text}`))
  try {
    const steps = ['publish-locked', ...scene.inSteps ? ['publishing', 'merged', 'merge-live'] : ['merged', 'publishing'], 'swapped', 'published', 'tidied']
    for (const step of steps) await surviveAt(scene, loaders, { at: { step } }, steps.indexOf(step) >= steps.indexOf(scene.inSteps ? 'merge-live' : 'published'))
    for (const later of [5, 15]) await surviveAt(scene, loaders, { at: { step: 'publish-locked' }, later }, false)
  } finally {
    await reader?.stop()
    scene.polls += reader?.polls() ?? 0
    await own?.close()
    await place.remove()
  }
  return scene.polls
}

/** `isBegun`: a part of it can be seen already, so what is left must follow. */
async function surviveAt(scene: Scene, loaders: Loaders, death: Death, isBegun: boolean): Promise<void> {
  const words = `seed ${seed}, ${wordsOf(death)}`
  const ending = await (await loaders.start(nextJob(scene, death))).ended
  for (const note of ending.notes) hear(scene, note)
  assert.ok(!ending.hung, `${words}: the loader hung; it said ${ending.said}`)
  assert.ok(ending.killed || ('later' in death), `${words}: nobody died; ${ending.said} ${JSON.stringify(ending.report)}`)
  const killed = scene.generation
  const path = await settle(scene)
  assert.ok(!isBegun || path.includes(killed), `${words}: generation ${killed}, of which a part was live, was not finished`)
  assert.deepEqual(scene.violations, [], words)
}

describe('a publish that merges', () => {
  const warehouses = ['mariadb', 'postgres', 'duckdb'] as const
  const readings = new Map<string, Promise<number>>()
  let loaders: Loaders
  before(() => {
    loaders = openLoaders()
    // All at the same time: a loader mostly waits.
    for (const name of warehouses) {
      readings.set(name, survives(name, loaders))
      // Looked at by its own test.
      readings.get(name)?.catch(() => {})
    }
  })
  after(async () => {
    await Promise.allSettled(readings.values())
    await loaders.close()
  })

  for (const name of warehouses) {
    it(`shows readers of ${name} the old star or the new one, wherever it is killed, and the next load goes on at once`, async function () {
      this.timeout(900_000)
      const polls = await readings.get(name)
      assert.ok((polls ?? 0) > 20, `only ${polls} readings`)
    })
  }
})
