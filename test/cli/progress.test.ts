import assert from 'node:assert/strict'
import { showProgress } from '../../engine/cli/progress.ts'
import { wantsColours } from '../../engine/cli/terminal.ts'
import type { Entry } from '../../engine/etl/registry.ts'
import { captured } from './captured.ts'

const entryOf = (name: string): Entry => ({ type: 'dimension', name, etl: {} as Entry['etl'] })
const [school, user, course] = [entryOf('school'), entryOf('user'), entryOf('course')]

/** What a terminal shows in the end: lines that were cleared are gone. */
function seen(text: string): string {
  const lines: string[] = ['']
  // oxlint-disable-next-line no-control-regex -- cursor up and clear below are what is looked for
  for (const part of text.split(/(\u001b\[\d+A\u001b\[J|\n)/)) {
    const up = /\[(\d+)A/.exec(part)
    if (up) lines.splice(lines.length - 1 - Number(up[1]), Infinity, '')
    else if (part === '\n') lines.push('')
    else lines[lines.length - 1] += part
  }
  return lines.join('\n')
}

describe('progress', () => {
  it('is one plain line for each ETL that ended, where there is no terminal', () => {
    let now = 0
    const screen = captured()
    const progress = showProgress(screen, false, () => now)
    progress.on({ what: 'started' }, school)
    progress.on({ what: 'rows', rows: 1687 }, school)
    now = 1230
    progress.on({ what: 'loaded' }, school)
    progress.on({ what: 'started' }, course)
    progress.on({ what: 'rows', rows: 3 }, course)
    progress.on({ what: 'published' }, course)
    progress.on({ what: 'started' }, user)
    progress.on({ what: 'failed' }, user)
    progress.on({ what: 'skipped' }, entryOf('sale'))
    progress.close()
    assert.equal(screen.text(), 'loaded dimension school, 1,687 rows, 1.2 s\npublished dimension course, 3 rows, 0.0 s\nfailed dimension user, 0 rows, 0.0 s\nskipped dimension sale\n')
  })

  it('is a live line for each ETL that runs, on a terminal, and leaves nothing behind', () => {
    let now = 0
    const screen = captured({ live: true, width: 80 })
    const progress = showProgress(screen, false, () => now)
    progress.on({ what: 'started' }, school)
    progress.on({ what: 'started' }, user)
    progress.on({ what: 'rows', rows: 12000 }, user)
    now = 2500
    progress.say('a line that stays')
    assert.equal(seen(screen.text()), [
      'a line that stays',
      'dimension school                           0 rows     2.5 s',
      'dimension user                        12,000 rows     2.5 s', '',
    ].join('\n'))
    progress.on({ what: 'loaded' }, school)
    progress.close()
    assert.equal(seen(screen.text()), 'a line that stays\n')
  })

  it('clears its lines from the first column, wherever an echoed ^C has left the cursor', () => {
    const screen = captured({ live: true, width: 80 })
    const progress = showProgress(screen, false, () => 0)
    progress.on({ what: 'started' }, school)
    progress.say('Stopping.')
    progress.close()
    // oxlint-disable-next-line no-control-regex -- cursor up and clear below are what is looked for
    assert.deepEqual(screen.text().match(/.?\u001b\[\d+A\u001b\[J/gs), ['\r\u001b[1A\u001b[J', '\r\u001b[1A\u001b[J'])
  })

  it('never writes a line that would wrap', () => {
    const screen = captured({ live: true, width: 20 })
    const progress = showProgress(screen, false, () => 0)
    progress.on({ what: 'started' }, school)
    assert.ok(seen(screen.text()).split('\n').every((line) => line.length < 20), screen.text())
    progress.close()
  })

  it('shortens names where the terminal is narrow, and never figures', () => {
    // columns | what is seen
    const cases: [number, string][] = [
      [80, 'dimension disability_program          30,418 rows     2.5 s'],
      [50, 'dimension disability_program  30,418 rows   2.5 s'],
      [40, 'disability_program  30,418 rows   2.5 s'],
      [30, 'disabili  30,418 rows   2.5 s'],
    ]
    for (const [width, line] of cases) {
      let now = 0
      const screen = captured({ live: true, width })
      const progress = showProgress(screen, false, () => now)
      const etl = entryOf('disability_program')
      progress.on({ what: 'started' }, etl)
      progress.on({ what: 'rows', rows: 30_418 }, etl)
      now = 2500
      progress.doing(undefined)
      assert.equal(seen(screen.text()), `${line}\n`)
      progress.close()
    }
  })

  it('tells what the ledger has measured, where the work is done elsewhere and is looked at now and then', () => {
    let now = 0
    const screen = captured()
    const progress = showProgress(screen, false, () => now)
    progress.on({ what: 'started' }, school, { seconds: 0.2 })
    progress.on({ what: 'rows', rows: 1700 }, school)
    now = 250
    progress.on({ what: 'loaded' }, school, { seconds: 0.31, rows: 1687 })
    progress.close()
    assert.equal(screen.text(), 'loaded dimension school, 1,687 rows, 0.3 s\n')
  })

  it('is silent where nobody wants it', () => {
    const screen = captured({ live: true })
    const progress = showProgress(screen, true)
    progress.on({ what: 'started' }, school)
    progress.say('a line')
    progress.close()
    assert.equal(screen.text(), '')
  })
})

describe('colours', () => {
  // a terminal? | environment | colours?
  const cases: [boolean, NodeJS.ProcessEnv, boolean][] = [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ]
  for (const [terminal, env, expected] of cases) {
    it(`are ${expected ? 'on' : 'off'} ${terminal ? 'on a terminal' : 'in a pipe'} with ${JSON.stringify(env)}`, () => {
      assert.equal(wantsColours(terminal, env), expected)
    })
  }
})
