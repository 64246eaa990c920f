import { StoppedError } from '../errors.ts'

/** A promise, and the hands that settle it. Nobody need listen to it. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (reason: Error) => void
}

export function deferred<T>(): Deferred<T> {
  const hands: { resolve?: (value: T) => void, reject?: (reason: Error) => void } = {}
  const promise = new Promise<T>((resolve, reject) => {
    hands.resolve = resolve
    hands.reject = reject
  })
  promise.catch(() => {})
  return { promise, resolve: (value) => hands.resolve?.(value), reject: (reason) => hands.reject?.(reason) }
}

/** Waits for it, but no longer than so many milliseconds. */
export async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const late = deferred<void>()
  const timer = setTimeout(late.resolve, milliseconds)
  try {
    await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Seconds without a sign of life that are borne where nobody says otherwise. */
export const IDLE_SECONDS = 300

/** Why a signal was aborted, as an error. */
export function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new StoppedError('stopped')
}

/** Acts when the signal is aborted, and at once where it is already, until the function that it returns is called. */
export function onAbort(signal: AbortSignal | undefined, act: (reason: Error) => void): () => void {
  if (signal === undefined) return () => {}
  const stop = (): void => act(reasonOf(signal))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return () => signal.removeEventListener('abort', stop)
}
