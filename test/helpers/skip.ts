import type { Context } from 'mocha'

const told = new Set<string>()

/** Skips a test, or all tests of the hook it is called from, and says why on standard error: once for each reason. */
export function skip(test: Context, why: string): never {
  if (!told.has(why)) process.stderr.write(`tests: skipped ${why}\n`)
  told.add(why)
  return test.skip()
}
