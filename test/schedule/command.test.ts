import assert from 'node:assert/strict'
import { main } from '../../engine/main.ts'
import { task } from '../../engine/index.ts'
import { capturedIo } from '../cli/captured.ts'
import { newProject } from '../cli/project.ts'
import type { Project, Ran } from '../cli/project.ts'

const nightly = task({ schedule: '0 0 * * *', tz: 'America/New_York' })
const hourly = task({ schedule: '@hourly', catchUp: 'none' })

describe('starline schedule', function () {
  this.timeout(60_000)
  let project: Project
  beforeEach(() => { project = newProject() })
  afterEach(() => project.remove())

  /** Types a command where tasks/index.ts exports these. */
  const schedule = async (line: string, tasks: object = {}, before: readonly string[] = []): Promise<Ran> => {
    const io = capturedIo()
    const importFile = (url: string): Promise<unknown> => Promise.resolve(url.endsWith('/config.ts') ? { default: project.config() } : url.endsWith('/tasks/index.ts') ? tasks : {})
    const code = await main([...before, 'schedule', ...line.split(' ')], importFile, io)
    return { code, out: io.out.text(), err: io.err.text() }
  }
  const changes = async (line: string, tasks: object = {}): Promise<string[]> => {
    const { out } = await schedule(`${line} --json`, tasks)
    return (JSON.parse(out) as { schedules: { name: string; change: string }[] }).schedules.map(({ name, change }) => `${change} ${name}`)
  }

  it('enters what is declared, and tells what was added, changed and removed', async () => {
    const { code, out, err } = await schedule('sync', { nightly, hourly, processEtl: {} })
    assert.deepEqual([code, err], [0, ''])
    assert.deepEqual(out.trimEnd().split('\n').map((line) => line.trim().split(/ {2,}/)), [['name', 'schedule', 'zone'], ['added', 'hourly', '@hourly', 'UTC'], ['added', 'nightly', '0 0 * * *', 'America/New_York']])
    assert.deepEqual(await changes('sync', { nightly, hourly: task({ schedule: '@hourly' }) }), ['changed hourly', 'unchanged nightly'])
    const refused = await schedule('sync', { nightly })
    assert.equal(refused.code, 2)
    assert.match(refused.err, /a schedule would be removed, and nobody can be asked\n +why +tasks\/index\.ts exports hourly no more\n +way out +add --yes/)
    assert.deepEqual(await changes('sync --yes', { nightly }), ['removed hourly', 'unchanged nightly'])
  })

  it('shows when each comes next, here and in UTC, and what became of it', async () => {
    await schedule('sync', { nightly, hourly })
    await project.execute(
      "INSERT INTO etl_refresh (id, options, status, held, cancel) VALUES ('nightly-1', '{}', 'failed', false, false)",
      "UPDATE etl_schedule SET due_after = '2999-03-09 05:00:00', last_tick = '2999-03-09 05:00:00', last_refresh = 'nightly-1' WHERE name = 'nightly'",
      "UPDATE etl_schedule SET due_after = '2020-01-01 00:00:00', last_tick = '2020-01-01 00:00:00' WHERE name = 'hourly'")
    const { out } = await schedule('ls')
    assert.match(out, /^hourly +@hourly +UTC +2020-01-01 01:00 +2020-01-01 01:00 +2020-01-01 00:00 +due, and not taken yet, last left out$/m)
    assert.match(out, /^nightly +0 0 \* \* \* +America\/New_York +2999-03-10 00:00 +2999-03-10 0[45]:00 +2999-03-09 05:00 +last failed$/m)
    assert.equal((await schedule('pause n', {}, ['--complete'])).out, 'nightly\n')
    assert.deepEqual(await changes('pause hourly'), ['paused hourly'])
    assert.deepEqual(await changes('pause hourly'), ['unchanged hourly'])
    const { schedules } = JSON.parse((await schedule('ls --json')).out) as { schedules: Record<string, unknown>[] }
    assert.deepEqual(schedules[0], {
      name: 'hourly', schedule: '@hourly', tz: 'UTC', catchUp: 'none', steps: null, paused: true, next: null,
      last: { utc: '2020-01-01T00:00:00.000Z', refresh: null, joined: false, status: null },
    })
    assert.deepEqual(await changes('sync', { nightly, hourly }), ['unchanged hourly', 'unchanged nightly'])
    assert.match((await schedule('ls')).out, /^hourly .*paused/m, 'who is paused stays paused')
    const resumed = await schedule('resume hourly')
    assert.deepEqual(resumed.out.trimEnd().split('\n').map((line) => line.trim().split(/ {2,}/)), [['name'], ['resumed', 'hourly']])
    assert.match((await schedule('rm hourly')).err, /the next sync enters it again/)
    assert.doesNotMatch((await schedule('ls')).out, /hourly/)
  })

  it('says that there is none, and makes no warehouse for it', async () => {
    const { code, out, err } = await schedule('ls')
    assert.deepEqual([code, out, await project.tables()], [0, '', []])
    assert.match(err, /There is no schedule\. npx starline schedule sync/)
    assert.deepEqual(JSON.parse((await schedule('ls --json')).out), { schedules: [] })
    assert.match((await schedule('sync')).err, /No schedule is declared/)
  })

  // what is typed | what is exported | what is said
  const wrong: [string, object, RegExp][] = [
    ['snyc', {}, /nothing can be done with "snyc" way out did you mean sync\?/],
    ['rm', {}, /the schedule's name is missing way out write: npx starline schedule rm <name>/],
    ['ls nightly', {}, /nothing can be done with "nightly"/],
    ['rm nightly', {}, /no schedule is called "nightly" way out there is none yet/],
    ['sync', { nightly: { ...nightly, steps: ['dimension scool'] } }, /nightly: dimension scool is not active; .* or did you mean dimension school\?/],
    ['sync', { Nightly: nightly }, /Nightly: a name begins with a small letter/],
    ['sync', { nightly, nightLy: nightly }, /nightLy: another one has this name but for capitals/],
  ]
  for (const [line, tasks, said] of wrong) {
    it(`refuses ${line} of ${Object.keys(tasks).join(', ') || 'nothing'}: ${said.source.slice(0, 30)}`, async () => {
      const { code, err } = await schedule(line, tasks)
      assert.equal(code, 2, err)
      assert.match(err.replaceAll(/\s+/g, ' '), said)
    })
  }
})
