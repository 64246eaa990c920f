/** Bigger test data that lies beside the repository and is not part of it. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Context } from 'mocha'
import { skip } from './skip.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/data/', import.meta.url))

/** The full path of a file in the data folder beside this repository, or undefined where it is not there. */
function sharedData(path: string): string | undefined {
  const full = FOLDER + path
  return existsSync(full) ? full : undefined
}

/** The same for a test that can't do without: called with mocha's `this`, it skips the test and says so on standard error. */
export function needsSharedData(test: Context, path: string): string {
  const found = sharedData(path)
  if (found !== undefined) return found
  return skip(test, `what needs ${path}: it is not in the data folder beside the repository`)
}
