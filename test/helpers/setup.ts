/**
 * What mocha does around all tests; the files under test/ import nothing from here.
 *
 * Files run in two processes side by side. Each has its servers, and knows of no end of its own but the process's.
 */

import type { State } from './servers/shared.ts'

/** Not imported: only where a test file has loaded the servers is there anything to provide or to stop. */
const servers = () => (globalThis as { [key: symbol]: State | undefined })[Symbol.for('starline.test.servers')]

const PROVIDE_MS = 900_000

/** In each process, and for each of its files; all but the first time does nothing. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(PROVIDE_MS)
    await servers()?.provide()
  },
}

/** In the first process alone. */
export const mochaGlobalTeardown = async (): Promise<void> => { await servers()?.stopAll() }

// One that runs files is told to end, and does so at once: what can still be undone is what happens before the first await.
process.once('exit', () => { servers()?.letGo() })
