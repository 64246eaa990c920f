import assert from 'node:assert/strict'
import { listenForStop } from '../../engine/cli/stop.ts'
import { StoppedError } from '../../engine/errors.ts'

type Listener = () => void

/** A process that signals can be sent to, and that remembers how it was left. */
function fakeProcess() {
  const listeners = new Map<string, Listener>()
  const exits: number[] = []
  const planned = new Set<{ readonly at: number; readonly work: Listener }>()
  let now = 0
  return {
    exits, listeners,
    on: (signal: string, listener: Listener) => listeners.set(signal, listener),
    off: (signal: string) => listeners.delete(signal),
    exit: (code: number) => { exits.push(code) },
    later(milliseconds: number, work: Listener) {
      const plan = { at: now + milliseconds, work }
      planned.add(plan)
      return () => planned.delete(plan)
    },
    send: (signal: string) => listeners.get(signal)?.(),
    /** Lets so many milliseconds pass. */
    pass(milliseconds: number) {
      now += milliseconds
      for (const plan of planned) if (plan.at <= now && planned.delete(plan)) plan.work()
    },
  }
}

describe('a stop', () => {
  const said: string[] = []
  let target: ReturnType<typeof fakeProcess>
  let stop: ReturnType<typeof listenForStop>

  beforeEach(() => {
    said.length = 0
    target = fakeProcess()
    stop = listenForStop((text) => said.push(text), target)
  })

  for (const [signal, code, name] of [['SIGINT', 130, 'Ctrl-C'], ['SIGTERM', 143, 'SIGTERM'], ['SIGHUP', 129, 'SIGHUP']] as const) {
    it(`by ${signal} ends the work with a StoppedError and the code ${code}`, () => {
      assert.equal(stop.code(), undefined)
      target.send(signal)
      assert.ok(stop.signal.reason instanceof StoppedError)
      assert.equal(stop.signal.reason.message, `stopped by ${name}`)
      assert.deepEqual([stop.code(), target.exits, said.length], [code, [], 1])
    })
  }

  it('that is asked for twice ends at once', () => {
    target.send('SIGINT')
    target.send('SIGINT')
    assert.deepEqual(target.exits, [130])
  })

  it('that finds no end is ended after five seconds', () => {
    target.send('SIGTERM')
    target.pass(4_999)
    assert.deepEqual(target.exits, [])
    target.pass(1)
    assert.deepEqual(target.exits, [143])
  })

  it('waits a moment for a publish', () => {
    stop.publishing(true)
    target.send('SIGINT')
    assert.equal(stop.signal.aborted, false)
    assert.match(said[0] ?? '', /being published/)
    target.pass(2_500)
    assert.equal(stop.signal.aborted, true)
  })

  it('leaves nothing behind when it is released', () => {
    target.send('SIGINT')
    stop.release()
    target.pass(60_000)
    assert.deepEqual([target.exits, [...target.listeners.keys()]], [[], []])
  })

  it('keeps the first reason', () => {
    stop.abort(new Error('the warehouse was lost'))
    target.send('SIGINT')
    assert.equal((stop.signal.reason as Error).message, 'the warehouse was lost')
  })
})
