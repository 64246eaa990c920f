import { StoppedError } from '../errors.ts'

const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const
type Signal = typeof signals[number]
const codes: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** Seconds that a stop may take before the process ends all the same. */
const patience = 5

/** Ends the process's work in good order, or at once where it is asked twice. */
export interface Stop {
  /** Aborted with a StoppedError when the process is told to end. */
  readonly signal: AbortSignal
  /** The exit code of the signal that came, undefined while none did. */
  code(): number | undefined
  /** Does what a signal does. */
  ask(signal: Signal): void
  /** Ends the work for another reason: the warehouse was lost. */
  abort(reason: Error): void
  /** Ends the work in good order for another reason than a signal: somebody has cancelled it. A publish under way goes on. */
  end(reason: Error): void
  /** From now on others do the work: a stop ends nothing but the waiting for them, and says this. */
  waiting(words: string): void
  /** While a publish is under way a stop waits for it a moment: it takes milliseconds, and half a publish can't be had. */
  publishing(isOn: boolean): void
  release(): void
}

/** The parts of a process that a stop needs. */
export interface Stoppable {
  on(signal: Signal, listener: () => void): unknown
  off(signal: Signal, listener: () => void): unknown
  exit(code: number): void
  /** Does a piece of work later; what it gives back takes it off. */
  later(milliseconds: number, work: () => void): () => void
}

const thisProcess: Stoppable = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  exit: (code) => process.exit(code),
  later(milliseconds, work) {
    const timer = setTimeout(work, milliseconds).unref()
    return () => clearTimeout(timer)
  },
}

/** Does a piece of work that Ctrl-C and its like may stop. Its exit code, or that of the signal that came meanwhile. */
export async function untilStopped(work: (stop: Stop) => Promise<number>): Promise<number> {
  const stop = listenForStop(() => undefined)
  try {
    return await work(stop)
  } catch (error) {
    const code = stop.code()
    if (code === undefined) throw error
    return code
  } finally {
    stop.release()
  }
}

/** Listens for Ctrl-C and its like until it is released. `say` tells the person who pressed it. */
export function listenForStop(say: (text: string) => void, target: Stoppable = thisProcess): Stop {
  const controller = new AbortController()
  const planned: (() => void)[] = []
  let code: number | undefined
  let publishing = false
  let instead: string | undefined
  const after = (seconds: number, work: () => void): void => { planned.push(target.later(seconds * 1000, work)) }
  const abort = (reason: Error): void => { if (!controller.signal.aborted) controller.abort(reason) }
  const ask = (signal: Signal): void => {
    if (code !== undefined) return target.exit(code)
    code = codes[signal]
    say(instead ?? `Stopping. ${publishing ? 'Tables are being published: a moment' : 'What is not published yet stays as it was'}. Once more ends at once.`)
    const stop = (): void => abort(new StoppedError(`stopped by ${signal === 'SIGINT' ? 'Ctrl-C' : signal}`))
    if (publishing) after(patience / 2, stop)
    else stop()
    after(patience, () => {
      say('It did not end in time: leaving it. The next run clears up what is left.')
      target.exit(codes[signal])
    })
  }
  const listeners = signals.map((signal) => ({ signal, listener: () => ask(signal) }))
  for (const { signal, listener } of listeners) target.on(signal, listener)
  return {
    signal: controller.signal, ask, abort, code: () => code,
    publishing(isOn) { publishing = isOn },
    end(reason) { if (!publishing) abort(reason) },
    waiting(words) { instead = words },
    release() {
      for (const takeOff of planned) takeOff()
      for (const { signal, listener } of listeners) target.off(signal, listener)
    },
  }
}
