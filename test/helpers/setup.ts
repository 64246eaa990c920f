/** What mocha does once around all tests; the files under test/ import nothing from here. */

import type { State } from './servers/shared.ts'

/** Not imported: only where a test file has loaded the servers is there anything to provide or to stop. */
const servers = () => (globalThis as { [key: symbol]: State | undefined })[Symbol.for('starline.test.servers')]

export const mochaGlobalSetup = async (): Promise<void> => { await servers()?.provide() }

export const mochaGlobalTeardown = async (): Promise<void> => { await servers()?.stopAll() }
