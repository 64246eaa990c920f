import assert from 'node:assert/strict'
import { openDatabase } from '../../engine/db/open.ts'
import type { Connection } from '../../engine/db/connection.ts'
import { liveRun } from '../../engine/publish/live-run.ts'
import { beforeName } from '../../engine/publish/names.ts'
import { chanceOf } from '../harness/chance.ts'
import type { Chance } from '../harness/chance.ts'
import { COMING, fewTables, generationIn, watchFew } from '../harness/few.ts'
import type { Range } from '../harness/few.ts'
import { small } from '../harness/content.ts'
import { wordsOf } from '../harness/job.ts'
import type { Death, FailPoint, Job, Note } from '../harness/job.ts'
import { openLoaders } from '../harness/loaders.ts'
import type { Ending, Loaders } from '../harness/loaders.ts'
import { stoodStill } from '../harness/pairs.ts'
import { places } from '../harness/places.ts'
import type { OwnPlace, PlaceName } from '../harness/places.ts'
import { silenceAll } from '../harness/sessions.ts'

/** STARLINE_HARNESS_SEED replays one. */
const seed = Number(process.env['STARLINE_HARNESS_SEED'] ?? Date.now() % 1_000_000)
/** Further kills than those of each test: at any step, after any time. */
const further = Number(process.env['STARLINE_HARNESS_KILLS'] ?? 0)

interface Scene {
  readonly place: OwnPlace
  readonly loaders: Loaders
  readonly chance: Chance
  readonly violations: string[]
  /** The key of each member or version that was ever seen published, and is so still. */
  readonly keys: Map<string, number>
  readonly figures: { kills: number; stops: number; rollbacks: number; polls: number }
  may: Range
  generation: number
  /** Of each table, before the last load. */
  before: readonly number[]
}

/** What is told to happen to a loader. */
type Fate = Pick<Job, 'death' | 'stop' | 'back' | 'lockless'>

function jobOf(scene: Scene, fate: Fate = {}): Omit<Job, 'notes'> {
  if (fate.back !== true) scene.generation += 1
  scene.may = fate.back === true ? { from: Math.min(...scene.before), to: scene.may.to, back: true } : { ...scene.may, to: scene.generation }
  const { may: few, generation, place: { url: warehouse, oneProcess } } = scene
  return { door: 'run', warehouse, seed, generation, size: small, publish: 'each', few, ...oneProcess && generation > 1 && { watched: { may: [], seen: [] } }, ...fate }
}

const hear = (scene: Scene, notes: readonly Note[]): void => {
  for (const note of notes) {
    if (note.what === 'violation') scene.violations.push(`${note.fault}: ${note.text}`)
    if (note.what === 'seen') scene.figures.polls += note.polls
  }
}

async function loadIn(scene: Scene, fate?: Fate): Promise<Ending> {
  const ending = await (await scene.loaders.start(jobOf(scene, fate))).ended
  hear(scene, ending.notes)
  return ending
}

/** The next load succeeds at once, both tables are of its generation, and nothing of those before it is left. */
async function settle(scene: Scene, words: string): Promise<void> {
  if (scene.generation > 0) scene.before = await generations(scene)
  const { report, said, hung } = await loadIn(scene)
  assert.ok(!hung, `${words}: the load after it hung; it said ${said}`)
  assert.ok(report, `${words}: the load after it gave no report: ${said}`)
  assert.deepEqual([report.errors, report.published], [[], ['plain', 'historic']], `${words}: the load after it`)
  await look(scene, words)
}

const generations = ({ place }: Scene): Promise<readonly number[]> => withSession(place, (session) => Promise.all(fewTables.map((table) => generationIn(session, table))))

/** Looks the whole warehouse through, after a load that has succeeded. */
async function look(scene: Scene, words: string): Promise<void> {
  await withSession(scene.place, async (session) => {
    for (const table of fewTables) {
      assert.equal(await generationIn(session, table), scene.generation, `${words}: ${table} is not of the last generation`)
      const run = await liveRun(session, table)
      const [row] = await session.query<{ fence: number; status: string }>(session.dialect.knex('etl_run').where({ run_id: run ?? '' }).select('fence', 'status'))
      assert.deepEqual([row?.status, await session.tablesLike(`${table}__`)], ['succeeded', scene.generation === 1 ? [] : [beforeName(table, row?.fence ?? 0)]], `${words}: what stands around ${table}`)
      const named = table === 'plain_dim' ? 'plain_key AS own, id, 0 AS version' : 'historic_key AS own, id, gen AS version'
      for (const { own, id, version } of await session.query<{ own: number; id: number; version: number }>(`SELECT ${named} FROM ${table}`)) {
        const name = `${table} ${id} ${version}`
        assert.equal(own, scene.keys.get(name) ?? own, `${words}: the key of ${name}`)
        scene.keys.set(name, own)
      }
    }
    assert.deepEqual(await session.query("SELECT target, status FROM etl_run WHERE status IN ('running', 'staged', 'publishing', 'rolling_back')"), [], `${words}: runs that are open`)
    assert.deepEqual(await session.query('SELECT target FROM etl_target WHERE reserved_by IS NOT NULL'), [], `${words}: tables that are reserved`)
  })
  assert.deepEqual(scene.violations, [], words)
  scene.may = { from: scene.generation, to: scene.generation }
}

async function withSession<T>({ url }: OwnPlace, work: (session: Connection) => Promise<T>): Promise<T> {
  const database = await openDatabase(url)
  const session = await database.connect()
  try {
    return await work(session)
  } finally {
    await session.close()
    await database.close()
  }
}

const BEFORE = ['locked', 'reserved', 'cleared', 'created', 'loaded', 'checked', 'publish-locked', 'changed'] as const
const AFTER = ['published', 'tidied', 'publish-ended', 'run'] as const

/** Kills a loader, and looks at what its successor makes of it. */
async function kill(scene: Scene, death: Death): Promise<void> {
  const words = `seed ${seed}, ${wordsOf(death)}`
  const { hung, killed, said, report } = await loadIn(scene, { death })
  assert.ok(!hung, `${words}: it hung; it said ${said}`)
  assert.ok(killed || !('at' in death) || death.later !== undefined, `${words}: nobody died; ${said} ${JSON.stringify(report)}`)
  scene.figures.kills += Number(killed)
  if ('at' in death && death.later === undefined) await withSession(scene.place, async (session) => {
    const table = death.at.etl === 'historic' ? 'historic_dim' : 'plain_dim'
    const isDone = AFTER.some((step) => step === death.at.step)
    assert.equal(await generationIn(session, table), isDone ? scene.generation : scene.generation - 1, words)
  })
  await settle(scene, words)
}

/** A loader that stands still before its transaction is overtaken, and changes nothing when it goes on. */
async function overtake(scene: Scene, stop: FailPoint, lockless: boolean): Promise<void> {
  const words = `seed ${seed}, stopped at ${stop.step} of ${stop.etl}${lockless ? ', without locks' : ''}`
  const running = await scene.loaders.start(jobOf(scene, { stop, ...lockless && { lockless } }))
  await stoodStill(running)
  if (!lockless) await withSession(scene.place, silenceAll)
  await settle(scene, words)
  running.signal('SIGCONT')
  const { report, hung, said } = await running.ended
  scene.figures.stops += 1
  assert.ok(!hung && report !== undefined, `${words}: ${said}`)
  assert.deepEqual(report.published.filter((name) => name === stop.etl), [], `${words}: it published`)
  assert.ok(report.errors.length > 0 && (!lockless || report.fenced), `${words}: it says ${report.errors.join('; ')}`)
  await look(scene, words)
  await settle(scene, words)
}

/** Kills a rollback of what was changed in place: the tables are whole, as they were or as they are, and the next load goes on. */
async function killBack(scene: Scene, death: Death): Promise<void> {
  const words = `seed ${seed}, rollback, ${wordsOf(death)}`
  const last = scene.generation
  const { hung, killed, said, report } = await loadIn(scene, { back: true, death })
  assert.ok(!hung, `${words}: it hung; it said ${said}`)
  assert.ok(killed || !('at' in death) || death.later !== undefined, `${words}: nobody died; ${said} ${JSON.stringify(report)}`)
  scene.figures.rollbacks += Number(killed)
  const now = await generations(scene)
  assert.ok(now.every((generation) => generation === last) || now.every((generation, i) => generation === scene.before[i]), `${words}: from ${scene.before.join(', ')} to ${last}, and back to ${now.join(', ')}`)
  // A key that was given is not given again, though its member comes anew.
  for (const name of scene.keys.keys()) {
    const [table = '', id = 0, version = 0] = name.split(' ')
    const own = now[fewTables.findIndex((one) => one === table)] ?? 0
    if (Number(id) > COMING + own || Number(version) > own) scene.keys.delete(name)
  }
  await settle(scene, words)
}

async function survives(name: PlaceName, loaders: Loaders): Promise<Scene['figures']> {
  const place = await places[name]()
  const scene: Scene = { place, loaders, chance: chanceOf(seed), violations: [], keys: new Map(), figures: { kills: 0, stops: 0, rollbacks: 0, polls: 0 }, may: { from: 1, to: 1 }, generation: 0, before: [1, 1] }
  await settle(scene, 'the first load')
  const own = place.oneProcess ? undefined : await openDatabase(place.url)
  const reader = own && watchFew(await own.connect(), () => scene.may, ({ fault, text }) => scene.violations.push(`${fault}: ${text}`))
  try {
    await settle(scene, 'a load in place')
    const [plain, historic] = ['plain', 'historic'] as const
    for (const at of [
      { step: 'cleared', etl: plain }, { step: 'checked', etl: historic }, { step: 'publish-locked', etl: plain }, { step: 'changed', etl: plain }, { step: 'changed', etl: historic },
      { step: 'published', etl: plain }, { step: 'tidied', etl: historic }, { step: 'publish-ended', etl: plain },
    ]) await kill(scene, { at })
    for (const later of [1, 4]) await kill(scene, { at: { step: 'changed', etl: later === 1 ? plain : historic }, later })
    for (const step of ['rollback-made', 'rolling-back', 'rolled-back']) await killBack(scene, { at: { step } })
    if (!place.oneProcess) {
      await overtake(scene, { step: 'publish-locked', etl: historic }, false)
      // What has no staging table yet finds none dropped either: the fence alone is in its way.
      await overtake(scene, { step: 'cleared', etl: plain }, true)
    }
    for (let i = 0; i < further; i += 1) await anyBlow(scene)
  } finally {
    await reader?.stop()
    scene.figures.polls += reader?.polls() ?? 0
    await own?.close()
    await place.remove()
  }
  assert.deepEqual(scene.violations, [], `seed ${seed}`)
  if (further > 0) process.stdout.write(`${name}, seed ${seed}: ${JSON.stringify(scene.figures)}\n`)
  return scene.figures
}

/** One more blow, as chance has it. */
async function anyBlow(scene: Scene): Promise<void> {
  const { chance, place } = scene
  const pick = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)]!
  const at = { step: pick([...BEFORE, ...AFTER]), etl: pick(['plain', 'historic']) }
  const drawn = chance()
  if (drawn < 0.35) return kill(scene, { at })
  if (drawn < 0.6) return kill(scene, { at: { ...at, step: pick(['publish-locked', 'changed', 'checked']) }, later: Math.ceil(chance() * 25) })
  if (drawn < 0.75) return kill(scene, { outside: 20 + Math.floor(chance() * 400) })
  if (drawn < 0.85 && !place.oneProcess) return overtake(scene, { ...at, step: pick(['reserved', 'cleared', 'created', 'loaded', 'checked', 'publish-locked']) }, chance() < 0.5)
  const steps = ['rollback-claimed', 'rollback-made', 'rolling-back', 'put-back', 'rolled-back', 'rollback-tidied']
  return killBack(scene, chance() < 0.6 ? { at: { step: pick(steps) } } : { at: { step: pick(['opened', ...steps]) }, later: Math.ceil(chance() * 20) })
}

describe('a dimension that is changed in place', () => {
  const asked = process.env['STARLINE_HARNESS_ON']?.split(',')
  const names = (['mariadb', 'postgres', 'duckdb'] as const).filter((name) => asked?.includes(name) ?? true)
  const figures = new Map<string, Promise<Scene['figures']>>()
  let loaders: Loaders
  before(() => {
    loaders = openLoaders()
    // All at the same time: a loader mostly waits.
    for (const name of names) {
      figures.set(name, survives(name, loaders))
      // Looked at by its own test.
      figures.get(name)?.catch(() => {})
    }
  })
  after(async () => {
    await Promise.allSettled(figures.values())
    await loaders.close()
  })

  for (const name of names) {
    it(`shows readers of ${name} whole generations alone, wherever its loaders are killed or stand still, and the next load goes on at once`, async function () {
      this.timeout(900_000 + further * 20_000)
      const { polls = 0 } = await figures.get(name) ?? {}
      assert.ok(polls > 20, `only ${polls} readings`)
    })
  }
})
