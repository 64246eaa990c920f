import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again, with a little jitter, until the answer is true; after so many milliseconds it throws. */
export async function patiently(ask: () => Promise<boolean>, milliseconds: number, giveUp: () => Error): Promise<void> {
  const end = performance.now() + milliseconds
  while (!(await ask())) {
    if (performance.now() >= end) throw giveUp()
    await sleep(20 + Math.random() * 60)
  }
}

/** Does it again after an error that says trying again can help, for so many milliseconds. */
export async function persistently<T>(work: () => Promise<T>, milliseconds: number, mayRetry: (error: unknown) => boolean): Promise<T> {
  const end = performance.now() + milliseconds
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!mayRetry(error) || performance.now() >= end) throw error
      await sleep(20 + Math.random() * 180)
    }
  }
}
